/** From the target of a request to its verb, its action, or the read-only things below it. */

import { providerPeering } from "../domain/cross-connection.ts";
import { notFound } from "../domain/errors.ts";
import { circuitOfCrossConnection } from "../domain/links.ts";
import { peering } from "../domain/peering.ts";
import { parentOfId, resourceId } from "../domain/resource-id.ts";
import { types } from "../domain/types.ts";
import type { StoredResource } from "../store/store.ts";
import { matchPath } from "./actions/action.ts";
import { actions } from "./actions/registry.ts";
import { type Call, type Reply, viewOf } from "./context.ts";
import type { ResourceTarget } from "./path.ts";
import { methodNotAllowed } from "./path.ts";
import { peeringReadout } from "./readout-routes.ts";
import { requireResource, resourceVerb, unknownAction } from "./resource-routes.ts";
import { canonicalName, type WriteTarget } from "./write-resource.ts";

export async function answerResource(call: Call, asked: ResourceTarget): Promise<Reply> {
  const target = writeTargetOf(asked);
  const [first = "", ...more] = asked.rest;
  if (first === "") return resourceVerb(call, target);
  const resource = await requireResource(call, target);
  const word = first.toLowerCase();
  if (target.definition.type === types.crossConnection && word === "peerings") {
    return providerPeerings(call, resource, more);
  }
  const shown = target.definition.views?.[word];
  if (shown !== undefined)
    return viewReply(call, await shown(resource, viewOf(call, call.deps.store)), more);
  return action(call, resource, asked.rest);
}

function writeTargetOf({
  definition,
  subscriptionId,
  resourceGroup,
  names,
}: ResourceTarget): WriteTarget {
  const spelled = names.map((name, index) =>
    index === names.length - 1 ? canonicalName(definition, name) : name,
  );
  const place = { subscriptionId, resourceGroup };
  const id = resourceId({ ...place, type: definition.type, names: spelled });
  return {
    ...place,
    definition,
    id,
    name: spelled.at(-1) ?? "",
    ...(names.length > 1 ? { parentId: parentOfId(id) } : {}),
    callerSubscriptionId: subscriptionId,
  };
}

function viewReply(
  call: Call,
  rows: Awaited<ReturnType<NonNullable<ResourceTarget["definition"]["views"]>[string]>>,
  [name, ...more]: readonly string[],
): Reply {
  requireMethod(call, "GET");
  if (name === undefined) return { status: 200, body: { value: [...rows] } };
  const row = rows.find((one) => String(one["name"]).toLowerCase() === name.toLowerCase());
  if (row === undefined || more.length > 0) throw unknownAction([name, ...more]);
  return { status: 200, body: row };
}

async function action(
  call: Call,
  resource: StoredResource,
  rest: readonly string[],
): Promise<Reply> {
  const found = actions.flatMap((definition) => {
    const words = definition.type === resource.type && matchPath(definition.path, rest);
    return words ? [{ definition, words }] : [];
  });
  const one = found.find(({ definition }) => definition.method === call.method);
  if (one !== undefined) return one.definition.answer(call, resource, one.words);
  if (found.length === 0) throw unknownAction(rest);
  throw methodNotAllowed(
    call.method,
    found.map(({ definition }) => definition.method),
  );
}

/** The circuit's own peerings, under the provider's name for them. */
async function providerPeerings(
  call: Call,
  row: StoredResource,
  [name, ...rest]: readonly string[],
): Promise<Reply> {
  const { store } = call.deps;
  const circuit = await circuitOfCrossConnection(store, row);
  if (circuit === undefined) {
    throw notFound("ResourceNotFound", `The circuit of cross connection ${row.name} is gone.`);
  }
  const show = (one: StoredResource) => providerPeering(row, one, viewOf(call, store));
  if (name === undefined) {
    requireMethod(call, "GET");
    const rows = await store.list({ type: types.peering, parentId: circuit.id });
    return { status: 200, body: { value: await Promise.all(rows.map(show)) } };
  }
  if (rest.length > 0) {
    requireMethod(call, "POST");
    return peeringReadout(call, { circuit, peeringName: name, rest }, "provider");
  }
  const spelled = canonicalName(peering, name);
  const { subscriptionId, resourceGroup } = circuit;
  const id = `${circuit.id}/peerings/${spelled}`;
  const place = { subscriptionId, resourceGroup, parentId: circuit.id };
  // Whoever comes this way acts as the provider, an operator too.
  const definition = { ...peering, writers: ["provider"] as const };
  const asProvider: Call = { ...call, principal: { ...call.principal, role: "provider" } };
  const callerSubscriptionId = row.subscriptionId;
  const target = { definition, id, name: spelled, ...place, callerSubscriptionId };
  return resourceVerb(asProvider, target, show);
}

function requireMethod(call: Call, method: "GET" | "POST"): void {
  if (call.method !== method) throw methodNotAllowed(call.method, [method]);
}
