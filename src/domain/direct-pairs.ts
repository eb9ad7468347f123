/** Direct port pairs of the inventory, and which of them nobody has. A pair belongs to one port or one bundle. */
import type { Inventory } from "../fabric/inventory.ts";
import { listAt, textAt } from "./fields.ts";
import type { View } from "./resource.ts";
import type { JsonObject } from "./state.ts";
import { types } from "./types.ts";

export type DirectPair = Inventory["peeringLocations"][number]["directPortPairs"][number];

/** Free pairs of a location, in the order of the inventory. */
export async function freePairs(
  { reader, inventory }: Pick<View, "reader" | "inventory">,
  peeringLocation: string,
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
    const ports = await reader.list({ type: types.port, portPair: pair.name, limit: 1 });
    if (ports.length === 0 && !bundled.has(pair.name)) free.push(pair);
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
