/**
 * Rows of a page ask one after another for the same: their children, and what has their service key. The first
 * to ask has it read for all of them, in one query instead of a thousand.
 */
import { textAt } from "../domain/fields.ts";
import type { ResourceQuery, StoredResource, StoreReader } from "../store/store.ts";

type Found = ReadonlyMap<string, readonly StoredResource[]>;

export function pageReader(reader: StoreReader, page: readonly StoredResource[]): StoreReader {
  const ids = page.map(({ id }) => id);
  const keys = page.flatMap((row) => serviceKeyOf(row) ?? []);
  const children = together(ids, async () =>
    grouped(await reader.list({ parentId: ids }), ({ parentId }) => parentId),
  );
  const sharing = together(keys, async () =>
    grouped(await reader.list({ serviceKey: keys }), serviceKeyOf),
  );
  return {
    read: (id) => reader.read(id),
    readOperation: (id) => reader.readOperation(id),
    openOperations: (id) => reader.openOperations(id),
    allocations: (pool) => reader.allocations(pool),
    async list(query) {
      const found =
        (await children(onlyOf(query, "parentId"))) ?? (await sharing(onlyOf(query, "serviceKey")));
      if (found === undefined) return reader.list(query);
      const type = query.type?.toLowerCase();
      return type === undefined ? found : found.filter((row) => row.type.toLowerCase() === type);
    },
  };
}

/** What was asked for by that column, where by nothing else than the type too. */
function onlyOf(query: ResourceQuery, column: "parentId" | "serviceKey"): string | undefined {
  const { type: _type, [column]: value, ...others } = query;
  return typeof value === "string" && Object.keys(others).length === 0 ? value : undefined;
}

/** Reads for all of them when one is asked for; undefined for what is none of them. */
function together(
  names: readonly string[],
  read: () => Promise<Found>,
): (name: string | undefined) => Promise<readonly StoredResource[] | undefined> {
  const known = new Set(names.map((name) => name.toLowerCase()));
  let found: Promise<Found> | undefined;
  return async (name) => {
    const key = name?.toLowerCase();
    if (key === undefined || !known.has(key)) return undefined;
    found ??= read();
    return (await found).get(key) ?? [];
  };
}

function grouped(
  rows: readonly StoredResource[],
  nameOf: (row: StoredResource) => string | undefined,
): Found {
  const found = new Map<string, StoredResource[]>();
  for (const row of rows) {
    const name = nameOf(row)?.toLowerCase();
    if (name === undefined) continue;
    const others = found.get(name);
    if (others === undefined) found.set(name, [row]);
    else others.push(row);
  }
  return found;
}

function serviceKeyOf({ assigned }: StoredResource): string | undefined {
  return textAt(assigned, "serviceKey");
}
