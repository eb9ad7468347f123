/**
 * What a session takes in when more prefixes come than its limit allows: torn down (RFC 4486), or the
 * newest are discarded. What came together has no order in time: then the prefixes' own order decides.
 */
import { BURST_FACTOR, type Family } from "../fabric/intent.ts";
import type { BgpRoute } from "./best-path.ts";
import type { NeighborModel } from "./bgp-model.ts";

export type Admission = {
  readonly admitted: readonly BgpRoute[];
  readonly discarded: readonly BgpRoute[];
};

/** Undefined: the session has to end. Counts what the import policy lets in, as FRR does. */
export function admit(
  { maximumPrefixes, beyondMaximum }: NeighborModel,
  routes: readonly BgpRoute[],
  heldBefore: () => ReadonlySet<string>,
): Admission | undefined {
  const discarded = new Set<BgpRoute>();
  for (const family of ["ipv4", "ipv6"] as const) {
    const limit = maximumPrefixes[family];
    if (limit === undefined) continue;
    const own = routes.filter(({ prefix }) => prefix.family === family);
    if (own.length <= limit) continue;
    if (beyondMaximum === "tearDown" || own.length > BURST_FACTOR * limit) return undefined;
    for (const route of byAge(own, heldBefore()).slice(limit)) discarded.add(route);
  }
  if (discarded.size === 0) return { admitted: routes, discarded: [] };
  const admitted = routes.filter((route) => !discarded.has(route));
  return { admitted, discarded: [...discarded] };
}

/** Keys of what a room has no place for: what several neighbors announce is there once. */
export function beyondRoom(
  limit: number,
  routes: readonly BgpRoute[],
  heldBefore: () => ReadonlySet<string>,
): ReadonlySet<string> {
  const distinct = [...new Map(routes.map((route) => [route.key, route])).values()];
  if (distinct.length <= limit) return new Set();
  return new Set(
    byAge(distinct, heldBefore())
      .slice(limit)
      .map(({ key }) => key),
  );
}

export function countOf(routes: readonly BgpRoute[], family: Family): number {
  return routes.filter(({ prefix }) => prefix.family === family).length;
}

function byAge(routes: readonly BgpRoute[], older: ReadonlySet<string>): readonly BgpRoute[] {
  return routes.toSorted((one, other) => {
    const age = Number(older.has(other.key)) - Number(older.has(one.key));
    if (age !== 0) return age;
    const [first, second] = [one.prefix, other.prefix];
    if (first.value !== second.value) return first.value < second.value ? -1 : 1;
    return first.length - second.length;
  });
}
