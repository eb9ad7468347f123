/** How hubs, their gateways and circuits hang together, and how many links a circuit has in all. */
import type { PeeringLocation } from "../fabric/inventory.ts";
import { joinsOfCircuit, privatePeeringIdOf, type ReachedPrefix } from "./circuit-joins.ts";
import { deleteFirst } from "./delete-first.ts";
import { refuse } from "./errors.ts";
import { sameId, textAt } from "./fields.ts";
import { connectionsOfCircuit, reaches } from "./links.ts";
import type { DeleteView, WriteView } from "./resource.ts";
import type { StoredResource, StoreReader } from "./state.ts";
import { types } from "./types.ts";

export async function hubsOfWan(
  reader: StoreReader,
  wanId: string,
): Promise<readonly StoredResource[]> {
  return reader.list({ type: types.virtualHub, referring: wanId });
}

export async function gatewaysOfHub(
  reader: StoreReader,
  hubId: string,
): Promise<readonly StoredResource[]> {
  return reader.list({ type: types.hubGateway, referring: hubId });
}

export function hubIdOf(hubGateway: StoredResource): string {
  return textAt(hubGateway.desired, "properties.virtualHub.id") ?? "";
}

export function peeringIdOfHubConnection(connection: StoredResource): string {
  return textAt(connection.desired, "properties.expressRouteCircuitPeering.id") ?? "";
}

export async function hubConnectionsOfCircuit(
  reader: StoreReader,
  circuitId: string,
): Promise<readonly StoredResource[]> {
  return reader.list({ type: types.hubConnection, referring: privatePeeringIdOf(circuitId) });
}

/** Networks, joined circuits and hubs count against one number. */
export async function linksUsed(reader: StoreReader, circuitId: string): Promise<number> {
  const networks = await connectionsOfCircuit(reader, circuitId);
  const joins = await joinsOfCircuit(reader, circuitId);
  const hubs = await hubConnectionsOfCircuit(reader, circuitId);
  return networks.length + joins.length + hubs.length;
}

/** The address spaces of the hubs that a circuit is joined to, less that of one hub. */
export async function hubPrefixesAt(
  reader: StoreReader,
  circuitId: string,
  exceptId = "",
): Promise<readonly ReachedPrefix[]> {
  const found: ReachedPrefix[] = [];
  for (const connection of await hubConnectionsOfCircuit(reader, circuitId)) {
    const gateway = await reader.read(connection.parentId ?? "");
    const hub = gateway && (await reader.read(hubIdOf(gateway)));
    const prefix = textAt(hub?.desired, "properties.addressPrefix");
    if (hub === undefined || prefix === undefined || sameId(hub.id, exceptId)) continue;
    found.push({ prefix, of: `virtual hub ${hub.name}` });
  }
  return found;
}

/** A change of tier must leave the hubs in reach. */
export async function* hubReachRefusals(
  { tier, location }: { tier: string; location: PeeringLocation | undefined },
  view: WriteView & { previous: StoredResource },
) {
  for (const connection of await hubConnectionsOfCircuit(view.reader, view.previous.id)) {
    const gateway = await view.reader.read(connection.parentId ?? "");
    const region = gateway?.location ?? "";
    if (location === undefined || reaches(view.inventory, { tier, location }, region)) continue;
    yield refuse(
      "RegionOutOfReach",
      "sku.tier",
      `sku.tier is refused: ${connection.id} joins a hub in ${region}, which a ${tier} circuit at ${location.name} does not reach; delete that connection or send Premium.`,
    );
  }
}

/** No circuit and no peering goes before what joins it to a hub. */
export async function* hubDeleteRefusals(what: string, circuitId: string, view: DeleteView) {
  const connections = await hubConnectionsOfCircuit(view.reader, circuitId);
  const said = (id: string) => `${what} is joined to a hub by ${id}: delete that connection first.`;
  yield* deleteFirst(view, connections, said);
}
