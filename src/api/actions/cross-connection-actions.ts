/** Cross connections: the circuit's own peerings, under the provider's name for them. */
import { providerPeering } from "../../domain/cross-connection.ts";
import { notFound } from "../../domain/errors.ts";
import { circuitOfCrossConnection } from "../../domain/links.ts";
import { peering } from "../../domain/peering.ts";
import { types } from "../../domain/types.ts";
import type { StoredResource } from "../../store/store.ts";
import { type Call, type Reply, viewOf } from "../context.ts";
import { peeringReadout, tablePaths } from "../readout-routes.ts";
import { resourceVerb } from "../resource-routes.ts";
import { canonicalName } from "../write-resource.ts";
import type { ActionDefinition, Words } from "./action.ts";

const type = types.crossConnection;

export const crossConnectionActions: readonly ActionDefinition[] = [
  { type, method: "GET", path: "peerings", answer: peeringList },
  ...(["GET", "PUT", "DELETE"] as const).map(
    (method): ActionDefinition => ({
      type,
      method,
      path: "peerings/{peeringName}",
      answer: peeringVerb,
    }),
  ),
  ...tablePaths.map(
    (table): ActionDefinition => ({
      type,
      method: "POST",
      path: `peerings/{peeringName}/${table}/{devicePath}`,
      async answer(call, row, { peeringName = "", devicePath = "" }) {
        const circuit = await circuitOf(call, row);
        const where = { circuit, peeringName, rest: [table, devicePath] };
        return peeringReadout(call, where, "provider");
      },
    }),
  ),
];

async function peeringList(call: Call, row: StoredResource): Promise<Reply> {
  const circuit = await circuitOf(call, row);
  const rows = await call.deps.store.list({ type: types.peering, parentId: circuit.id });
  return { status: 200, body: { value: await Promise.all(rows.map(shownBy(call, row))) } };
}

async function peeringVerb(
  call: Call,
  row: StoredResource,
  { peeringName = "" }: Words,
): Promise<Reply> {
  const circuit = await circuitOf(call, row);
  const name = canonicalName(peering, peeringName);
  const { subscriptionId, resourceGroup, id: parentId } = circuit;
  const id = `${parentId}/peerings/${name}`;
  // Whoever comes this way acts as the provider, an operator too.
  const asProvider: Call = { ...call, principal: { ...call.principal, role: "provider" } };
  const callerSubscriptionId = row.subscriptionId;
  const place = { subscriptionId, resourceGroup, parentId, callerSubscriptionId };
  return resourceVerb(asProvider, { definition: peering, id, name, ...place }, shownBy(call, row));
}

function shownBy(call: Call, row: StoredResource) {
  return (one: StoredResource) => providerPeering(row, one, viewOf(call, call.deps.store));
}

async function circuitOf(call: Call, row: StoredResource): Promise<StoredResource> {
  const circuit = await circuitOfCrossConnection(call.deps.store, row);
  if (circuit !== undefined) return circuit;
  throw notFound("ResourceNotFound", `The circuit of cross connection ${row.name} is gone.`);
}
