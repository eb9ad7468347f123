import type { ResourceQuery, StoredResource, StoreReader } from "../store/store.ts";

type Waiting = {
  readonly query: ResourceQuery;
  readonly tell: (found: readonly StoredResource[]) => void;
  readonly fail: (cause: unknown) => void;
};

/**
 * Lists that are asked for at one moment go to the store together: each row of a page asks the same of another
 * id, and a thousand small statements took a third of the page's time.
 */
export function gatheredReader(reader: StoreReader): StoreReader {
  let waiting: Waiting[] = [];
  const ask = async () => {
    const asked = waiting;
    waiting = [];
    try {
      const found = await reader.lists(asked.map(({ query }) => query));
      for (const [index, { tell }] of asked.entries()) tell(found[index] ?? []);
    } catch (cause) {
      for (const { fail } of asked) fail(cause);
    }
  };
  return {
    ...reader,
    list: (query) =>
      new Promise((tell, fail) => {
        if (waiting.length === 0) queueMicrotask(ask);
        waiting.push({ query, tell, fail });
      }),
  };
}
