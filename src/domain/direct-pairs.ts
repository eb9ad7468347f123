/** Direct port pairs of the inventory: what is asked of them, and which nobody has. A pair belongs to one port or one bundle. */
import { z } from "zod";
import type { Inventory } from "../fabric/inventory.ts";
import { type ArmError, immutableField, refuse } from "./errors.ts";
import { at, listAt, textAt } from "./fields.ts";
import type { View } from "./resource.ts";
import type { Json, JsonObject, StoredResource } from "./state.ts";
import { types } from "./types.ts";
import { oneOf, Text } from "./values.ts";

export type DirectPair = Inventory["peeringLocations"][number]["directPortPairs"][number];

export const linkNames = ["link1", "link2"] as const;
export type LinkName = (typeof linkNames)[number];

/** What a port and a bundle of ports are both ordered by. */
export const directFields = {
  peeringLocation: Text,
  bandwidthInGbps: z.union([z.literal(10), z.literal(100), z.literal(400)], {
    error: "must be 10, 100 or 400",
  }),
  encapsulation: oneOf(["Dot1Q", "QinQ"]),
  billingType: oneOf(["MeteredData", "UnlimitedData"]).optional(),
};

/** Cables are plugged by them: they stay as they were ordered. */
export const immutableDirectFields = [
  "peeringLocation",
  "bandwidthInGbps",
  "encapsulation",
] as const;

export function* immutableRefusals<Field extends string>(
  previous: StoredResource,
  asked: Readonly<Record<Field, Json>>,
  fields: readonly Field[],
): Generator<ArmError> {
  for (const field of fields) {
    const held = at(previous.desired, `properties.${field}`);
    if (held === asked[field]) continue;
    yield immutableField(`properties.${field}`, { held, asked: asked[field] });
  }
}

export function placeRefusal(
  { inventory }: Pick<View, "inventory">,
  peeringLocation: string,
): ArmError | undefined {
  const target = "properties.peeringLocation";
  const places = inventory.peeringLocations.filter((one) => one.directPortPairs.length > 0);
  if (places.some(({ name }) => name === peeringLocation)) return undefined;
  const known = places.map(({ name }) => `"${name}"`).join(", ");
  return refuse(
    "LocationNotAvailable",
    target,
    `${target} is refused: there are no Direct ports at "${peeringLocation}"; choose one of ${known || "none, the inventory has no Direct ports"}.`,
  );
}

/** Free pairs of a location, of one size or of all, in the order of the inventory. */
export async function freePairs(
  { reader, inventory }: Pick<View, "reader" | "inventory">,
  { peeringLocation, bandwidthInGbps }: { peeringLocation: string; bandwidthInGbps?: number },
): Promise<readonly DirectPair[]> {
  const place = inventory.peeringLocations.find(({ name }) => name === peeringLocation);
  const bundles = await reader.list({ type: types.lag });
  const bundled = new Set(
    bundles.flatMap(({ assigned }) =>
      listAt(assigned, "pairs").map((pair) => textAt(pair, "name")),
    ),
  );
  const free: DirectPair[] = [];
  for (const pair of place?.directPortPairs ?? []) {
    if (bandwidthInGbps !== undefined && pair.bandwidthGbps !== bandwidthInGbps) continue;
    if (bundled.has(pair.name)) continue;
    const ports = await reader.list({ type: types.port, portPair: pair.name, limit: 1 });
    if (ports.length === 0) free.push(pair);
  }
  return free;
}

/** Where the two ends of a pair are plugged in, primary first. */
export function endsOf(pair: DirectPair): readonly JsonObject[] {
  return [pair.primary, pair.secondary].map((reference, index) => {
    const [routerName = "", interfaceName = ""] = reference.split(":");
    const patchPanelId = pair.patchPanelIds[index] ?? "";
    return { routerName, interfaceName, patchPanelId, rackId: pair.rackId };
  });
}
