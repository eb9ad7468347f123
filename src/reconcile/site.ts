/** Sites of the lab whose router serves all its circuits from one table: planned whole, each under its own owner. */
import { types } from "../domain/types.ts";
import type { Inventory } from "../fabric/inventory.ts";
import type { CircuitView } from "../plan/circuit-view.ts";
import type { StoreWriter } from "../store/store.ts";
import { circuitView, readCircuitRows } from "./circuit-rows.ts";
import type { ReconcileContext } from "./outcome.ts";
import { type Replaced, replace } from "./replaced.ts";

export async function planSites(
  context: ReconcileContext,
  writer: StoreWriter,
): Promise<readonly Replaced[]> {
  const { inventory, lab } = context;
  const shared = inventory.sites.filter(({ vrfPerCircuit }) => !vrfPerCircuit);
  if (lab === undefined || shared.length === 0) return [];
  const circuits = await landedCircuits(context, writer);
  const replaced: Replaced[] = [];
  for (const site of shared) {
    const here = circuits
      .filter(({ site: landed }) => landed.name === site.name)
      .map(({ circuit }) => circuit);
    replaced.push(await replace(writer, `site:${site.name}`, lab.site(inventory, site, here)));
  }
  return replaced;
}

type Landed = { readonly site: Inventory["sites"][number]; readonly circuit: CircuitView };

async function landedCircuits(
  { inventory, lab }: ReconcileContext,
  writer: StoreWriter,
): Promise<Landed[]> {
  const landed: Landed[] = [];
  for (const { id } of await writer.list({ type: types.circuit })) {
    const rows = await readCircuitRows(writer, id);
    const circuit = rows === undefined ? undefined : await circuitView(writer, inventory, rows);
    const site = circuit === undefined ? undefined : lab?.siteOf(inventory, circuit);
    if (circuit !== undefined && site !== undefined) landed.push({ site, circuit });
  }
  return landed;
}
