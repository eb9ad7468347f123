/**
 * Takes down who changed what. A change is recorded in the transaction that makes it, so that none is
 * without its record; what was refused is recorded by itself, with its code and without its body.
 */
import { isoTime } from "../../base/clock.ts";
import { uuid } from "../../base/random.ts";
import {
  type ActivityEntry,
  changesOf,
  type FieldChange,
  fieldChanges,
} from "../../domain/activity.ts";
import { ArmError } from "../../domain/errors.ts";
import { sameId, textAt } from "../../domain/fields.ts";
import { definitionOf } from "../../domain/registry.ts";
import type { RoleAssignment } from "../../domain/role-assignment.ts";
import { types } from "../../domain/types.ts";
import {
  ACTIVITY_KEPT,
  type AccessReader,
  type JsonObject,
  type Operation,
  type Store,
  type StoredResource,
  type StoreWriter,
} from "../../store/store.ts";
import type { ApiDependencies, Call, Reply } from "../context.ts";
import { isDryRun } from "../dry-run.ts";
import { type Deed, deedOf } from "./deed.ts";

const changesMax = 500;

/** Answers the call, and leaves a record where it changes something or is refused to. */
export async function recorded(call: Call, answer: (call: Call) => Promise<Reply>): Promise<Reply> {
  if (call.method === "GET" || call.method === "HEAD" || isDryRun(call)) return answer(call);
  const recorder = new Recorder(call);
  try {
    const reply = await answer({ ...call, deps: recorder.deps });
    await recorder.ended({ status: reply.status });
    return reply;
  } catch (error) {
    const refusal = error instanceof ArmError ? error : undefined;
    await recorder.ended({
      status: refusal?.status ?? 500,
      code: refusal?.code ?? "InternalServerError",
    });
    throw error;
  }
}

type Change = {
  readonly before: StoredResource | undefined;
  readonly after: StoredResource | undefined;
};

/** A request within a request has a record of its own. */
const unwatched = new WeakMap<Store, Store>();

class Recorder {
  readonly deps: ApiDependencies;
  readonly #call: Call;
  readonly #deed: Deed | undefined;
  #isRecorded = false;
  #isEnded = false;

  constructor(call: Call) {
    this.#call = call;
    this.#deed = deedOf(call);
    const store = unwatched.get(call.deps.store) ?? call.deps.store;
    const watched = this.#watched(store);
    unwatched.set(watched, store);
    this.deps = { ...call.deps, store: watched };
  }

  /** Reads by POST that went well change nothing and leave nothing. */
  async ended({ status, code }: { status: number; code?: string }): Promise<void> {
    const isFailure = status >= 400;
    this.#isEnded = true;
    if (this.#isRecorded || this.#deed === undefined) return;
    if (this.#call.method === "POST" && !isFailure) return;
    const { store, log } = this.#call.deps;
    const outcome = {
      status: isFailure ? ("Failed" as const) : ("Succeeded" as const),
      statusCode: status,
      ...(code === undefined ? {} : { errorCode: code }),
    };
    try {
      await store.transaction((writer) =>
        this.#add(writer, this.#entry({ ...outcome, changes: [] })),
      );
    } catch (error) {
      log("error", "The record of a request could not be kept.", { reason: String(error) });
    }
  }

  #watched(store: Store): Store {
    return {
      ...store,
      transaction: (work) =>
        store.transaction(async (writer) => {
          const notes = new Notes();
          const result = await work(notes.watching(writer));
          // What goes on after the answer is nobody's request any more.
          if (!notes.isEmpty && !this.#isEnded) await this.#record(writer, notes);
          return result;
        }),
    };
  }

  async #record(writer: StoreWriter, notes: Notes): Promise<void> {
    const deed = this.#deed;
    if (deed === undefined) return;
    this.#isRecorded = true;
    const own: FieldChange[] = [...notes.others];
    const abroad = new Map<string, { row: StoredResource; changes: FieldChange[] }>();
    for (const change of notes.resources.values()) {
      const row = change.after ?? change.before;
      if (row === undefined) continue;
      const changes = changesOf(change.before, change.after, definitionOf(row.type) ?? {});
      const isOwn = sameId(row.subscriptionId, deed.subscriptionId) || deed.subscriptionId === "";
      if (isOwn || deed.isThrough) own.push(...changes);
      if (isOwn || changes.length === 0) continue;
      const place = abroad.get(row.subscriptionId) ?? { row, changes: [] };
      abroad.set(row.subscriptionId, { ...place, changes: [...place.changes, ...changes] });
    }
    const outcome = outcomeOf(this.#call.method, { deed, notes });
    await this.#add(writer, this.#entry({ ...outcome, changes: own }));
    for (const { row, changes } of abroad.values())
      await this.#add(writer, this.#entryElsewhere(row, { ...outcome, changes }));
  }

  async #add(writer: StoreWriter, entry: ActivityEntry | undefined): Promise<void> {
    if (entry === undefined) return;
    await writer.addActivity(entry, this.#call.deps.activityKept ?? ACTIVITY_KEPT);
  }

  #entry(outcome: Outcome & { changes: readonly FieldChange[] }): ActivityEntry | undefined {
    const deed = this.#deed;
    if (deed === undefined) return undefined;
    const { deps, principal, method, path, address = "", requestId = "", header } = this.#call;
    const clientRequestId = header("x-ms-client-request-id")?.slice(0, 100);
    return {
      ...{ id: uuid(deps.random), time: isoTime(deps.clock) },
      subscriptionId: deed.subscriptionId,
      ...{ resourceGroup: deed.resourceGroup, resourceId: deed.resourceId },
      ...{ resourceType: deed.resourceType, action: deed.action },
      caller: { name: principal.name, objectId: principal.objectId },
      client: {
        ...{ method, path: path.slice(0, 2_000), address },
        userAgent: (header("user-agent") ?? "").slice(0, 500),
        ...(clientRequestId === undefined ? {} : { requestId: clientRequestId }),
      },
      correlationId: correlationOf({ get: header }, requestId),
      ...outcome,
      changes: outcome.changes.slice(0, changesMax),
    };
  }

  /** The same deed as another subscription is told of it: what became of its own, and by whom. */
  #entryElsewhere(
    row: StoredResource,
    outcome: Outcome & { changes: readonly FieldChange[] },
  ): ActivityEntry | undefined {
    const entry = this.#entry(outcome);
    if (entry === undefined) return undefined;
    const { client: _, ...told } = entry;
    const provider = row.type === types.crossConnection && textAt(row.assigned, "serviceProvider");
    return {
      ...told,
      id: uuid(this.#call.deps.random),
      subscriptionId: row.subscriptionId,
      ...{ resourceGroup: row.resourceGroup, resourceId: row.id, resourceType: row.type },
      caller: { name: entry.caller.name },
      ...(provider ? { provider } : {}),
    };
  }
}

type Outcome = Pick<ActivityEntry, "status" | "statusCode" | "errorCode" | "operationId">;

/** A client that numbers a run of its own requests is followed in that. */
export function correlationOf(
  headers: { get(name: string): string | null | undefined },
  requestId: string,
): string {
  const sent = headers.get("x-ms-correlation-request-id") ?? "";
  return /^[0-9a-f-]{36}$/i.test(sent) ? sent.toLowerCase() : requestId;
}

/** What the answer will say, as far as the transaction knows it. */
function outcomeOf(method: string, { deed, notes }: { deed: Deed; notes: Notes }): Outcome {
  const own = notes.resources.get(deed.resourceId.toLowerCase());
  const { operation } = notes;
  const isOpen = operation?.status === "InProgress";
  const isFollowed = method === "DELETE" ? operation !== undefined : isOpen && method !== "PUT";
  const isNew = method === "PUT" && own !== undefined && own.before === undefined;
  return {
    status: isOpen ? "Accepted" : "Succeeded",
    statusCode: isNew ? 201 : isFollowed ? 202 : 200,
    ...(operation === undefined ? {} : { operationId: operation.id }),
  };
}

/** Records whose fields are told; others may hold what nobody should read. */
const recordsWithFields: readonly string[] = ["account", "webhook"];

/** What one transaction wrote. */
class Notes {
  readonly resources = new Map<string, Change>();
  readonly others: FieldChange[] = [];
  operation: Operation | undefined;

  get isEmpty(): boolean {
    return this.resources.size === 0 && this.others.length === 0 && this.operation === undefined;
  }

  watching(writer: StoreWriter): StoreWriter {
    return {
      ...writer,
      putResource: async (row) => {
        await this.#note(writer, row.id, row);
        await writer.putResource(row);
      },
      removeResource: async (id) => {
        await this.#note(writer, id, undefined);
        await writer.removeResource(id);
      },
      putOperation: async (operation) => {
        this.operation = operation;
        await writer.putOperation(operation);
      },
      putRecord: async (record) => {
        const before = await writer.readRecord(record.kind, record.key);
        this.#record(record.kind, before, record.body);
        await writer.putRecord(record);
      },
      removeRecord: async (kind, key) => {
        this.#record(kind, await writer.readRecord(kind, key), undefined);
        await writer.removeRecord(kind, key);
      },
      putRoleAssignment: async (assignment) => {
        this.#assignment(assignment, await heldAt(writer, assignment), assignment);
        await writer.putRoleAssignment(assignment);
      },
      removeRoleAssignment: async (place) => {
        this.#assignment(place, await heldAt(writer, place), undefined);
        await writer.removeRoleAssignment(place);
      },
    };
  }

  async #note(writer: StoreWriter, id: string, after: StoredResource | undefined): Promise<void> {
    const key = id.toLowerCase();
    const first = this.resources.get(key);
    const before = first === undefined ? await writer.read(id) : first.before;
    this.resources.set(key, { before, after });
  }

  #record(kind: string, before: JsonObject | undefined, after: JsonObject | undefined): void {
    const { name, objectId } = after ?? before ?? {};
    const id = `/causeway/${kind}s/${String(name ?? objectId ?? "")}`;
    const isOpen = recordsWithFields.includes(kind);
    if (isOpen) this.others.push(...fieldChanges(id, { before, after }, ["url"]));
    else this.others.push({ resourceId: id, field: "" });
  }

  #assignment(
    { scope, name }: AssignmentPlace,
    held: RoleAssignment | undefined,
    next: RoleAssignment | undefined,
  ): void {
    const told = (one: RoleAssignment | undefined) =>
      one && { role: one.role, principalId: one.principalId };
    const change = { before: told(held), after: told(next) };
    this.others.push(...fieldChanges(`${scope}/roleAssignments/${name}`, change, []));
  }
}

type AssignmentPlace = Pick<RoleAssignment, "scope" | "name">;

async function heldAt(
  reader: AccessReader,
  { scope, name }: AssignmentPlace,
): Promise<RoleAssignment | undefined> {
  const all = await reader.roleAssignments();
  return all.find((one) => sameId(one.scope, scope) && sameId(one.name, name));
}
