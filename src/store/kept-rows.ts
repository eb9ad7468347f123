import type { StoredResource } from "./store.ts";

/** A page of a thousand circuits with their cross connections. */
const rowsSure = 2_048;

/**
 * Resources as they were read last, by their keys: what is asked for again is neither read nor parsed again. Only
 * what is committed is in it: a commit takes out the rows that it changed. The last so many that were asked for
 * stay for sure, and as many before them until there are others; to look a row up writes nothing.
 */
export class KeptRows {
  #lately = new Map<string, StoredResource>();
  #before = new Map<string, StoredResource>();
  readonly #sure: number;

  constructor(sure = rowsSure) {
    this.#sure = sure;
  }

  get(key: string): StoredResource | undefined {
    const row = this.#lately.get(key);
    if (row !== undefined) return row;
    const older = this.#before.get(key);
    if (older !== undefined) this.put(key, older);
    return older;
  }

  put(key: string, row: StoredResource): void {
    this.#lately.set(key, row);
    if (this.#lately.size < this.#sure) return;
    this.#before = this.#lately;
    this.#lately = new Map();
  }

  forget(keys: Iterable<string>): void {
    for (const key of keys) {
      this.#lately.delete(key);
      this.#before.delete(key);
    }
  }
}
