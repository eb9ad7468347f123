/**
 * Programs at a link without a qdisc and its filters between: tcx, since Linux 6.6. They stay when we end and go with the
 * link, as filters do. In the network namespace of the calling thread. linux/bpf.h (uapi), BPF_PROG_ATTACH and _QUERY.
 */
import { closeSync } from "node:fs";
import { codeOf } from "../../base/cause.ts";
import { ATTRIBUTE_BYTES, bpf, openPinned } from "./bpf.ts";
import { Memory, readAt, writeAt } from "./memory.ts";

export const hooks = ["ingress", "egress"] as const;
export type Hook = (typeof hooks)[number];

const hookNumbers: Readonly<Record<Hook, number>> = { ingress: 46, egress: 47 };
const ATTACH = 8;
const DETACH = 9;
const FILE_BY_ID = 13;
const INFO = 15;
const QUERY = 16;
const BEFORE_ALL = 1 << 3;
const AFTER_ALL = 1 << 4;
const PROGRAMS_MOST = 64;
/** Of `struct bpf_prog_info`, up to its name and with it. */
const NAME_AT = 64;
const NAME_BYTES = 16;

const memory = new Memory();

/** The names of a hook's programs, in the order in which they run; undefined where the kernel has no such hooks. */
export function programsAt(ifindex: number, hook: Hook): string[] | undefined {
  const start = memory.reserve(4 * PROGRAMS_MOST);
  const attributes = at(ifindex, 0, hook);
  attributes.writeBigUInt64LE(BigInt(start), 16);
  attributes.writeUInt32LE(PROGRAMS_MOST, 24);
  try {
    bpf(QUERY, attributes);
  } catch (cause) {
    if (codeOf(cause) === "ENOENT") return [];
    if (codeOf(cause) === "EINVAL") return undefined;
    throw cause;
  }
  const count = attributes.readUInt32LE(24);
  const ids = readAt(start, 4 * count);
  return Array.from({ length: count }, (_, index) => nameOf(ids.readUInt32LE(4 * index)));
}

/** One that is there already stays where it is. */
export function attachProgram(
  ifindex: number,
  hook: Hook,
  { path, isFirst }: { path: string; isFirst: boolean },
): void {
  withPinned(path, (file) => {
    const attributes = at(ifindex, file, hook);
    attributes.writeUInt32LE(isFirst ? BEFORE_ALL : AFTER_ALL, 12);
    unlessCode("EEXIST", () => bpf(ATTACH, attributes, path));
  });
}

export function detachProgram(ifindex: number, hook: Hook, path: string): void {
  withPinned(path, (file) => {
    unlessCode("ENOENT", () => bpf(DETACH, at(ifindex, file, hook), path));
  });
}

function at(ifindex: number, file: number, hook: Hook): Buffer {
  const attributes = Buffer.alloc(ATTRIBUTE_BYTES);
  // A query has the hook where an attachment has the program.
  const words = file === 0 ? [ifindex, hookNumbers[hook]] : [ifindex, file, hookNumbers[hook]];
  words.forEach((word, index) => {
    attributes.writeUInt32LE(word, 4 * index);
  });
  return attributes;
}

function withPinned(path: string, use: (file: number) => void): void {
  const file = openPinned(path);
  try {
    use(file);
  } finally {
    closeSync(file);
  }
}

function unlessCode(harmless: string, work: () => void): void {
  try {
    work();
  } catch (cause) {
    if (codeOf(cause) !== harmless) throw cause;
  }
}

/** A number is never given to another program. */
const names = new Map<number, string>();

function nameOf(id: number): string {
  const known = names.get(id);
  if (known !== undefined) return known;
  const wish = Buffer.alloc(ATTRIBUTE_BYTES);
  wish.writeUInt32LE(id, 0);
  const file = bpf(FILE_BY_ID, wish);
  try {
    const start = memory.reserve(NAME_AT + NAME_BYTES);
    writeAt(start, Buffer.alloc(NAME_AT + NAME_BYTES));
    const attributes = Buffer.alloc(ATTRIBUTE_BYTES);
    attributes.writeUInt32LE(file, 0);
    attributes.writeUInt32LE(NAME_AT + NAME_BYTES, 4);
    attributes.writeBigUInt64LE(BigInt(start), 8);
    bpf(INFO, attributes);
    const name = readAt(start + NAME_AT, NAME_BYTES)
      .toString("latin1")
      .replace(/\0.*$/s, "");
    names.set(id, name);
    return name;
  } finally {
    closeSync(file);
  }
}
