/** Resources of one connection: by id, by query, and by many queries at once. */
import type { SQLInputValue } from "node:sqlite";
import type { KeptRows } from "./kept-rows.ts";
import { bodyOf, type Row, type Statements, textOf } from "./statements.ts";
import type { ResourceQuery, StoredResource, StoreReader } from "./store.ts";

type ResourceReader = Pick<StoreReader, "read" | "list" | "lists">;

/**
 * With rows that are kept, a statement finds keys, which its index alone tells, and reads only the bodies that are
 * missing; inside a transaction nothing is kept. Ids, names of types and groups are compared without case, so the
 * columns hold them in lower case.
 */
export function resourceReader(statements: Statements, kept?: KeptRows): ResourceReader {
  const list = (query: ResourceQuery) => {
    const { sql, values } = select(query);
    const keys = statements.all(sql, ...values).map((row) => textOf(row, "key"));
    return rowsAt(statements, keys, kept);
  };
  return {
    async read(id) {
      const key = id.toLowerCase();
      const [row] = rowsAt(statements, [key], kept);
      return row;
    },
    async list(query) {
      return list(query);
    },
    async lists(queries) {
      const asked = queries.map(askedOf);
      const groups = Map.groupBy(
        asked.filter((one) => one !== undefined),
        kindOf,
      );
      const found = new Map(
        [...groups].map(([kind, group]) => [kind, listGroup(statements, group, kept)]),
      );
      return queries.map((query, index) => {
        const one = asked[index];
        return one === undefined ? list(query) : (found.get(kindOf(one))?.get(one.value) ?? []);
      });
    },
  };
}

const bodyAt = "SELECT key, body FROM resources WHERE key = ?";
const bodiesAt = "SELECT key, body FROM resources WHERE key IN (SELECT value FROM json_each(?))";

/** In the order of the keys; one that is not there is left out. */
function rowsAt(
  statements: Statements,
  keys: readonly string[],
  kept: KeptRows | undefined,
): StoredResource[] {
  const found = keys.map((key) => kept?.get(key));
  const missing = keys.filter((_, index) => found[index] === undefined);
  const [first] = missing;
  if (first === undefined) return found.filter((row) => row !== undefined);
  const read =
    missing.length === 1
      ? statements.all(bodyAt, first)
      : statements.all(bodiesAt, JSON.stringify(missing));
  const fresh = new Map<string, StoredResource>();
  for (const row of read) {
    const body = bodyOf<StoredResource>(row);
    if (body === undefined) continue;
    fresh.set(textOf(row, "key"), body);
    kept?.put(textOf(row, "key"), body);
  }
  return keys.flatMap((key, index) => found[index] ?? fresh.get(key) ?? []);
}

/** Queries that one statement answers: of one type, or of any, by the value of one column. */
type Asked = {
  readonly column: "parent" | "service_key";
  readonly type: string | undefined;
  readonly value: string;
};

function askedOf({ type, ...query }: ResourceQuery): Asked | undefined {
  const [[name, value] = [], ...others] = Object.entries(query);
  const column = name === "parentId" ? "parent" : name === "serviceKey" ? "service_key" : undefined;
  if (column === undefined || typeof value !== "string" || others.length > 0) return undefined;
  return { column, type: type?.toLowerCase(), value: value.toLowerCase() };
}

function kindOf({ column, type = "" }: Asked): string {
  return `${column} ${type}`;
}

/** The rows of each value. */
function listGroup(
  statements: Statements,
  group: readonly Asked[],
  kept: KeptRows | undefined,
): ReadonlyMap<string, StoredResource[]> {
  const [first] = group;
  if (first === undefined) return new Map();
  const { column, type } = first;
  const values = JSON.stringify(group.map(({ value }) => value));
  const sql = `SELECT ${column} AS value, key FROM resources
    WHERE ${column} IN (SELECT value FROM json_each(?))${type === undefined ? "" : " AND +type = ?"}
    ORDER BY key`;
  const keys = statements.all(sql, values, ...(type === undefined ? [] : [type]));
  const rows = rowsAt(
    statements,
    keys.map((row) => textOf(row, "key")),
    kept,
  );
  const valueAt = new Map(keys.map((row: Row) => [textOf(row, "key"), textOf(row, "value")]));
  return Map.groupBy(rows, (row) => valueAt.get(row.id.toLowerCase()) ?? "");
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
  return { sql: `SELECT key FROM resources${condition} ORDER BY key${limit}`, values };
}
