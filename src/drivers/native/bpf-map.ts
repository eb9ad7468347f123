/**
 * A pinned map of an eBPF program, by bpf(2): thousands of entries in a call, where a program would print a megabyte
 * for each look. Keys and values are bytes written as hexadecimal digits.
 */

import { closeSync } from "node:fs";
import { codeOf } from "../../base/cause.ts";
import { ATTRIBUTE_BYTES, bpf, openPinned } from "./bpf.ts";
import { Memory, readAt, writeAt } from "./memory.ts";

const UPDATE = 2;
const DELETE = 3;
const INFO = 15;
const LOOKUP_BATCH = 24;
/** The first five words of `struct bpf_map_info`: type, id, size of a key and of a value, most entries. */
const INFO_BYTES = 20;
const AT_ONCE = 1024;

export class BpfMap implements Disposable {
  readonly #file: number;
  readonly #keyBytes: number;
  readonly #valueBytes: number;
  readonly #most: number;

  constructor(path: string) {
    this.#file = openPinned(path);
    const info = infoOf(this.#file);
    this.#keyBytes = info.readUInt32LE(8);
    this.#valueBytes = info.readUInt32LE(12);
    this.#most = info.readUInt32LE(16);
  }

  entries(): Map<string, string> {
    const entries = new Map<string, string>();
    const [keyBytes, valueBytes] = [this.#keyBytes, this.#valueBytes];
    const most = Math.min(this.#most, AT_ONCE);
    // Two places that the kernel notes in turn where it is, then keys, then values.
    const start = memory.reserve(16 + most * (keyBytes + valueBytes));
    const [keys, values] = [start + 16, start + 16 + most * keyBytes];
    for (let turn = 0; ; turn += 1) {
      const [from, to] = turn % 2 === 0 ? [start, start + 8] : [start + 8, start];
      const attributes = batch({ from: turn === 0 ? 0 : from, to, keys, values, most });
      attributes.writeUInt32LE(this.#file, 36);
      const isLast = !call(LOOKUP_BATCH, attributes, "ENOENT");
      const count = attributes.readUInt32LE(32);
      const all = readAt(keys, count * keyBytes);
      const told = readAt(values, count * valueBytes);
      for (let index = 0; index < count; index += 1)
        entries.set(part(all, index, keyBytes), part(told, index, valueBytes));
      if (isLast) return entries;
    }
  }

  put(key: string, value: string): void {
    call(UPDATE, this.#element(key, value));
  }

  /** What is not there is removed already. */
  remove(key: string): void {
    call(DELETE, this.#element(key, ""), "ENOENT");
  }

  #element(key: string, value: string): Buffer {
    const [one, other] = [Buffer.from(key, "hex"), Buffer.from(value, "hex")];
    if (one.length !== this.#keyBytes || ![0, this.#valueBytes].includes(other.length))
      throw new RangeError(
        `${key}: ${value} is no entry of ${this.#keyBytes} and ${this.#valueBytes} bytes`,
      );
    const start = memory.reserve(one.length + 8 + other.length);
    const valueAt = start + Math.ceil(one.length / 8) * 8;
    writeAt(start, one);
    writeAt(valueAt, other);
    const attributes = Buffer.alloc(ATTRIBUTE_BYTES);
    attributes.writeUInt32LE(this.#file, 0);
    attributes.writeBigUInt64LE(BigInt(start), 8);
    if (other.length > 0) attributes.writeBigUInt64LE(BigInt(valueAt), 16);
    return attributes;
  }

  [Symbol.dispose](): void {
    closeSync(this.#file);
  }
}

const memory = new Memory();

function infoOf(file: number): Buffer {
  const start = memory.reserve(INFO_BYTES);
  const attributes = Buffer.alloc(ATTRIBUTE_BYTES);
  attributes.writeUInt32LE(file, 0);
  attributes.writeUInt32LE(INFO_BYTES, 4);
  attributes.writeBigUInt64LE(BigInt(start), 8);
  bpf(INFO, attributes);
  return readAt(start, INFO_BYTES);
}

type Batch = { from: number; to: number; keys: number; values: number; most: number };

function batch({ from, to, keys, values, most }: Batch): Buffer {
  const attributes = Buffer.alloc(ATTRIBUTE_BYTES);
  [from, to, keys, values].forEach((address, index) => {
    attributes.writeBigUInt64LE(BigInt(address), 8 * index);
  });
  attributes.writeUInt32LE(most, 32);
  return attributes;
}

/** Whether it was done; false where it ended with the error that is no failure. */
function call(command: number, attributes: Buffer, harmless?: string): boolean {
  try {
    bpf(command, attributes);
    return true;
  } catch (cause) {
    if (harmless !== undefined && codeOf(cause) === harmless) return false;
    throw cause;
  }
}

function part(bytes: Buffer, index: number, length: number): string {
  return bytes.toString("hex", index * length, (index + 1) * length);
}
