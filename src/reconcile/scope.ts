/**
 * One file per kind of scope would repeat one shape; here is the shape: read the rows, plan the
 * fragments, keep the difference, all in one transaction, so that two writers cannot interleave.
 */
import { circuitIdOf } from "../domain/links.ts";
import { publicPeering } from "../domain/public-peering.ts";
import { planCircuit, planUnderlay } from "../plan/plan.ts";
import { planVirtualNetwork } from "../plan/virtual-network.ts";
import type { StoredResource, StoreWriter } from "../store/store.ts";
import { circuitView, readCircuitRows } from "./circuit-rows.ts";
import { joinsMadeAt } from "./join-rows.ts";
import { type NetworkRows, networkView, readNetworkRows } from "./network-rows.ts";
import type { Planned, PlannedPart, ReconcileContext } from "./outcome.ts";
import { planPortScope } from "./port-scope.ts";
import { filtersOf, judgePublicPrefixes, replaceServices } from "./public-scope.ts";
import { part, type Replaced, replace } from "./replaced.ts";
import { planSites, sitesOfCircuit } from "./site.ts";

type Planner = (context: ReconcileContext, writer: StoreWriter, id: string) => Promise<Planned>;

/** `circuit:<id>` → its planner; a new kind of scope is a line here. */
const planners: Readonly<Record<string, Planner>> = {
  inventory: planInventoryScope,
  circuit: planCircuitScope,
  vnet: planNetworkScope,
  port: planPortScope,
};

export async function planScope(context: ReconcileContext, scope: string): Promise<Planned> {
  const planned = await context.store.transaction((writer) => planWithin(context, writer, scope));
  context.published(planned.flatMap(({ needs }) => needs));
  return planned;
}

/** Plans in a transaction that is somebody else's, and tells no node. */
export async function planWithin(
  context: ReconcileContext,
  writer: StoreWriter,
  scope: string,
): Promise<Planned> {
  const [kind = "", ...rest] = scope.split(":");
  const planner = planners[kind];
  if (planner === undefined)
    throw new Error(
      `no planner for scope '${scope}'; known kinds: ${Object.keys(planners).join(", ")}`,
    );
  return planner(context, writer, rest.join(":"));
}

async function planInventoryScope(
  context: ReconcileContext,
  writer: StoreWriter,
): Promise<Planned> {
  const { inventory, lab } = context;
  const fragments = [...planUnderlay(inventory), ...(lab?.standing(inventory) ?? [])];
  const standing = await replace(writer, "inventory", fragments);
  const services = await replaceServices(context, writer);
  return [part([standing, ...services, ...(await planSites(context, writer))], [])];
}

async function planCircuitScope(
  context: ReconcileContext,
  writer: StoreWriter,
  id: string,
): Promise<Planned> {
  await judgePublicPrefixes(context, writer, id);
  const rows = await readCircuitRows(writer, id);
  const circuit = await replaceCircuit(context, writer, id);
  const sites = await planSites(context, writer, await sitesOfCircuit(context, writer, id));
  const joins = await joinParts(context, writer, { id, circuit });
  if (rows === undefined) return [...joins, part([circuit, ...sites], [])];
  const isPublic = rows.peerings.some(({ name }) => name === publicPeering);
  const services = isPublic ? await replaceServices(context, writer) : [];
  const owned = [
    ...[rows.circuit, ...rows.peerings],
    ...(rows.crossConnection ? [rows.crossConnection] : []),
    ...(isPublic ? await filtersOf(writer, rows) : []),
  ];
  return [...joins, part([circuit, ...services, ...sites], owned)];
}

/** A join lies on two circuits: both are planned before it counts as settled. */
async function joinParts(
  context: ReconcileContext,
  writer: StoreWriter,
  { id, circuit }: { id: string; circuit: Replaced },
): Promise<readonly PlannedPart[]> {
  const parts: PlannedPart[] = [];
  for (const { join, otherId } of await joinsMadeAt(writer, id)) {
    parts.push(part([circuit, await replaceCircuit(context, writer, otherId)], [join]));
  }
  return parts;
}

/** Plans one circuit's own fragments, and with them its router's VRF at a site that keeps one for each circuit. */
async function replaceCircuit(
  { inventory, lab }: ReconcileContext,
  writer: StoreWriter,
  id: string,
): Promise<Replaced> {
  const rows = await readCircuitRows(writer, id);
  const view = rows === undefined ? undefined : await circuitView(writer, inventory, rows);
  if (view === undefined) return replace(writer, `circuit:${id.toLowerCase()}`, []);
  const site = lab?.siteOf(inventory, view);
  const own = site?.vrfPerCircuit ? (lab?.site(inventory, site, [view]) ?? []) : [];
  return replace(writer, `circuit:${id.toLowerCase()}`, [...planCircuit(inventory, view), ...own]);
}

/** A connection lies in a virtual network and on a circuit: both are planned before it counts as settled. */
async function planNetworkScope(
  context: ReconcileContext,
  writer: StoreWriter,
  id: string,
): Promise<Planned> {
  const { inventory } = context;
  const rows = await readNetworkRows(writer, id);
  const view = rows === undefined ? undefined : await networkView(writer, inventory, rows);
  const network = await replace(
    writer,
    `vnet:${id.toLowerCase()}`,
    view === undefined ? [] : planVirtualNetwork(inventory, view),
  );
  const connections = rows?.connections ?? [];
  const circuits = new Map<string, Replaced>();
  for (const row of connections)
    circuits.set(row.id, await replaceCircuit(context, writer, circuitIdOf(row)));
  if (rows === undefined) return [part([network], [])];
  const { going, staying } = networkResources(rows);
  return [
    part([network, ...circuits.values()], going),
    ...connections.filter(stays).map((row) => part([network, circuits.get(row.id)], [row])),
    part([network], staying),
  ];
}

const stays = ({ provisioningState }: StoredResource) => provisioningState !== "Deleting";

/** What others hang on goes when all is gone, with them; everything else asks nothing of the circuits. */
function networkResources({ network, subnets, gateway, connections, machines }: NetworkRows) {
  const base = [...(gateway ? [gateway] : []), ...subnets, network];
  return {
    going: [...connections, ...base].filter((row) => !stays(row)),
    staying: [...machines, ...base.filter(stays)],
  };
}
