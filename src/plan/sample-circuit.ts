/** For tests: a circuit of one of the providers of an inventory. */
import type { Inventory, PortPair, Provider } from "../fabric/inventory.ts";
import type { CircuitView, PublicPeeringView } from "./circuit-view.ts";

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

/** A public peering with one of its two IPv4 prefixes validated, and a filter for storage. */
export const samplePublicPeering: PublicPeeringView = {
  peerAsn: 64410,
  vlanId: 200,
  lastModifiedBy: "Customer",
  families: [
    {
      ...{ family: "ipv4", enabled: true, primary: "198.18.0.0/30", secondary: "198.18.0.4/30" },
      asked: ["198.18.16.0/24", "198.18.17.0/24"],
      accepted: ["198.18.16.0/24"],
      communities: ["12076:52002"],
    },
    {
      ...{ family: "ipv6", enabled: true, primary: "2001:db8::/126", secondary: "2001:db8::4/126" },
      asked: ["2001:db8:16::/48"],
      accepted: ["2001:db8:16::/48"],
      communities: [],
    },
  ],
};
