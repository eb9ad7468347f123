import { randomBytes } from "node:crypto";

/** Randomness as a parameter: from the system in programs, from one seed in the simulated world. */
export interface Random {
  bytes(count: number): Uint8Array;
}

/** Every request has an id: the system is asked once for 256 of them. Secrets are longer, and asked for by themselves. */
const idBytes = 16;

export const systemRandom: Random = { bytes: pooled(idBytes) };

function pooled(most: number): Random["bytes"] {
  let left: Uint8Array = new Uint8Array();
  return (count) => {
    if (count > most) return randomBytes(count);
    if (left.length < count) left = randomBytes(256 * most);
    const taken = left.subarray(0, count);
    left = left.subarray(count);
    return taken;
  };
}

/** The same seed gives the same history. Not for secrets. SplitMix64. */
export function seededRandom(seed: number): Random {
  let state = BigInt(seed);
  const mask = (1n << 64n) - 1n;
  const next = () => {
    state = (state + 0x9e3779b97f4a7c15n) & mask;
    let mixed = state;
    mixed = ((mixed ^ (mixed >> 30n)) * 0xbf58476d1ce4e5b9n) & mask;
    mixed = ((mixed ^ (mixed >> 27n)) * 0x94d049bb133111ebn) & mask;
    return mixed ^ (mixed >> 31n);
  };
  return { bytes: (count) => Uint8Array.from({ length: count }, () => Number(next() & 255n)) };
}

/** A random (version 4) UUID, RFC 9562 §5.4. */
export function uuid(random: Random): string {
  const bytes = random.bytes(16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = Buffer.from(bytes).toString("hex");
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20),
  ].join("-");
}
