/** Sites of the lab whose router serves all its circuits from one table: planned whole, each under its own owner. */
import { circuitOfCrossConnection } from "../domain/links.ts";
import { types } from "../domain/types.ts";
import type { Site } from "../fabric/inventory.ts";
import type { CircuitView } from "../plan/circuit-view.ts";
import type { StoreReader, StoreWriter } from "../store/store.ts";
import { carriageOf, circuitView, readCircuitRows } from "./circuit-rows.ts";
import type { ReconcileContext } from "./outcome.ts";
import { type Replaced, replace } from "./replaced.ts";

type Lab = Pick<ReconcileContext, "inventory" | "lab">;

export async function planSites(
  context: ReconcileContext,
  writer: StoreWriter,
  sites: readonly Site[] = context.inventory.sites,
): Promise<readonly Replaced[]> {
  const { inventory, lab } = context;
  const shared = sites.filter(({ vrfPerCircuit }) => !vrfPerCircuit);
  if (lab === undefined || shared.length === 0) return [];
  const landed = await landedCircuits(context, writer);
  const replaced: Replaced[] = [];
  for (const site of shared) {
    const circuits = landed.get(site.name) ?? [];
    replaced.push(await replace(writer, `site:${site.name}`, lab.site(inventory, site, circuits)));
  }
  return replaced;
}

/** Sites that a circuit lands on; all that it may have landed on once its hand-off is given back. */
export async function sitesOfCircuit(
  { inventory, lab }: Lab,
  reader: StoreReader,
  circuitId: string,
): Promise<readonly Site[]> {
  const rows = await readCircuitRows(reader, circuitId);
  const carriage = rows === undefined ? undefined : carriageOf(inventory, rows);
  return carriage === undefined ? [] : (lab?.sitesOf(inventory, carriage) ?? []);
}

/** The circuits that land on each site, by its name. */
export async function landedCircuits(
  { inventory, lab }: Lab,
  reader: StoreReader,
): Promise<ReadonlyMap<string, readonly CircuitView[]>> {
  const landed = new Map<string, CircuitView[]>();
  for (const id of await landingCircuits(inventory, reader)) {
    const rows = await readCircuitRows(reader, id);
    const circuit = rows === undefined ? undefined : await circuitView(reader, inventory, rows);
    const site = circuit === undefined ? undefined : lab?.siteOf(inventory, circuit);
    if (circuit === undefined || site === undefined) continue;
    landed.set(site.name, [...(landed.get(site.name) ?? []), circuit]);
  }
  return landed;
}

/** Ids of the circuits that may land anywhere: those with a hand-off, and those on ports of a customer's own. */
async function landingCircuits(
  { providers, peeringLocations }: ReconcileContext["inventory"],
  reader: StoreReader,
): Promise<ReadonlySet<string>> {
  const ids = new Set<string>();
  for (const { name } of providers.flatMap(({ handOffs }) => handOffs)) {
    for (const row of await reader.list({ type: types.crossConnection, handOff: name })) {
      const circuit = await circuitOfCrossConnection(reader, row);
      if (circuit !== undefined) ids.add(circuit.id);
    }
  }
  for (const { name } of peeringLocations.flatMap((place) => place.directPortPairs)) {
    for (const { id } of await reader.list({ type: types.circuit, portPair: name })) ids.add(id);
  }
  return ids;
}
