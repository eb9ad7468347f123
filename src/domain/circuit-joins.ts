/** Joins of two circuits, read from either end. */
import type { PeeringLocation } from "../fabric/inventory.ts";
import { deleteFirst } from "./delete-first.ts";
import { refuse } from "./errors.ts";
import { sameId, textAt } from "./fields.ts";
import { type HeldPrefix, peeringLocationOf, prefixesIn, tierOf } from "./links.ts";
import type { DeleteView, View, WriteView } from "./resource.ts";
import { nameOfId, parentOfId } from "./resource-id.ts";
import type { Json, StoredResource, StoreReader } from "./state.ts";
import { types } from "./types.ts";

/** What is told of the link subnets of a join; `of` says whose they are. */
export type ReachedPrefix = { readonly prefix: string; readonly of: string };

export function peerPeeringIdOf(join: StoredResource): string {
  return textAt(join.desired, "properties.peerExpressRouteCircuitPeering.id") ?? "";
}

/** The joins that were made at this peering. */
export async function joinsFrom(
  reader: StoreReader,
  peeringId: string,
): Promise<readonly StoredResource[]> {
  return reader.list({ type: types.circuitConnection, parentId: peeringId });
}

/** The joins that were made at another circuit and lead here. */
export async function joinsTo(
  reader: StoreReader,
  peeringId: string,
): Promise<readonly StoredResource[]> {
  return reader.list({ type: types.circuitConnection, referring: peeringId });
}

/** All joins of a circuit, whichever of the two made them. */
export async function joinsOfCircuit(
  reader: StoreReader,
  circuitId: string,
): Promise<readonly StoredResource[]> {
  const peeringId = privatePeeringIdOf(circuitId);
  return [...(await joinsFrom(reader, peeringId)), ...(await joinsTo(reader, peeringId))];
}

const privatePeering = "AzurePrivatePeering";

export function privatePeeringIdOf(circuitId: string): string {
  return `${circuitId}/peerings/${privatePeering}`;
}

export function isPrivatePeering(peeringId: string): boolean {
  return nameOfId(peeringId).toLowerCase() === privatePeering.toLowerCase();
}

/** The circuit at the end of a join that is not this one. */
export function otherCircuitIdOf(join: StoredResource, circuitId: string): string {
  const made = parentOfId(join.parentId ?? "");
  return sameId(made, circuitId) ? parentOfId(peerPeeringIdOf(join)) : made;
}

const prefixFields = ["addressPrefix", "ipv6CircuitConnectionConfig.addressPrefix"] as const;

export function joinPrefixesOf(properties: Json | undefined): readonly HeldPrefix[] {
  return prefixesIn(properties, prefixFields);
}

/** The link subnets of a circuit's joins, less those of one join. */
export async function joinPrefixesAt(
  reader: StoreReader,
  circuitId: string,
  exceptId = "",
): Promise<readonly ReachedPrefix[]> {
  const joins = await joinsOfCircuit(reader, circuitId);
  return joins
    .filter(({ id }) => !sameId(id, exceptId))
    .flatMap((join) =>
      joinPrefixesOf(join.desired["properties"]).map(({ prefix }) => ({
        prefix,
        of: `circuit connection ${join.name}`,
      })),
    );
}

/** Why circuits of these tiers at these places may not be joined, or undefined. */
export function tierObstacle(
  { inventory }: Pick<View, "inventory">,
  ends: readonly { name: string; tier: string; region: string | undefined }[],
): string | undefined {
  const local = ends.find(({ tier }) => tier === "Local");
  if (local !== undefined) {
    return `circuit ${local.name} is Local and such a circuit is not joined to another; make it Standard or Premium`;
  }
  const geographies = ends.map(
    ({ region }) => inventory.regions.find(({ name }) => name === region)?.geography,
  );
  const lesser = ends.find(({ tier }) => tier !== "Premium");
  if (lesser === undefined || new Set(geographies).size < 2) return undefined;
  return `the circuits are in ${geographies.join(" and ")} and circuit ${lesser.name} is ${lesser.tier}; make both Premium, or join circuits of one geography`;
}

/** A change of tier must leave the joins allowed. */
export async function* joinTierRefusals(
  { tier, location }: { tier: string; location: PeeringLocation | undefined },
  view: WriteView & { previous: StoredResource },
) {
  const { reader, previous: circuit } = view;
  for (const join of await joinsOfCircuit(reader, circuit.id)) {
    const other = await reader.read(otherCircuitIdOf(join, circuit.id));
    if (other === undefined) continue;
    const place = await peeringLocationOf(view, other);
    const obstacle = tierObstacle(view, [
      { name: circuit.name, tier, region: location?.localRegions[0] },
      { name: other.name, tier: tierOf(other), region: place?.localRegions[0] },
    ]);
    if (obstacle === undefined) continue;
    yield refuse(
      "SkuInvalid",
      "sku.tier",
      `sku.tier is refused: it is joined to circuit ${other.name} by ${join.id}, and ${obstacle}, or delete that first.`,
    );
  }
}

/** Neither end of a join goes before the join does. */
export async function* joinDeleteRefusals(what: string, circuitId: string, view: DeleteView) {
  const joins = await joinsOfCircuit(view.reader, circuitId);
  const said = (id: string) => `${what} is joined to another circuit by ${id}: delete that first.`;
  yield* deleteFirst(view, joins, said);
}
