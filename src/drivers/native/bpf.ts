/** bpf(2), and what it opens by name. linux/bpf.h (uapi). */
import { checked, cLibrary } from "./c-library.ts";
import { Memory, writeAt } from "./memory.ts";

/** Of the two machines that a datapath is built for. */
const numbers: Partial<Record<NodeJS.Architecture, number>> = { x64: 321, arm64: 280 };
const OBJECT_GET = 7;
/** All that our calls take; the kernel wants zeros in what it does not know. */
export const ATTRIBUTE_BYTES = 64;

const memory = new Memory();

export function bpf(command: number, attributes: Buffer, what = ""): number {
  const number = numbers[process.arch];
  if (number === undefined) throw new Error(`no datapath is built for ${process.arch}`);
  const answer = cLibrary().syscall([number, command, attributes, attributes.length]);
  return checked(`bpf ${command} ${what}`.trim(), answer);
}

/** A pinned map or program, as a file that who asks closes. */
export function openPinned(path: string): number {
  const text = Buffer.from(`${path}\0`);
  const start = memory.reserve(text.length);
  writeAt(start, text);
  const attributes = Buffer.alloc(ATTRIBUTE_BYTES);
  attributes.writeBigUInt64LE(BigInt(start), 0);
  return bpf(OBJECT_GET, attributes, path);
}
