/** The six variants of the four connectivity models, on the lab's fabric. */

import type { Side } from "../../fabric/intent.ts";
import type { Place, PortPlace } from "../../fabric/probe.ts";

export type Variant = {
  readonly name: string;
  /** One line for a reader who never saw the product. */
  readonly story: string;
  readonly order: ProviderOrder | DirectOrder;
  readonly location: string;
  readonly region: string;
  /** Whose router speaks BGP with the edges, and so who writes the peering. */
  readonly peeringBy: "customer" | "provider";
  readonly onPremises: Place;
  /** Where the cloud's edges hand the circuit over: the captures and cuts are made there. */
  readonly handOff: Readonly<Record<Side, PortPlace>>;
  /** The other ends of those links. */
  readonly far: Readonly<Record<Side, PortPlace>>;
  readonly otherBranches: readonly Place[];
};

export type ProviderOrder = {
  readonly kind: "provider";
  readonly provider: string;
  readonly handOff: string;
  /** Another bandwidth than the demo's. */
  readonly bandwidthMbps?: number;
};
export type DirectOrder = {
  readonly kind: "direct";
  readonly encapsulation: "Dot1Q" | "QinQ";
  readonly circuits: 1 | 2;
};

export const C_TAG = 100;
export const BANDWIDTH_MBPS = 1000;
export const HOST_ADDRESSES = { ipv4: "10.10.1.10", ipv6: "fd10:10:0:1::10" } as const;

const host = (node: string): Place => ({ node, vrf: "default" });
const ports = (primary: string, secondary: string): Record<Side, PortPlace> => ({
  primary: port(primary),
  secondary: port(secondary),
});

export const variants: readonly Variant[] = [
  {
    name: "exchange-l2",
    story:
      "Cloud exchange, L2 cross-connect: the customer's router in the same building speaks BGP with both edges.",
    order: { kind: "provider", provider: "Polder Exchange", handOff: "cage-alder" },
    location: "Amsterdam",
    region: "westeurope",
    peeringBy: "customer",
    onPremises: host("alder-host"),
    handOff: ports("ams-primary:nni-polder", "ams-secondary:nni-polder"),
    far: ports("polder:nni1", "polder:nni2"),
    otherBranches: [],
  },
  {
    name: "exchange-l3",
    story:
      "Cloud exchange, managed L3: the exchange's router speaks BGP; the customer gets a plain routed line.",
    order: { kind: "provider", provider: "Polder Exchange", handOff: "managed-birch" },
    location: "Amsterdam",
    region: "westeurope",
    peeringBy: "provider",
    onPremises: host("birch-host"),
    handOff: ports("ams-primary:nni-polder", "ams-secondary:nni-polder"),
    far: ports("polder:nni1", "polder:nni2"),
    otherBranches: [],
  },
  {
    name: "ethernet",
    story:
      "Point-to-point Ethernet: two lines from the customer's site over the carrier's network to the edges.",
    order: { kind: "provider", provider: "Delta Carrier", handOff: "lines-cedar" },
    location: "Frankfurt",
    region: "germanywestcentral",
    peeringBy: "customer",
    onPremises: host("cedar-host"),
    handOff: ports("fra-primary:nni-delta", "fra-secondary:nni-delta"),
    far: ports("delta-pop:nni1", "delta-pop:nni2"),
    otherBranches: [],
  },
  {
    name: "ipvpn",
    story: "Any-to-any IPVPN: the cloud is one more branch of the customer's VPN of three.",
    order: { kind: "provider", provider: "Rhine WAN", handOff: "vpn-maple" },
    location: "Frankfurt",
    region: "germanywestcentral",
    peeringBy: "provider",
    onPremises: host("maple-branch1"),
    handOff: ports("fra-primary:nni-rhine", "fra-secondary:nni-rhine"),
    far: ports("rhine-pe:nni1", "rhine-pe:nni2"),
    otherBranches: [host("maple-branch2"), host("maple-branch3")],
  },
  {
    name: "direct-dot1q",
    story: "Direct, Dot1Q: the customer's own pair of ports at the edges, one tag.",
    order: { kind: "direct", encapsulation: "Dot1Q", circuits: 1 },
    location: "Frankfurt",
    region: "germanywestcentral",
    peeringBy: "customer",
    onPremises: host("oak-host"),
    handOff: ports("fra-primary:direct1", "fra-secondary:direct1"),
    far: ports("oak-ce:wan1", "oak-ce:wan2"),
    otherBranches: [],
  },
  {
    name: "direct-qinq",
    story: "Direct, QinQ: two circuits cut from one pair of ports, told apart by their S-tags.",
    order: { kind: "direct", encapsulation: "QinQ", circuits: 2 },
    location: "Amsterdam",
    region: "westeurope",
    peeringBy: "customer",
    onPremises: host("pine-host"),
    handOff: ports("ams-primary:direct1", "ams-secondary:direct1"),
    far: ports("pine-ce:wan1", "pine-ce:wan2"),
    otherBranches: [],
  },
];

function port(reference: string): PortPlace {
  const [node = "", name = ""] = reference.split(":");
  return { node, port: name };
}
