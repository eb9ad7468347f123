/**
 * What a session does to a route besides its policies: private AS numbers taken out of the path, the
 * neighbor's own written over, and the mark of a route that may go only down, to customers.
 *
 * RFC 6996 (private AS numbers), RFC 9234 §5 (Only to Customer).
 */
import type { BgpRoute } from "./best-path.ts";
import type { NeighborModel } from "./bgp-model.ts";

/** As it leaves: the path is still without the speaker's own number. */
export function leaving(
  route: BgpRoute,
  { removesPrivateAs, overridesAs, role, remoteAsn }: NeighborModel,
  ownAsn: number,
): BgpRoute | undefined {
  if (role?.name === "customer" && route.onlyToCustomer !== undefined) return undefined;
  const kept = removesPrivateAs ? withoutPrivate(route.path, remoteAsn) : route.path;
  const path = overridesAs ? kept.map((asn) => (asn === remoteAsn ? ownAsn : asn)) : kept;
  const mark =
    role?.name === "provider" ? { onlyToCustomer: route.onlyToCustomer ?? ownAsn } : undefined;
  return { ...route, path, ...mark };
}

/** As it comes in; undefined where it leaked: a customer has it from another provider. */
export function arriving(
  route: BgpRoute,
  { role, remoteAsn }: NeighborModel,
): BgpRoute | undefined {
  if (role?.name === "provider" && route.onlyToCustomer !== undefined) return undefined;
  if (role?.name !== "customer") return route;
  return { ...route, onlyToCustomer: route.onlyToCustomer ?? remoteAsn };
}

/** The neighbor's own number stays, so that it still finds its loops (as FRR does). */
function withoutPrivate(path: readonly number[], neighborAsn: number): readonly number[] {
  if (path.every(isPrivate)) return [];
  return path.filter((asn) => !isPrivate(asn) || asn === neighborAsn);
}

function isPrivate(asn: number): boolean {
  return (asn >= 64_512 && asn <= 65_534) || (asn >= 4_200_000_000 && asn <= 4_294_967_294);
}
