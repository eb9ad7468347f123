/** What one transaction did to resources and operations, from its first write to its last: the news of its commit. */
import { operationEvents, resourceEvents, type StateEvent } from "../domain/state-event.ts";
import type { Operation, StoredResource } from "./store.ts";

type Change<T> = { readonly before: T | undefined; readonly after: T | undefined };

export class TransactionChanges {
  readonly #resources = new Map<string, Change<StoredResource>>();
  readonly #operations = new Map<string, Change<Operation>>();

  resource(
    id: string,
    before: StoredResource | undefined,
    after: StoredResource | undefined,
  ): void {
    const key = id.toLowerCase();
    const first = this.#resources.get(key);
    this.#resources.set(key, { before: first === undefined ? before : first.before, after });
  }

  /** Ids in lower case. */
  resourceKeys(): Iterable<string> {
    return this.#resources.keys();
  }

  operation(before: Operation | undefined, after: Operation): void {
    const first = this.#operations.get(after.id);
    this.#operations.set(after.id, { before: first === undefined ? before : first.before, after });
  }

  readonly #others: StateEvent[] = [];

  /** What is news by itself. */
  tell(events: readonly StateEvent[]): void {
    this.#others.push(...events);
  }

  *events(): Generator<StateEvent> {
    for (const { before, after } of this.#resources.values()) yield* resourceEvents(before, after);
    for (const { before, after } of this.#operations.values())
      if (after !== undefined) yield* operationEvents(before, after);
    yield* this.#others;
  }
}
