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
    reason: "There is no public DNS in which a name could be free.",
    operations: ["GET //Microsoft.Network/locations/{}/CheckDnsNameAvailability"],
  },
];
