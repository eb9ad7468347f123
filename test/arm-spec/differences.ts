/** Where our definitions differ from the published models on purpose. A test fails where one of these is no difference any more. */

type Difference = {
  readonly why: string;
  /** `type field: difference`, the type without its namespace. */
  readonly at: readonly string[];
};

/** Fields and values that one side has and the other has not. */
export const differences: readonly Difference[] = [
  {
    why: "Circuits are sold in three tiers; Basic is of old, and circuits between clouds are not offered.",
    at: [
      "expressRouteCircuits sku.tier: without Basic",
      "expressRouteCircuits sku.tier: without Basic, MultiCloud",
    ],
  },
  {
    why: "Causeway's own: which hand-off a provider gives the circuit.",
    at: ["expressRouteCrossConnections properties.handOff: not published"],
  },
  {
    why: "Causeway's own: a connection's cap, and whether FastPath is taken (docs/gateways.md).",
    at: ["connections properties.causeway: not published"],
  },
  {
    why: "Causeway's own: the largest packet on a circuit (docs/gateways.md).",
    at: ["expressRouteCircuits properties.causeway: not published"],
  },
  {
    why: "Causeway's own: what crosses a join of two circuits, and how fast (docs/joins.md).",
    at: ["expressRouteCircuits/peerings/connections properties.causeway: not published"],
  },
  {
    why: "Causeway's own: how a peering is guarded and filtered (docs/peerings.md).",
    at: ["expressRouteCircuits/peerings properties.causeway: not published"],
  },
  {
    why: "Published since 2026, and taken from clients of every version.",
    at: ["virtualNetworks properties.summarizedGatewayPrefixes: not published"],
  },
  {
    why: "A fifth state that says the same as NotProvisioned.",
    at: [
      "expressRouteCrossConnections properties.serviceProviderProvisioningState: without DeProvisioned",
    ],
  },
  {
    why: "Gateways carry circuits: what is for VPN alone is refused.",
    at: [
      "virtualNetworkGateways properties.gatewayType: without Vpn, LocalGateway",
      "virtualNetworkGateways properties.sku.name: without Basic, VpnGw1, VpnGw2, VpnGw3, VpnGw4, VpnGw5, VpnGw1AZ, VpnGw2AZ, VpnGw3AZ, VpnGw4AZ, VpnGw5AZ",
      "virtualNetworkGateways properties.sku.tier: without Basic, VpnGw1, VpnGw2, VpnGw3, VpnGw4, VpnGw5, VpnGw1AZ, VpnGw2AZ, VpnGw3AZ, VpnGw4AZ, VpnGw5AZ",
      "connections properties.connectionType: without IPsec, Vnet2Vnet, VPNClient",
    ],
  },
  {
    why: "The platform gives a gateway its addresses, and a gateway is never switched off.",
    at: [
      "virtualNetworkGateways properties.ipConfigurations.*.properties.privateIPAllocationMethod: without Static",
      "virtualNetworkGateways properties.adminState: without Disabled",
    ],
  },
  {
    why: "No edge bundles ports yet: a bundle can be ordered and cabled, and not enabled.",
    at: [
      "expressRouteLags properties.links.*.properties.adminState: without Enabled",
      "expressRouteLags properties.links.*.properties.members.*.properties.adminState: without Enabled",
    ],
  },
  {
    why: "There is no InfiniBand between machines.",
    at: [
      "interconnectGroups properties.scope: without InfiniBand",
      "interconnectGroups properties.subgroupProfile.scope: without VerticalConnect",
    ],
  },
  {
    why: "A route filter lets through what its rule names and nothing else: there is nothing to deny.",
    at: ["routeFilters/routeFilterRules properties.access: without Deny"],
  },
  {
    why: "Public addresses are kept for the sake of clients, in one region each.",
    at: [
      "publicIPAddresses sku.name: without StandardV2",
      "publicIPAddresses sku.tier: without Global",
    ],
  },
  {
    why: "Address pools are not offered; the field is refused as unknown.",
    at: [
      "localNetworkGateways properties.localNetworkAddressSpace.ipamPoolPrefixAllocations: neither accepted nor ignored",
    ],
  },
];

/** Published as writable, and taken out of a body without a word. */
export const takenOut: readonly Difference[] = [
  {
    why: "The platform gives it, though the description does not say that it cannot be written.",
    at: [
      "expressRouteCircuits properties.circuitProvisioningState",
      "expressRouteCircuits properties.serviceKey",
      "expressRouteCircuits properties.gatewayManagerEtag",
      "expressRouteCircuits properties.partnerAccountId",
      "expressRouteCircuits properties.activationKey",
      "expressRouteCircuits/peerings properties.azureASN",
      "expressRouteCircuits/peerings properties.primaryAzurePort",
      "expressRouteCircuits/peerings properties.secondaryAzurePort",
      "expressRouteCircuits/peerings properties.stats",
      "expressRouteCircuits/peerings properties.gatewayManagerEtag",
      "expressRouteCircuits/peerings properties.expressRouteConnection",
      "expressRouteCircuits/authorizations properties.authorizationKey",
      "expressRouteCircuits/authorizations properties.authorizationUseStatus",
      "virtualNetworks properties.defaultPublicNatGateway",
      "virtualNetworks/virtualNetworkPeerings properties.localAddressSpace",
      "virtualNetworks/virtualNetworkPeerings properties.localVirtualNetworkAddressSpace",
      "virtualNetworks/virtualNetworkPeerings properties.remoteAddressSpace",
      "virtualNetworks/virtualNetworkPeerings properties.remoteVirtualNetworkAddressSpace",
      "virtualNetworks/virtualNetworkPeerings properties.remoteBgpCommunities",
      "virtualNetworks/virtualNetworkPeerings properties.remoteVirtualNetworkEncryption",
      "virtualNetworks/virtualNetworkPeerings properties.peeringState",
      "virtualNetworks/virtualNetworkPeerings properties.peeringSyncLevel",
      "publicIPAddresses properties.ipConfiguration",
      "publicIPAddresses properties.ipAddress",
      "publicIPAddresses properties.migrationPhase",
      "virtualHubs properties.expressRouteGateway",
      "virtualHubs properties.virtualRouterAsn",
      "virtualHubs properties.virtualRouterIps",
      "virtualHubs properties.virtualRouterIpsV6",
      "virtualNetworkGateways properties.virtualNetworkGatewayMigrationStatus",
      "virtualNetworkGateways properties.bgpSettings",
    ],
  },
  {
    why: "The provider says it, at the cross connection.",
    at: [
      "expressRouteCircuits properties.serviceProviderProvisioningState",
      "expressRouteCircuits properties.serviceProviderNotes",
    ],
  },
  {
    why: "Resources of their own: their parent's body is read for them elsewhere, or must name those that exist.",
    at: [
      "expressRouteCircuits properties.authorizations",
      "expressRouteCircuits properties.peerings",
      "expressRouteCircuits/peerings properties.connections",
      "expressRouteCrossConnections properties.peerings",
      "virtualNetworks properties.subnets",
      "virtualNetworks properties.virtualNetworkPeerings",
      "expressRouteGateways properties.expressRouteConnections",
      "routeFilters properties.rules",
    ],
  },
  {
    why: "It says how something works that does not exist here: private endpoints, flow tables, keys in a vault, IPsec, a way out to the internet, peerings of some subnets.",
    at: [
      "ExpressRoutePorts identity",
      "expressRouteLags identity",
      "virtualNetworks properties.flowTimeoutInMinutes",
      "virtualNetworks properties.privateEndpointVNetPolicies",
      "virtualNetworks/subnets properties.privateEndpointNetworkPolicies",
      "virtualNetworks/subnets properties.privateLinkServiceNetworkPolicies",
      "virtualNetworks/subnets properties.defaultOutboundAccess",
      "virtualNetworks/virtualNetworkPeerings properties.peerCompleteVnets",
      "virtualNetworks/virtualNetworkPeerings properties.localSubnetNames",
      "virtualNetworks/virtualNetworkPeerings properties.remoteSubnetNames",
      "publicIPAddresses extendedLocation",
      "publicIPAddresses properties.ddosSettings",
      "publicIPAddresses properties.ipTags",
      "publicIPAddresses properties.publicIPPrefix",
      "publicIPAddresses properties.servicePublicIPAddress",
      "publicIPAddresses properties.natGateway",
      "publicIPAddresses properties.linkedPublicIPAddress",
      "virtualNetworkGateways identity",
      "virtualNetworkGateways properties.vpnGatewayGeneration",
      "connections properties.connectionProtocol",
      "connections properties.dpdTimeoutSeconds",
      "connections properties.connectionMode",
      "connections properties.sharedKey",
      "connections properties.authenticationType",
    ],
  },
  {
    why: "Every gateway has two instances, at both edges of its circuits: neither is chosen.",
    at: ["virtualNetworkGateways properties.resiliencyModel"],
  },
];

/** What actions are sent: `POST path: difference`, the path as `keyOf` has it, without its namespace. */
export const bodyDifferences: readonly Difference[] = [
  {
    why: "For VPN, private endpoints and cloud services: refused whatever is sent.",
    at: [
      "POST virtualNetworkGateways/*/generatevpnclientpackage: VpnClientParameters is published, and not read",
      "POST virtualNetworkGateways/*/generatevpnprofile: VpnClientParameters is published, and not read",
      "POST virtualNetworkGateways/*/setvpnclientipsecparameters: VpnClientIPsecParameters is published, and not read",
      "POST virtualNetworkGateways/*/startPacketCapture: VpnPacketCaptureStartParameters is published, and not read",
      "POST virtualNetworkGateways/*/stopPacketCapture: VpnPacketCaptureStopParameters is published, and not read",
      "POST virtualNetworkGateways/*/disconnectVirtualNetworkGatewayVpnConnections: P2SVpnConnectionRequest is published, and not read",
      "POST virtualNetworkGateways/*/prepareMigration: VirtualNetworkGatewayMigrationParameters is published, and not read",
      "POST connections/*/vpndeviceconfigurationscript: VpnDeviceScriptParameters is published, and not read",
      "POST connections/*/sharedkey/reset: ConnectionResetSharedKey is published, and not read",
      "POST connections/*/startPacketCapture: VpnPacketCaptureStartParameters is published, and not read",
      "POST connections/*/stopPacketCapture: VpnPacketCaptureStopParameters is published, and not read",
      "POST virtualNetworks/*/subnets/*/PrepareNetworkPolicies: PrepareNetworkPoliciesRequest is published, and not read",
      "POST virtualNetworks/*/subnets/*/UnprepareNetworkPolicies: UnprepareNetworkPoliciesRequest is published, and not read",
      "POST virtualNetworks/*/subnets/*/prepareNetworkPolicies: PrepareNetworkPoliciesRequest is published, and not read",
      "POST virtualNetworks/*/subnets/*/unprepareNetworkPolicies: UnprepareNetworkPoliciesRequest is published, and not read",
      "POST virtualNetworks/*/moveIpConfigurations: MoveIpConfigurationsRequest is published, and not read",
      "POST publicIPAddresses/*/reserveCloudServicePublicIpAddress: ReserveCloudServicePublicIpAddressRequest is published, and not read",
      "POST publicIPAddresses/*/disassociateCloudServiceReservedPublicIp: DisassociateCloudServicePublicIpRequest is published, and not read",
    ],
  },
  {
    why: "Published with a body until 2025, and taken with one or without from clients of every version.",
    at: ["POST virtualHubs/*/effectiveRoutes: a body is read, and none published"],
  },
];

/** What actions answer with, in the same words. */
export const answerDifferences: readonly Difference[] = [
  {
    why: "Every resource says its type, whether its model has one or not.",
    at: [
      "GET expressRouteCrossConnections/*/peerings: value[0].type: not published",
      "GET expressRouteCrossConnections/*/peerings: value[].type: not published",
      "GET expressRouteCrossConnections/*/peerings/*: type: not published",
    ],
  },
  {
    why: "The data of the later version leaves out these models; the earlier one has them, and they agree.",
    at: [
      "GET virtualNetworks/*/checkIPAddressAvailability: IpAddressAvailabilityResult is not among the models",
      "GET virtualNetworkGateways/*/connections: VirtualNetworkGatewayListConnectionsResult is not among the models",
      "GET virtualNetworks/*/usages: VirtualNetworkListUsageResult is not among the models",
      "POST virtualNetworks/*/ddosProtectionStatus: VirtualNetworkDdosProtectionStatusResult is not among the models",
    ],
  },
];
