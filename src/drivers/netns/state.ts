/** What a node's kernel has: namespaces with their links, addresses and static routes. `netlink/` reads it. */
import { networkOf, prefixOf, printPrefix } from "../../base/prefix.ts";
import type { NeighborObservation } from "../../fabric/report.ts";

export type LinkState = {
  readonly name: string;
  readonly ifindex: number;
  readonly kind: string;
  readonly mac: string;
  readonly mtu: number;
  readonly up: boolean;
  readonly carrier: boolean;
  readonly alias?: string;
  readonly master?: string;
  readonly vxlan?: { readonly vni: number; readonly local: string; readonly remote: string };
  /** Of a tunnel: whether it merges packets that it received (GRO). */
  readonly merges?: boolean;
  readonly addresses: readonly string[];
};

export type RouteState = {
  readonly prefix: string;
  readonly via: readonly string[];
  readonly interface?: string;
  /** Of the metric that loses to every other route of its prefix. */
  readonly lastResort?: true;
  readonly unreachable?: true;
  /** Typed by somebody's hand: `ip route add` marks a route so, and we mark ours static. */
  readonly byHand?: true;
};

/**
 * zebra takes a kernel route's upper byte for its distance: 254, so that it prefers what a neighbour
 * announces. A table of its own behind a rule would make the kernel look up every packet by rules.
 */
export const lastResortMetric = 0xfe_00_00_01;

/** One prefix may have a route of each kind. */
export function routeKey({ prefix, lastResort, byHand }: RouteState): string {
  if (byHand) return `${prefix} by hand`;
  return lastResort ? `${prefix} last` : prefix;
}

export type NamespaceState = {
  readonly links: ReadonlyMap<string, LinkState>;
  /** Those that we put there; what routing daemons put there is theirs. */
  readonly routes: ReadonlyMap<string, RouteState>;
  readonly neighbors: readonly Omit<NeighborObservation, "vrf">[];
};

/** By namespace; `default` is the node's own. */
export type NodeState = ReadonlyMap<string, NamespaceState>;

export function canonicalPrefix(text: string): string {
  return printPrefix(prefixOf(text));
}

export function canonicalNetwork(text: string): string {
  return printPrefix(networkOf(prefixOf(text)));
}
