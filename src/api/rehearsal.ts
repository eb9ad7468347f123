/**
 * A dry run of what writes in transactions of its own, perhaps in many: all of them are part of one, which sees what it
 * has written, is planned at its end, and is thrown away.
 */

import type { Store, StoreWriter } from "../store/store.ts";
import type { ApiDependencies, Call, Reply } from "./context.ts";
import { DryRun } from "./dry-run.ts";
import { parseJson } from "./request-body.ts";

/** Answers in a world that is thrown away. What writes nothing is answered as ever. */
export async function rehearsed(
  call: Call,
  answer: (call: Call) => Promise<Reply>,
): Promise<Reply> {
  const { store, rehearse } = call.deps;
  // Whoever sends slowly holds nobody up.
  const text = await call.text();
  const read = { text: async () => text, json: async () => parseJson(text) };
  return store.transaction(async (writer) => {
    const notes = new Notes(store, writer);
    const reply = await answer({ ...call, ...read, deps: within(call.deps, notes) });
    if (!notes.isWritten) return reply;
    // There was none to delete.
    if (call.method === "DELETE" && reply.status === 204) throw new DryRun(reply);
    const resources = await notes.resources();
    const nodes = (await rehearse?.(writer, [...notes.scopes])) ?? [];
    throw new DryRun({
      status: 200,
      body: {
        dryRun: true,
        change: changeOf(call.method, reply.status),
        resource: reply.body ?? null,
        ...(resources.length === 0 ? {} : { resources }),
        nodes: nodes.map((one) => ({ ...one })),
      },
    });
  });
}

function changeOf(method: string, status: number): "created" | "updated" | "deleted" {
  if (method === "DELETE") return "deleted";
  return status === 201 ? "created" : "updated";
}

function within(deps: ApiDependencies, notes: Notes): ApiDependencies {
  // What stands beside the store hears of nothing, and no one else's write is under way here.
  const { webhooksChanged: _, ...kept } = deps;
  return { ...kept, store: notes.store(), wake: () => {}, compat409: false };
}

type Change = { readonly id: string; readonly change: "created" | "updated" | "deleted" };

/** The one transaction as a store, with what was written and what would have to be planned. */
class Notes {
  readonly scopes = new Set<string>();
  isWritten = false;
  readonly #store: Store;
  readonly #writer: StoreWriter;
  readonly #ids = new Map<string, string>();
  #last: Promise<unknown> = Promise.resolve();

  constructor(store: Store, writer: StoreWriter) {
    this.#store = store;
    this.#writer = writer;
  }

  /** Reads see what is under way. */
  store(): Store {
    const writer = this.#writer;
    const noted = this.#noted();
    return {
      ...this.#store,
      read: (id) => writer.read(id),
      list: (query) => writer.list(query),
      readOperation: (id) => writer.readOperation(id),
      openOperations: (id) => writer.openOperations(id),
      allocations: (pool) => writer.allocations(pool),
      readRecord: (kind, key) => writer.readRecord(kind, key),
      listRecords: (kind) => writer.listRecords(kind),
      roleAssignments: (principalId) => writer.roleAssignments(principalId),
      transaction: (work) => this.#alone(() => work(noted)),
    };
  }

  /** Against what is committed. */
  async resources(): Promise<Change[]> {
    const changes: Change[] = [];
    for (const id of this.#ids.values()) {
      const [held, next] = [await this.#store.read(id), await this.#writer.read(id)];
      if (held?.etag === next?.etag) continue;
      const change = held === undefined ? "created" : next === undefined ? "deleted" : "updated";
      changes.push({ id, change });
    }
    return changes;
  }

  /** One after the other, as transactions are. */
  #alone<T>(work: () => Promise<T>): Promise<T> {
    this.isWritten = true;
    const next = this.#last.then(work);
    this.#last = next.catch(() => {});
    return next;
  }

  #noted(): StoreWriter {
    const writer = this.#writer;
    return {
      ...writer,
      putResource: (row) => {
        this.#ids.set(row.id.toLowerCase(), row.id);
        return writer.putResource(row);
      },
      removeResource: (id) => {
        this.#ids.set(id.toLowerCase(), id);
        return writer.removeResource(id);
      },
      markDirty: (scopes) => {
        for (const scope of scopes) this.scopes.add(scope);
        return writer.markDirty(scopes);
      },
    };
  }
}
