import { isoTime } from "../base/clock.ts";
import { uuid } from "../base/random.ts";
import { ArmError, notFound } from "../domain/errors.ts";
import { sameId } from "../domain/fields.ts";
import { definitionOf } from "../domain/registry.ts";
import { toWire } from "../domain/resource.ts";
import { types } from "../domain/types.ts";
import type { Operation, StoredResource } from "../store/store.ts";
import { actionType } from "./access/access.ts";
import { type Call, type Reply, viewOf } from "./context.ts";

/** The record of a write or a deletion; done at once where no node has to follow. */
export function newOperation(
  { deps }: Call,
  resource: StoredResource,
  about: { kind: Operation["kind"]; done: boolean; subscriptionId: string },
): Operation {
  const startedAt = isoTime(deps.clock);
  return {
    id: uuid(deps.random),
    resourceId: resource.id,
    kind: about.kind,
    status: about.done ? "Succeeded" : "InProgress",
    generation: resource.generation,
    subscriptionId: about.subscriptionId,
    startedAt,
    ...(about.done ? { endedAt: startedAt } : {}),
  };
}

/** Links by which clients follow an operation; absolute, for some clients follow no others. */
export function operationLinks(
  call: Call,
  operation: Operation,
  resource: StoredResource,
): { status: string; result: string } {
  const region = resource.location ?? call.deps.inventory.regions[0]?.name ?? "";
  const place = `${call.origin}/subscriptions/${operation.subscriptionId}/providers/Microsoft.Network/locations/${region}`;
  const version = `?api-version=${call.apiVersion}`;
  if (resource.type === types.resourceGroup) {
    const result = `${call.origin}/subscriptions/${operation.subscriptionId}/operationresults/${operation.id}${version}`;
    return { status: `${place}/operations/${operation.id}${version}`, result };
  }
  return {
    status: `${place}/operations/${operation.id}${version}`,
    result: `${place}/operationResults/${operation.id}${version}`,
  };
}

export async function answerOperation(
  call: Call,
  asked: { subscriptionId: string; id: string; result: boolean },
): Promise<Reply> {
  const operation = await call.deps.store.readOperation(asked.id.toLowerCase());
  const mine = operation?.subscriptionId.toLowerCase() === asked.subscriptionId.toLowerCase();
  if (operation === undefined || !mine) {
    throw notFound(
      "ResourceNotFound",
      `The operation '${asked.id}' was not found; finished ones are kept for a day.`,
    );
  }
  return asked.result ? resultOf(call, operation) : statusOf(operation);
}

function statusOf(operation: Operation): Reply {
  const { id, status, startedAt, endedAt, error } = operation;
  return {
    status: 200,
    body: {
      id: `/subscriptions/${operation.subscriptionId}/operations/${id}`,
      name: id,
      status,
      startTime: startedAt,
      ...(endedAt === undefined ? {} : { endTime: endedAt }),
      ...(error === undefined ? {} : { error: { ...error, details: [] } }),
    },
    headers: status === "InProgress" ? { "Retry-After": "1" } : {},
  };
}

async function resultOf(call: Call, operation: Operation): Promise<Reply> {
  const { store } = call.deps;
  if (operation.status === "InProgress") {
    const Location = `${call.origin}${call.path}?api-version=${call.apiVersion}`;
    return { status: 202, headers: { Location, "Retry-After": "1" } };
  }
  if (operation.status === "Failed") {
    throw new ArmError({
      status: 409,
      code: "ConflictError",
      message: operation.error?.message ?? "The operation failed.",
    });
  }
  if (operation.kind === "delete") return { status: 204 };
  if (operation.result !== undefined) return { status: 200, body: operation.result };
  const resource = await store.read(operation.resourceId);
  const definition = resource && definitionOf(resource.type);
  if (resource === undefined || definition === undefined) return { status: 204 };
  // A provider's operation may be about the customer's own peering: asked for there, answered there.
  if (sameId(resource.subscriptionId, operation.subscriptionId)) {
    call.access.require(`${actionType(resource.type)}/read`, resource.id);
  }
  return { status: 200, body: await toWire(definition, resource, viewOf(call, store)) };
}
