/** For tests: a circuit of one of the providers of an inventory. */
import type { Inventory, PortPair, Provider } from "../fabric/inventory.ts";
import type { CircuitView } from "./circuit-view.ts";

export function providerCircuit(
  inventory: Inventory,
  providerName: string,
  handOffName: string,
): CircuitView {
  const provider = inventory.providers.find(({ name }) => name === providerName) as Provider;
  const handOff = provider.handOffs.find(
    ({ name }) => name === handOffName,
  ) as Provider["handOffs"][number];
  return {
    id: "/circuits/blue",
    serviceKey: "1a2b3c4d-0000-4000-8000-000000000001",
    number: 1,
    stag: 7,
    bandwidthMbps: 1000,
    policed: true,
    carriage: { kind: "provider", provider, portPair: provider.portPairs[0] as PortPair, handOff },
    provisioned: true,
    peering: {
      peerAsn: 65010,
      vlanId: 100,
      families: [
        {
          family: "ipv4",
          enabled: true,
          primary: "192.168.100.0/30",
          secondary: "192.168.100.4/30",
        },
      ],
      lastModifiedBy: "Customer",
      maximumPrefixes: { ipv4: 4000, ipv6: 100 },
    },
    connections: [
      {
        id: "/connections/blue",
        tunnelBlock: 0,
        routingWeight: 0,
        gatewayNumber: 3,
        gatewayHost: "cloud-host",
        prefixes: ["10.20.0.0/16", "fd20:20::/48"],
        spaces: ["10.20.0.0/16", "fd20:20::/48"],
      },
    ],
    joins: [],
  };
}
