/** What planning a circuit does besides for its public peering: judge prefixes, and plan the services' hosts. */
import { sameJson, textAt } from "../domain/fields.ts";
import { noHoldings } from "../domain/prefix-holding/holdings.ts";
import { judgePrefix } from "../domain/prefix-holding/verdict.ts";
import {
  askedPrefixes,
  type JudgedPrefix,
  publicPeering,
  publicPeerings,
} from "../domain/public-peering.ts";
import { parentOfId } from "../domain/resource-id.ts";
import type { CircuitView } from "../plan/circuit-view.ts";
import { planServices } from "../plan/services.ts";
import type { JsonObject, StoredResource, StoreReader, StoreWriter } from "../store/store.ts";
import { type CircuitRows, circuitView, readCircuitRows } from "./circuit-rows.ts";
import type { ReconcileContext } from "./outcome.ts";
import { rulesOf } from "./public-rows.ts";
import { type Replaced, replace } from "./replaced.ts";

/** Filters attached to the circuit's peerings, and their rules: a change of one is done when the edges follow. */
export async function filtersOf(
  reader: StoreReader,
  { peerings }: CircuitRows,
): Promise<readonly StoredResource[]> {
  const ids = peerings.flatMap(({ desired }) =>
    ["properties.routeFilter.id", "properties.ipv6PeeringConfig.routeFilter.id"].flatMap(
      (path) => textAt(desired, path) ?? [],
    ),
  );
  const found: StoredResource[] = [];
  for (const id of new Set(ids)) {
    const filter = await reader.read(id);
    if (filter !== undefined) found.push(filter, ...(await rulesOf(reader, id)));
  }
  return found;
}

/** Holds the prefixes that are asked for against what is known of their holders, and keeps the verdicts. */
export async function judgePublicPrefixes(
  { holdings = () => noHoldings, clock }: ReconcileContext,
  writer: StoreWriter,
  circuitId: string,
): Promise<void> {
  const row = await writer.read(`${circuitId}/peerings/${publicPeering}`);
  if (row === undefined || row.provisioningState === "Deleting") return;
  const circuit = await writer.read(circuitId);
  const serviceKey = textAt(circuit?.assigned, "serviceKey") ?? "";
  const known = holdings();
  const judged = askedPrefixes(row).map((asked): JudgedPrefix => {
    const { prefix, asn } = asked;
    return { prefix, asn, ...judgePrefix({ ...asked, serviceKey, nowMs: clock.now() }, known) };
  });
  // Verdicts are texts and numbers.
  const publicPrefixes = judged as unknown as JsonObject[];
  if (sameJson(row.observed["publicPrefixes"], publicPrefixes)) return;
  await writer.putResource({ ...row, observed: { ...row.observed, publicPrefixes } });
}

/** All circuits that have a public peering, found by the numbers that these hold. */
export async function publicCircuitIds(reader: StoreReader): Promise<readonly string[]> {
  const held = await reader.allocations(publicPeerings.pool);
  return held.map(({ owner }) => parentOfId(owner));
}

/** The hosts of public services, with every circuit that reaches them. */
export async function replaceServices(
  { inventory }: ReconcileContext,
  writer: StoreWriter,
): Promise<readonly Replaced[]> {
  if (inventory.publicServices === undefined || inventory.publicServices.length === 0) return [];
  const circuits: CircuitView[] = [];
  for (const id of await publicCircuitIds(writer)) {
    const rows = await readCircuitRows(writer, id);
    const view = rows === undefined ? undefined : await circuitView(writer, inventory, rows);
    if (view !== undefined) circuits.push(view);
  }
  circuits.sort((one, other) => one.number - other.number);
  return [await replace(writer, "services:hosts", planServices(inventory, circuits))];
}
