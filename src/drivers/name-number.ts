import { createHash } from "node:crypto";

/** More than a node with a thousand circuits has; a look at all of them is a look-up then. */
const namesMax = 16_384;
const numbers = new Map<string, number>();

/** 32 bits that a name always gives, also after a restart: for what the kernel knows by number alone. */
export function nameNumber(name: string): number {
  const there = numbers.get(name);
  if (there !== undefined) return there;
  const number = createHash("sha256").update(name).digest().readUInt32LE(0);
  if (numbers.size >= namesMax) numbers.clear();
  numbers.set(name, number);
  return number;
}
