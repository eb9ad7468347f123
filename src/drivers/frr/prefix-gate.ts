/**
 * Which prefixes of a session are taken in where more come than its limit, and the shortest list that
 * refuses the others. Pure. FRR 8.4 can only end such a session: it has no word for "the newest not".
 */
import {
  networkOf,
  type Prefix,
  prefixContains,
  prefixOf,
  printPrefix,
} from "../../base/prefix.ts";
import type { PrefixMatch } from "../../fabric/intent.ts";

export type PrefixGate = {
  /** Oldest first. What came between two looks has no order in time: then the prefixes' own decides. */
  readonly admitted: readonly string[];
  readonly refused: readonly string[];
};

export const openGate: PrefixGate = { admitted: [], refused: [] };

/** `received`: what the session's policy lets in, before the limit. */
export function nextGate(
  { admitted }: PrefixGate,
  received: readonly string[],
  limit: number,
): PrefixGate {
  const present = new Set(received);
  const older = admitted.filter((prefix) => present.has(prefix));
  const known = new Set(older);
  const newer = received.filter((prefix) => !known.has(prefix)).sort(byPrefix);
  const all = [...older, ...newer];
  return { admitted: all.slice(0, limit), refused: all.slice(limit) };
}

/**
 * Entries that match all of the refused and none of the admitted. FRR takes seconds for a list of
 * thousands, so neighbours in the number space share an entry; it refuses what comes there later, too.
 */
export function gateEntries({ admitted, refused }: PrefixGate): readonly PrefixMatch[] {
  const [first] = refused;
  if (first === undefined) return [];
  const { family } = prefixOf(first);
  const root: Prefix = { family, value: 0n, length: 0 };
  return coverOf(root, { refused: refused.map(prefixOf), admitted: admitted.map(prefixOf) });
}

type Sets = { readonly refused: readonly Prefix[]; readonly admitted: readonly Prefix[] };

function coverOf(within: Prefix, { refused, admitted }: Sets): PrefixMatch[] {
  const [first] = refused;
  if (first === undefined) return [];
  const longest = within.family === "ipv4" ? 32 : 128;
  if (refused.length === 1) return [{ prefix: printPrefix(first) }];
  if (admitted.length === 0) return [{ prefix: printPrefix(shared(refused)), le: longest }];
  const own = refused.some(({ length }) => length === within.length);
  const halves = [0n, 1n].map((bit): Prefix => {
    const length = within.length + 1;
    return { ...within, value: within.value | (bit << BigInt(longest - length)), length };
  });
  return [
    ...(own ? [{ prefix: printPrefix(within) }] : []),
    ...halves.flatMap((half) => {
      const inside = (prefix: Prefix) => prefixContains(half, prefix);
      return coverOf(half, { refused: refused.filter(inside), admitted: admitted.filter(inside) });
    }),
  ];
}

/** The longest prefix that holds all of them. */
function shared(prefixes: readonly Prefix[]): Prefix {
  const [first] = prefixes;
  let outer = first ?? prefixOf("0.0.0.0/0");
  for (const prefix of prefixes)
    while (!prefixContains(outer, prefix))
      outer = networkOf({ ...outer, length: outer.length - 1 });
  return outer;
}

/** Whether an entry of the list matches. */
export function isGated(entries: readonly PrefixMatch[], text: string): boolean {
  const prefix = prefixOf(text);
  return entries.some(({ prefix: outer, le }) => {
    const { length, ...rest } = prefixOf(outer);
    return prefixContains({ ...rest, length }, prefix) && prefix.length <= (le ?? length);
  });
}

function byPrefix(one: string, other: string): number {
  const [a, b] = [prefixOf(one), prefixOf(other)];
  if (a.value !== b.value) return a.value < b.value ? -1 : 1;
  return a.length - b.length;
}
