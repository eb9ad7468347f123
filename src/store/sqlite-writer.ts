import { invariant } from "../base/invariant.ts";
import { types } from "../domain/types.ts";
import {
  accessReader,
  putRoleAssignment,
  removeAssignmentsAt,
  removeRoleAssignment,
} from "./sqlite-access.ts";
import { addActivity, historyReader } from "./sqlite-history.ts";
import { replaceFragments } from "./sqlite-intent.ts";
import { sqliteReader } from "./sqlite-reader.ts";
import { putRecord, recordReader, removeRecord, removeRecordsBelow } from "./sqlite-records.ts";
import { bodyOf, type Statements } from "./statements.ts";
import type { Json, Operation, StoredResource, StoreWriter } from "./store.ts";
import type { TransactionChanges } from "./transaction-changes.ts";

/** What the platform keeps of these, by ids below theirs, goes with them: deployments, failover tests. */
const recordHolders: readonly string[] = [types.resourceGroup, types.circuit, types.gateway];

/** Finished operations stay readable for a day. */
const operationKeptMs = 24 * 3_600_000;

/** The writes of one transaction, which the caller has begun; `changes` takes down what they do. */
export function sqliteWriter(statements: Statements, changes: TransactionChanges): StoreWriter {
  return {
    ...sqliteReader(statements),
    ...recordReader(statements),
    ...accessReader(statements),
    ...historyReader(statements),
    async addActivity(entry, kept) {
      addActivity(statements, entry, kept);
    },
    async putRoleAssignment(assignment) {
      putRoleAssignment(statements, assignment);
    },
    async removeRoleAssignment(place) {
      removeRoleAssignment(statements, place);
    },
    async putRecord(record) {
      putRecord(statements, record);
    },
    async removeRecord(kind, key) {
      removeRecord(statements, kind, key);
    },
    async putResource(resource) {
      const before = resourceAt(statements, resource.id);
      putResource(statements, resource);
      changes.resource(resource.id, before, resource);
    },
    async removeResource(id) {
      const before = resourceAt(statements, id);
      statements.run("DELETE FROM resources WHERE key = ?", id.toLowerCase());
      removeAssignmentsAt(statements, id);
      if (recordHolders.includes(before?.type ?? "")) removeRecordsBelow(statements, id);
      changes.resource(id, before, undefined);
    },
    async putOperation(operation) {
      const sql = "SELECT body FROM operations WHERE id = ?";
      const before = bodyOf<Operation>(statements.first(sql, operation.id));
      putOperation(statements, operation);
      changes.operation(before, operation);
    },
    async allocate(request) {
      return allocate(statements, request);
    },
    async release(owner) {
      statements.run("DELETE FROM allocations WHERE owner = ?", owner.toLowerCase());
    },
    async markDirty(scopes) {
      for (const scope of new Set(scopes)) markDirty(statements, scope);
    },
    async replaceFragments(owner, fragments) {
      return replaceFragments(statements, owner, fragments);
    },
  };
}

function resourceAt(statements: Statements, id: string): StoredResource | undefined {
  const sql = "SELECT body FROM resources WHERE key = ?";
  return bodyOf<StoredResource>(statements.first(sql, id.toLowerCase()));
}

function putResource(statements: Statements, resource: StoredResource): void {
  const key = resource.id.toLowerCase();
  const lower = (value: Json | undefined) =>
    typeof value === "string" ? value.toLowerCase() : null;
  const { assigned } = resource;
  statements.run(
    `INSERT INTO resources
       (key, type, subscription, resource_group, parent, service_key, port_pair, hand_off, body)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (key) DO UPDATE SET
       parent = excluded.parent, service_key = excluded.service_key,
       port_pair = excluded.port_pair, hand_off = excluded.hand_off, body = excluded.body`,
    key,
    resource.type.toLowerCase(),
    resource.subscriptionId.toLowerCase(),
    resource.resourceGroup.toLowerCase(),
    lower(resource.parentId),
    lower(assigned["serviceKey"]),
    lower(assigned["portPair"]),
    lower(assigned["handOff"]),
    JSON.stringify(resource),
  );
  statements.run("DELETE FROM resource_references WHERE source = ?", key);
  for (const target of new Set([...idsIn(resource.desired), ...idsIn(assigned)])) {
    statements.run("INSERT INTO resource_references VALUES (?, ?)", target, key);
  }
}

/** Every `{"id": "…"}` in the value, in lower case. */
function* idsIn(value: Json | undefined): Generator<string> {
  if (typeof value !== "object" || value === null) return;
  if ("id" in value && typeof value["id"] === "string") yield value["id"].toLowerCase();
  for (const part of Object.values(value)) yield* idsIn(part);
}

function putOperation(statements: Statements, operation: Operation): void {
  statements.run(
    `INSERT INTO operations (id, resource, open, ended_at, body) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET
       open = excluded.open, ended_at = excluded.ended_at, body = excluded.body`,
    operation.id,
    operation.resourceId.toLowerCase(),
    operation.status === "InProgress" ? 1 : 0,
    operation.endedAt ?? null,
    JSON.stringify(operation),
  );
  const oldest = new Date(Date.parse(operation.startedAt) - operationKeptMs).toISOString();
  statements.run("DELETE FROM operations WHERE ended_at < ?", oldest);
}

function allocate(
  statements: Statements,
  request: { pool: string; owner: string; from: number; to: number },
): number | undefined {
  const { pool, from, to } = request;
  const owner = request.owner.toLowerCase();
  const held = statements.first(
    "SELECT value FROM allocations WHERE pool = ? AND owner = ?",
    pool,
    owner,
  );
  if (held !== undefined) return Number(held["value"]);
  const taken = "SELECT 1 FROM allocations WHERE pool = ? AND value = ?";
  const value =
    statements.first(taken, pool, from) === undefined ? from : afterFirstGap(statements, request);
  if (value === undefined || value > to) return undefined;
  statements.run("INSERT INTO allocations VALUES (?, ?, ?)", pool, value, owner);
  return value;
}

/** The lowest value above a taken one that nobody holds. */
function afterFirstGap(
  statements: Statements,
  { pool, from }: { pool: string; from: number },
): number {
  const row = statements.first(
    `SELECT value + 1 AS free FROM allocations AS taken
     WHERE pool = ?1 AND value >= ?2 AND NOT EXISTS (
       SELECT 1 FROM allocations WHERE pool = ?1 AND value = taken.value + 1)
     ORDER BY value LIMIT 1`,
    pool,
    from,
  );
  invariant(row !== undefined, "the run of taken values that starts at `from` has an end");
  return Number(row["free"]);
}

function markDirty(statements: Statements, scope: string): void {
  const row = statements.first("UPDATE dirty_sequence SET last = last + 1 RETURNING last");
  invariant(row !== undefined, "the sequence of dirty marks has its row");
  const token = Number(row["last"]);
  statements.run(
    `INSERT INTO dirty_scopes (scope, first, token) VALUES (?1, ?2, ?2)
     ON CONFLICT (scope) DO UPDATE SET token = excluded.token`,
    scope,
    token,
  );
}
