/** A store that can die between two transactions, as a process does at `kill -9`. */
import type { Store } from "../store/store.ts";

export class MortalStore {
  readonly store: Store;
  readonly #real: Store;
  #transactionsLeft = Number.POSITIVE_INFINITY;

  constructor(real: Store) {
    this.#real = real;
    this.store = {
      read: (id) => this.#alive().read(id),
      list: (query) => this.#alive().list(query),
      lists: (queries) => this.#alive().lists(queries),
      readOperation: (id) => this.#alive().readOperation(id),
      openOperations: (id) => this.#alive().openOperations(id),
      allocations: (pool) => this.#alive().allocations(pool),
      readRecord: (kind, key) => this.#alive().readRecord(kind, key),
      listRecords: (kind) => this.#alive().listRecords(kind),
      roleAssignments: (principalId) => this.#alive().roleAssignments(principalId),
      activity: (query) => this.#alive().activity(query),
      events: (after, limit) => this.#alive().events(after, limit),
      eventSpan: () => this.#alive().eventSpan(),
      onEvents: (listener) => real.onEvents(listener),
      dirtyScopes: (limit) => this.#alive().dirtyScopes(limit),
      intentChange: (node, since) => this.#alive().intentChange(node, since),
      nodesAhead: (told) => this.#alive().nodesAhead(told),
      overtake: (told) => this.#alive().overtake(told),
      fragmentOwners: (node) => this.#alive().fragmentOwners(node),
      readReport: (node) => this.#alive().readReport(node),
      transaction: (work) => this.#spend().transaction(work),
      settleDirty: (dirty) => this.#spend().settleDirty(dirty),
      writeReport: (report, events) => this.#spend().writeReport(report, events),
      close: () => real.close(),
    };
  }

  /** Allows so many transactions more. */
  dieAfter(transactions: number): void {
    this.#transactionsLeft = transactions;
  }

  #alive(): Store {
    if (this.#transactionsLeft < 0) throw new Error("The process is dead.");
    return this.#real;
  }

  #spend(): Store {
    this.#transactionsLeft -= 1;
    return this.#alive();
  }
}
