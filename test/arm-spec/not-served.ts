/**
 * What the published description has and Causeway does not serve, with the reason. It can only shrink: a test fails
 * where one of these is served after all. Names in braces are left out, for the versions differ in them.
 */
export const notServed: readonly {
  readonly reason: string;
  readonly operations: readonly string[];
}[] = [
  {
    reason:
      "Cloud services and scale sets are of another provider of resources, and there are none here.",
    operations: [
      "GET …/Microsoft.Compute/cloudServices/{}/publicipaddresses",
      "GET …/Microsoft.Compute/cloudServices/{}/roleInstances/{}/networkInterfaces/{}/ipconfigurations/{}/publicipaddresses",
      "GET …/Microsoft.Compute/cloudServices/{}/roleInstances/{}/networkInterfaces/{}/ipconfigurations/{}/publicipaddresses/{}",
      "GET …/Microsoft.Compute/virtualMachineScaleSets/{}/publicipaddresses",
      "GET …/Microsoft.Compute/virtualMachineScaleSets/{}/virtualMachines/{}/networkInterfaces/{}/ipconfigurations/{}/publicipaddresses",
      "GET …/Microsoft.Compute/virtualMachineScaleSets/{}/virtualMachines/{}/networkInterfaces/{}/ipconfigurations/{}/publicipaddresses/{}",
    ],
  },
  {
    reason:
      "Names in a public DNS, protection plans and cloud services: nothing of the kind is offered.",
    operations: [
      "POST …/Microsoft.Network/publicIPAddresses/{}/ddosProtectionStatus",
      "POST …/Microsoft.Network/publicIPAddresses/{}/reserveCloudServicePublicIpAddress",
      "POST …/Microsoft.Network/publicIPAddresses/{}/disassociateCloudServiceReservedPublicIp",
      "GET //Microsoft.Network/locations/{}/CheckDnsNameAvailability",
    ],
  },
  {
    reason: "Virtual WAN: hubs are not built. Their ExpressRoute gateways need one.",
    operations: [
      "POST …/Microsoft.Network/virtualHubs/{}/effectiveRoutes",
      "POST …/Microsoft.Network/virtualHubs/{}/inboundRoutes",
      "POST …/Microsoft.Network/virtualHubs/{}/outboundRoutes",
    ],
  },
  {
    reason: "Gateways of virtual hubs.",
    operations: [
      "POST …/Microsoft.Network/expressRouteGateways/{}/getResiliencyInformation",
      "POST …/Microsoft.Network/expressRouteGateways/{}/getRoutesInformation",
      "POST …/Microsoft.Network/expressRouteGateways/{}/stopSiteFailoverTest",
      "POST …/Microsoft.Network/expressRouteGateways/{}/startSiteFailoverTest",
      "POST …/Microsoft.Network/expressRouteGateways/{}/getFailoverSingleTestDetails",
      "POST …/Microsoft.Network/expressRouteGateways/{}/getFailoverAllTestsDetails",
    ],
  },
  {
    reason: "Moving a circuit to another pair of provider ports is not built.",
    operations: [
      "POST …/Microsoft.Network/expressRouteCrossConnections/{}/rollbackCircuitMigration",
      "POST …/Microsoft.Network/expressRouteCrossConnections/{}/commitCircuitMigration",
      "POST …/Microsoft.Network/expressRouteCrossConnections/{}/migrateCircuit",
      "POST …/Microsoft.Network/expressRouteCrossConnections/{}/restoreBgpForCircuitMigration",
      "POST …/Microsoft.Network/expressRouteCrossConnections/{}/shutDownBgpForCircuitMigration",
      "POST …/Microsoft.Network/expressRouteCrossConnections/{}/prepareCircuitMigration",
      "POST …/Microsoft.Network/expressRouteCrossConnections/{}/getCircuitMigrationInfo",
      "POST …/Microsoft.Network/expressRouteCrossConnections/{}/validateCircuitMigration",
    ],
  },
  {
    reason: "Failover tests: cutting a link on a customer's order is not built.",
    operations: [
      "POST …/Microsoft.Network/virtualNetworkGateways/{}/getFailoverAllTestsDetails",
      "POST …/Microsoft.Network/virtualNetworkGateways/{}/getFailoverSingleTestDetails",
      "POST …/Microsoft.Network/virtualNetworkGateways/{}/startSiteFailoverTest",
      "POST …/Microsoft.Network/virtualNetworkGateways/{}/stopSiteFailoverTest",
      "POST …/Microsoft.Network/expressRouteCircuits/{}/stopCircuitLinkFailoverTest",
      "POST …/Microsoft.Network/expressRouteCircuits/{}/startCircuitLinkFailoverTest",
      "POST …/Microsoft.Network/expressRouteCircuits/{}/getCircuitLinkFailoverSingleTestDetails",
      "POST …/Microsoft.Network/expressRouteCircuits/{}/getCircuitLinkFailoverAllTestsDetails",
    ],
  },
  {
    reason: "Judgements of a gateway's resiliency are not computed.",
    operations: [
      "POST …/Microsoft.Network/virtualNetworkGateways/{}/getResiliencyInformation",
      "POST …/Microsoft.Network/virtualNetworkGateways/{}/getRoutesInformation",
    ],
  },
  {
    reason: "Link aggregation of ports is not built.",
    operations: [
      "GET …/Microsoft.Network/expressRouteLags/{}/links/{}/members",
      "GET …/Microsoft.Network/expressRouteLags/{}/links/{}/members/{}",
      "GET …/Microsoft.Network/expressRouteLags/{}/links",
      "GET …/Microsoft.Network/expressRouteLags/{}/links/{}",
      "POST …/Microsoft.Network/expressRouteLags/{}/generateLoa",
      "GET //Microsoft.Network/expressRouteLags",
      "GET …/Microsoft.Network/expressRouteLags",
      "PATCH …/Microsoft.Network/expressRouteLags/{}",
      "PUT …/Microsoft.Network/expressRouteLags/{}",
      "GET …/Microsoft.Network/expressRouteLags/{}",
    ],
  },
  {
    reason: "Interconnect groups are not built.",
    operations: [
      "POST …/Microsoft.Network/interconnectGroups/{}/nodeAvailability",
      "GET //Microsoft.Network/interconnectGroups",
      "GET …/Microsoft.Network/interconnectGroups",
      "PATCH …/Microsoft.Network/interconnectGroups/{}",
      "PUT …/Microsoft.Network/interconnectGroups/{}",
      "GET …/Microsoft.Network/interconnectGroups/{}",
    ],
  },
  {
    reason: "Network policies and moving addresses are for resources that do not exist here.",
    operations: [
      "POST …/Microsoft.Network/virtualNetworks/{}/subnets/{}/PrepareNetworkPolicies",
      "POST …/Microsoft.Network/virtualNetworks/{}/subnets/{}/UnprepareNetworkPolicies",
      "POST …/Microsoft.Network/virtualNetworks/{}/moveIpConfigurations",
    ],
  },
  {
    reason: "Gateways and connections: these are not built.",
    operations: [
      "POST …/Microsoft.Network/virtualNetworkGateways/{}/reset",
      "POST …/Microsoft.Network/connections/{}/resetconnection",
      "POST …/Microsoft.Network/virtualNetworkGateways/{}/getEffectiveRoutes",
    ],
  },
  {
    reason: "The list of the namespace's operations is not built.",
    operations: ["GET /providers/Microsoft.Network/operations"],
  },
];
