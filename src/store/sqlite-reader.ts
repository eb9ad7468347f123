import type { SQLInputValue } from "node:sqlite";
import { bodyOf, type Statements, textOf } from "./statements.ts";
import type { Allocation, Operation, ResourceQuery, StoredResource, StoreReader } from "./store.ts";

/** Ids, names of types and groups are compared without case, so the columns hold them in lower case. */
export function sqliteReader(statements: Statements): StoreReader {
  return {
    async read(id) {
      const row = statements.first("SELECT body FROM resources WHERE key = ?", id.toLowerCase());
      return bodyOf<StoredResource>(row);
    },
    async list(query) {
      const { sql, values } = select(query);
      return statements.all(sql, ...values).flatMap((row) => bodyOf<StoredResource>(row) ?? []);
    },
    async readOperation(id) {
      return bodyOf<Operation>(statements.first("SELECT body FROM operations WHERE id = ?", id));
    },
    async openOperations(resourceId) {
      const sql = "SELECT body FROM operations WHERE resource = ? AND open = 1 ORDER BY sequence";
      return statements
        .all(sql, resourceId.toLowerCase())
        .flatMap((row) => bodyOf<Operation>(row) ?? []);
    },
    async allocations(pool) {
      const sql = "SELECT value, owner FROM allocations WHERE pool = ? ORDER BY value";
      return statements.all(sql, pool).map(
        (row): Allocation => ({
          pool,
          value: Number(row["value"]),
          owner: textOf(row, "owner"),
        }),
      );
    },
  };
}

function select(query: ResourceQuery): { sql: string; values: SQLInputValue[] } {
  const conditions: string[] = [];
  const values: SQLInputValue[] = [];
  const where = (condition: string, value: string | undefined) => {
    if (value === undefined) return;
    conditions.push(condition);
    values.push(value.toLowerCase());
  };
  // SQLite would walk every row of the type: the plus takes its index away, and what refers is few.
  where(query.referring === undefined ? "type = ?" : "+type = ?", query.type);
  where("subscription = ?", query.subscriptionId);
  where("resource_group = ?", query.resourceGroup);
  where("parent = ?", query.parentId);
  where("service_key = ?", query.serviceKey);
  where("port_pair = ?", query.portPair);
  where("hand_off = ?", query.handOff);
  where("key IN (SELECT source FROM resource_references WHERE target = ?)", query.referring);
  where("key > ?", query.after);
  const limit = query.limit === undefined ? "" : " LIMIT ?";
  if (query.limit !== undefined) values.push(query.limit);
  const condition = conditions.length === 0 ? "" : ` WHERE ${conditions.join(" AND ")}`;
  return { sql: `SELECT body FROM resources${condition} ORDER BY key${limit}`, values };
}
