/** Resource types in the spelling in which ids and answers carry them. */
export const types = {
  resourceGroup: "Microsoft.Resources/resourceGroups",
  circuit: "Microsoft.Network/expressRouteCircuits",
  peering: "Microsoft.Network/expressRouteCircuits/peerings",
  circuitConnection: "Microsoft.Network/expressRouteCircuits/peerings/connections",
  authorization: "Microsoft.Network/expressRouteCircuits/authorizations",
  crossConnection: "Microsoft.Network/expressRouteCrossConnections",
  port: "Microsoft.Network/ExpressRoutePorts",
  virtualNetwork: "Microsoft.Network/virtualNetworks",
  subnet: "Microsoft.Network/virtualNetworks/subnets",
  virtualMachine: "Microsoft.Compute/virtualMachines",
  gateway: "Microsoft.Network/virtualNetworkGateways",
  routeFilter: "Microsoft.Network/routeFilters",
  routeFilterRule: "Microsoft.Network/routeFilters/routeFilterRules",
  connection: "Microsoft.Network/connections",
} as const;
