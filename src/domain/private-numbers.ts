/**
 * Private AS numbers on the peering to public services (RFC 6996 §4): they are taken out of a path before services are
 * told, so that nothing can be steered by them. Nothing breaks for it, and nobody would notice: that is why it is said.
 */
import { isPrivateAsn } from "./asn.ts";
import { at, numberAt, objectAt } from "./fields.ts";
import { publicConfigPaths } from "./public-peering.ts";
import type { StoredResource } from "./state.ts";

export type Warning = {
  readonly code: "PrivateAsnStripped" | "PrivateAsnInPath";
  /** The field, where one can be written otherwise. */
  readonly target?: string;
  readonly message: string;
  /** Of routes: the first of them in order, as many as are told. */
  readonly prefixes?: readonly string[];
};

const PREFIXES_TOLD_MAX = 50;
const remedy =
  "prepend with a public AS number, or announce longer prefixes on the link that is wanted";

/** What can be said of a public peering before a route has come. */
export function peeringWarnings({ desired }: Pick<StoredResource, "desired">): readonly Warning[] {
  const properties = objectAt(desired, "properties");
  const targets = [
    "peerASN",
    ...Object.values(publicConfigPaths).flatMap((path) =>
      at(properties, path) === undefined ? [] : [`${path}.customerASN`],
    ),
  ];
  return targets.flatMap((path) => {
    const asn = numberAt(properties, path);
    if (asn === undefined || !isPrivateAsn(asn)) return [];
    const target = `properties.${path}`;
    const message = `AS ${asn} is private and is taken out of paths before public services are told: prepending with it makes no path longer and steers nothing; ${remedy}.`;
    return [{ code: "PrivateAsnStripped", target, message }];
  });
}

type Route = { readonly prefix: string; readonly path?: readonly number[] };

/** Routes of a neighbor with more private numbers in their path than its own, once. */
export function pathWarnings(neighborAsn: number, routes: readonly Route[]): readonly Warning[] {
  const found = routes.filter(({ path = [] }) => {
    if (path[0] !== neighborAsn) return false;
    return path.slice(1).some(isPrivateAsn);
  });
  if (found.length === 0) return [];
  const numbers = new Set(found.flatMap(({ path = [] }) => path.slice(1).filter(isPrivateAsn)));
  const named = [...numbers].sort((one, other) => one - other).join(", ");
  const prefixes = [...new Set(found.map(({ prefix }) => prefix))].sort();
  const message = `${prefixes.length} ${prefixes.length === 1 ? "prefix comes" : "prefixes come"} with private AS numbers in the path (${named}), which are taken out before public services are told: they make no path longer and steer nothing; ${remedy}.`;
  return [{ code: "PrivateAsnInPath", message, prefixes: prefixes.slice(0, PREFIXES_TOLD_MAX) }];
}
