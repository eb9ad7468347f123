/**
 * Numbers that vendors change, as data. `source` names the public page and the section of it.
 * Where pages disagree the stricter figure stands.
 */
export const limits = {
  asOf: "2026-11",

  /** source: expressroute-limits.md, "Circuits". */
  circuitsPerSubscription: 50,
  circuitsPerRegion: 10,

  /** source: expressroute-limits.md, "Virtual network links"; Standard and Local have ten at every bandwidth. */
  linksStandard: 10,
  linksPremium: [
    { uptoMbps: 50, links: 20 },
    { uptoMbps: 200, links: 25 },
    { uptoMbps: 500, links: 40 },
    { uptoMbps: 1_000, links: 50 },
    { uptoMbps: 2_000, links: 60 },
    { uptoMbps: 5_000, links: 75 },
    { uptoMbps: 400_000, links: 100 },
  ],

  /** source: expressroute-limits.md: circuits of one location joined to one virtual network. */
  circuitsOfOneLocationPerNetwork: 4,
  /** source: expressroute-faqs.md: networks that are peered with one that has a gateway. */
  networksPerGateway: 500,
  /** source: expressroute-faqs.md: prefixes that a connection tells a circuit of. */
  toldPrefixes: { ipv4: 1_000, ipv6: 100 },
  /** source: expressroute-howto-linkvnet-arm.md: address spaces of a network when it is joined. */
  spacesPerConnection: 200,

  /** source: expressroute-erdirect-about.md, "Circuit SKUs"; the pair may be sold twice over. */
  directBandwidthsGbps: {
    10: [1, 2, 5, 10],
    100: [5, 10, 40, 100],
    400: [5, 10, 40, 100, 200, 400],
  },
  directOverSubscription: 2,

  /** source: expressroute-routing.md, "Autonomous System numbers". */
  reservedAsns: { from: 65_515, to: 65_520 },

  /** source: expressroute-limits.md, "Route advertisement": prefixes of a customer on private peering. */
  privatePrefixes: { ipv4: 4_000, ipv4Premium: 10_000, ipv6: 100 },
  /** Ours: what a peering's options may ask of the edges. */
  filterPrefixes: 200,
  bfdIntervalMs: { from: 50, to: 30_000 },
  bfdMultiplier: { from: 2, to: 50 },
  /** source: expressroute-routing.md, "Microsoft peering": prefixes of one family on one session. */
  publicPrefixesPerFamily: 200,

  /** source: expressroute-about-virtual-network-gateways.md, "Gateway subnet". */
  gatewaySubnetLengthMax: { ipv4: 27, ipv6: 64 },

  /** source: virtual-wan-expressroute-about.md: scale units of a hub's gateway. */
  hubGatewayUnits: 10,

  /** Ours: what one request may carry. */
  tagsPerResource: 50,
  addressSpacesPerNetwork: 500,
  subnetsPerNetwork: 3_000,
} as const;

/** Links to virtual networks that a circuit may have. */
export function linksMax(tier: string, bandwidthMbps: number): number {
  if (tier !== "Premium") return limits.linksStandard;
  const row = limits.linksPremium.find(({ uptoMbps }) => bandwidthMbps <= uptoMbps);
  return row?.links ?? limits.linksStandard;
}

/** Prefixes that a private peering takes in, by the circuit's tier. */
export function privatePrefixesMax(tier: string): { readonly ipv4: number; readonly ipv6: number } {
  const { ipv4, ipv4Premium, ipv6 } = limits.privatePrefixes;
  return { ipv4: tier === "Premium" ? ipv4Premium : ipv4, ipv6 };
}

export function directBandwidthsGbps(pairGbps: number): readonly number[] {
  return pairGbps === 10 || pairGbps === 100 || pairGbps === 400
    ? limits.directBandwidthsGbps[pairGbps]
    : [];
}
