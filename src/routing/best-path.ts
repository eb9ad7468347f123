/**
 * Which of several BGP routes to one prefix wins, and which others share its traffic.
 *
 * The order is that of FRR: weight, local preference, local origin, length of the AS path, eBGP before
 * iBGP, then the lowest router identifier and the lowest neighbour address. Origin and MED are the
 * same for all routes here. Routes that differ only after "eBGP before iBGP" are equal enough for ECMP.
 *
 * RFC 4271 §9.1.2.2 (breaking ties).
 */
import { addressOf, type Prefix } from "../base/prefix.ts";

export const LOCAL_WEIGHT = 32_768;
export const DEFAULT_LOCAL_PREFERENCE = 100;

export type BgpRoute = {
  readonly prefix: Prefix;
  /** Printed form of `prefix`, the key of every table. */
  readonly key: string;
  readonly path: readonly number[];
  readonly communities: readonly string[];
  /** The AS number from which it may go only to customers (RFC 9234). */
  readonly onlyToCustomer?: number;
  readonly weight: number;
  readonly localPreference: number;
  readonly source: "local" | "ebgp" | "ibgp";
  /** Empty for a local route. */
  readonly nextHop: string;
  /** Of an IPv6 next hop, where it is known (RFC 2545 §3). */
  readonly linkLocal?: string;
  readonly routerId: string;
  readonly peerAddress: string;
};

export type Selection = { readonly best: BgpRoute; readonly multipath: readonly BgpRoute[] };

/** Negative when `one` is better; 0 only for routes from the same neighbour with the same attributes. */
export function comparePaths(one: BgpRoute, other: BgpRoute): number {
  return (
    comparePreference(one, other) ||
    compareAddresses(one.routerId, other.routerId) ||
    compareAddresses(one.peerAddress, other.peerAddress)
  );
}

/** The part of the order that routes sharing traffic must agree in. */
function comparePreference(one: BgpRoute, other: BgpRoute): number {
  return (
    other.weight - one.weight ||
    other.localPreference - one.localPreference ||
    Number(other.source === "local") - Number(one.source === "local") ||
    one.path.length - other.path.length ||
    Number(one.source === "ibgp") - Number(other.source === "ibgp")
  );
}

export type SelectionLimits = {
  readonly maximumPaths: number;
  /** Equal length is enough for ECMP; without it the whole AS path must be the same. */
  readonly multipathRelax: boolean;
};

export function selectPaths(
  candidates: readonly BgpRoute[],
  { maximumPaths, multipathRelax }: SelectionLimits,
): Selection | undefined {
  const sorted = candidates.length > 1 ? candidates.toSorted(comparePaths) : candidates;
  const best = sorted[0];
  if (best === undefined) return undefined;
  const others = sorted
    .slice(1)
    .filter((route) => comparePreference(best, route) === 0)
    .filter((route) => multipathRelax || samePath(best.path, route.path))
    .sort(compareNextHops);
  return { best, multipath: [best, ...others].slice(0, maximumPaths) };
}

/** Where more are equal than are taken, FRR takes the best and then those of the lowest next hops, by link-local ones in IPv6. */
function compareNextHops(one: BgpRoute, other: BgpRoute): number {
  return compareAddresses(one.linkLocal ?? one.nextHop, other.linkLocal ?? other.nextHop);
}

function samePath(one: readonly number[], other: readonly number[]): boolean {
  return one.length === other.length && one.every((asn, index) => asn === other[index]);
}

function compareAddresses(one: string, other: string): number {
  if (one === other) return 0;
  if (one === "" || other === "") return one === "" ? -1 : 1;
  const [a, b] = [addressOf(one), addressOf(other)];
  if (a.family !== b.family) return a.family === "ipv4" ? -1 : 1;
  if (a.value === b.value) return 0;
  return a.value < b.value ? -1 : 1;
}
