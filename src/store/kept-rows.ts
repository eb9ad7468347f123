import type { StoredResource } from "./store.ts";

/** A page of a thousand circuits with their cross connections. */
const rowsSure = 2_048;
/** Keys whose reading is remembered: a power of two, and several times the rows. */
const keysRemembered = 8_192;

/**
 * Resources as they were read last, by their keys: what is asked for again is neither read nor parsed again. Only
 * what is committed is in it: a commit takes out the rows that it changed. The last so many that were asked for
 * stay for sure, and as many before them until there are others; to look a row up writes nothing.
 *
 * A row is kept from its second reading on: what is asked for once would only drive out others, and would be garbage
 * of the dear kind when it goes (TinyLFU's doorkeeper, doi 10.1145/3149371).
 */
export class KeptRows {
  #lately = new Map<string, StoredResource>();
  #before = new Map<string, StoredResource>();
  readonly #sure: number;
  /** Of the keys that were read: one for each remainder, the last. */
  readonly #read = new Uint32Array(keysRemembered);

  constructor(sure = rowsSure) {
    this.#sure = sure;
  }

  get(key: string): StoredResource | undefined {
    const row = this.#lately.get(key);
    if (row !== undefined) return row;
    const older = this.#before.get(key);
    if (older !== undefined) this.#keep(key, older);
    return older;
  }

  /** Of a row that was read because it is not kept. */
  put(key: string, row: StoredResource): void {
    const sum = sumOf(key);
    const at = sum % keysRemembered;
    if (this.#read[at] === sum) this.#keep(key, row);
    else this.#read[at] = sum;
  }

  #keep(key: string, row: StoredResource): void {
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

/** FNV-1a: two keys with one sum only make a row be kept a reading too early. */
function sumOf(key: string): number {
  let sum = 0x811c9dc5;
  for (let at = 0; at < key.length; at += 1) sum = Math.imul(sum ^ key.charCodeAt(at), 0x01000193);
  return sum >>> 0;
}
