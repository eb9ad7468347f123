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
    reason: "Judgements of a gateway's resiliency are not computed.",
    operations: [
      "POST …/Microsoft.Network/virtualNetworkGateways/{}/getResiliencyInformation",
      "POST …/Microsoft.Network/virtualNetworkGateways/{}/getRoutesInformation",
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
];
