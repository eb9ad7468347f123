/** News of what the control plane holds: told to those who may read the resource that it is about. */
import { sameJson, textAt } from "./fields.ts";
import type { JsonObject, Operation, StoredResource } from "./state.ts";
import { types } from "./types.ts";

export const eventKinds = ["resource", "operation", "session", "limit"] as const;

export type StateEvent = {
  readonly kind: (typeof eventKinds)[number];
  /** What it is about; empty for what is the operator's own. */
  readonly resourceId: string;
  /** Of a cross connection: the provider that the circuit was ordered from. */
  readonly provider?: string;
  readonly data: JsonObject;
};

/** The order of commits; grows by one with every event. */
export type StoredEvent = StateEvent & { readonly sequence: number; readonly time: string };

/** Nothing where nothing changed. A circuit is told what its provider says of it. */
export function* resourceEvents(
  before: StoredResource | undefined,
  after: StoredResource | undefined,
): Generator<StateEvent> {
  const row = after ?? before;
  if (row === undefined || sameResource(before, after)) return;
  const change = after === undefined ? "deleted" : before === undefined ? "created" : "updated";
  const said = textAt(row.desired, "properties.serviceProviderProvisioningState");
  const isCrossConnection = row.type === types.crossConnection;
  const provider = textAt(row.assigned, "serviceProvider");
  const state =
    isCrossConnection && said !== undefined ? { serviceProviderProvisioningState: said } : {};
  yield {
    kind: "resource",
    resourceId: row.id,
    ...(isCrossConnection && provider !== undefined ? { provider } : {}),
    data: {
      ...{ change, type: row.type, generation: row.generation },
      ...(after === undefined
        ? {}
        : { provisioningState: after.provisioningState, etag: after.etag }),
      ...state,
      ...(after?.error === undefined ? {} : { error: after.error }),
    },
  };
  const circuit = textAt(row.assigned, "expressRouteCircuit.id");
  const held = textAt(before?.desired, "properties.serviceProviderProvisioningState");
  if (!isCrossConnection || circuit === undefined || change !== "updated" || held === said) return;
  yield {
    kind: "resource",
    resourceId: circuit,
    data: { change: "updated", type: types.circuit, ...state },
  };
}

function sameResource(
  before: StoredResource | undefined,
  after: StoredResource | undefined,
): boolean {
  return before !== undefined && after !== undefined && sameJson(plain(before), plain(after));
}

/** A row is JSON: it is kept as that. */
function plain(row: StoredResource): JsonObject {
  return row as unknown as JsonObject;
}

export function* operationEvents(
  before: Operation | undefined,
  { id, resourceId, kind, status, error, generation }: Operation,
): Generator<StateEvent> {
  if (before?.status === status) return;
  yield {
    kind: "operation",
    resourceId,
    data: {
      ...{ operationId: id, operation: kind, status, generation },
      ...(error === undefined ? {} : { error }),
    },
  };
}
