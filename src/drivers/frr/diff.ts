/**
 * The lines that lead from what the daemons run to what is wanted. Pure. A session that agrees gets no
 * line: nothing here restarts a block to change a part of it.
 */
import { createHash } from "node:crypto";
import { type Block, stemOf, stemOfHead, within } from "./blocks.ts";
import type { DaemonName } from "./daemons.ts";

/** One line to type, inside `path`; an empty path is the top level. */
export type Edit = {
  readonly fragment: string;
  readonly daemon: DaemonName;
  readonly path: readonly string[];
  readonly line: string;
};

/**
 * Lines that a daemon took and does not print, or prints of its own accord. Kept by digest together with
 * the block as it then was, so that they are typed again only when the block has changed.
 */
export type Quirks = ReadonlySet<string>;

export function diffConfig(
  running: readonly Block[],
  wanted: readonly Block[],
  quirks: Quirks,
): Edit[] {
  const runningById = new Map(running.map((block) => [idOf(block), block]));
  const wantedById = new Map(wanted.map((block) => [idOf(block), block]));
  const unwanted = running.filter((block) => !wantedById.has(idOf(block)));
  const additions: Edit[] = [];
  const routers: Edit[] = [];
  const interfaces: Edit[] = [];
  for (const block of wanted) {
    const present = runningById.get(idOf(block));
    const edits = diffBlock(present, block, quirks);
    (isRouter(block) ? routers : isInterface(block) ? interfaces : additions).push(...edits);
  }
  const routersGone: Edit[] = [];
  const listsGone: Edit[] = [];
  const stems = new Set(unwanted.length === 0 ? [] : wanted.map(stemIdOf));
  for (const block of unwanted) {
    if (stems.has(stemIdOf(block))) continue;
    if (quirks.has(quirkOf(block, "-", block.head))) continue;
    if (isRouter(block)) routersGone.push(edit(block, [], negated(block.head)));
    else listsGone.push(...removal(block, quirks));
  }
  // What is referred to exists before the reference and outlives it. Interfaces are zebra's and routers
  // bgpd's: each daemon is spoken to once, not once for every VRF.
  return [...routersGone, ...additions, ...interfaces, ...routers, ...listsGone.sort(byLevel)];
}

/** The digest under which a line that stays different after it was typed is remembered. */
export function quirkOf(block: Block | undefined, sign: "+" | "-", line: string): string {
  const around = block === undefined ? "" : `${block.head}\n${block.lines.join("\n")}`;
  return createHash("sha256").update(`${sign}${line}\n${around}`).digest("hex").slice(0, 24);
}

export function lineIn({ path, line }: Edit): string {
  return path.length > 1 ? `${path.slice(1).join(within)}${within}${line}` : line;
}

function diffBlock(present: Block | undefined, wanted: Block, quirks: Quirks): Edit[] {
  const there = new Set(present?.lines ?? []);
  const wantedLines = new Set(wanted.lines);
  const missing = wanted.lines.filter(
    (line) => !there.has(line) && !quirks.has(quirkOf(present, "+", line)),
  );
  const unwanted = [...there].filter((line) => !wantedLines.has(line));
  const stems = new Set(unwanted.length === 0 ? [] : wanted.lines.map(stemOf));
  const extra = unwanted.filter(
    (line) => !stems.has(stemOf(line)) && !quirks.has(quirkOf(present, "-", line)),
  );
  const opened =
    present === undefined &&
    missing.length === 0 &&
    !quirks.has(quirkOf(undefined, "+", wanted.head));
  return [
    ...removedLines(wanted, extra),
    ...(opened ? [edit(wanted, [], wanted.head)] : []),
    ...missing.map((line) => lineEdit(wanted, line)),
  ];
}

/** A neighbor that goes takes all of its lines along. */
function removedLines(block: Block, extra: readonly string[]): Edit[] {
  const kept = new Set(block.lines.flatMap((line) => neighborOf(line) ?? []));
  const gone = new Set(
    extra.flatMap((line) => neighborOf(line) ?? []).filter((at) => !kept.has(at)),
  );
  const profiles = extra.filter((line) => line.startsWith("profile ") && !line.includes(within));
  const rest = extra.filter((line) => {
    const at = neighborOf(line);
    if (at !== undefined && gone.has(at)) return false;
    return !profiles.some((profile) => line === profile || line.startsWith(profile + within));
  });
  return [
    ...[...gone].map((at) => edit(block, [block.head], `no neighbor ${at}`)),
    ...profiles.map((profile) => edit(block, [block.head], `no ${profile}`)),
    ...[...rest].reverse().map((line) => {
      const { path, line: inner } = lineEdit(block, line);
      return edit(block, path, negated(inner));
    }),
  ];
}

function removal(block: Block, quirks: Quirks): Edit[] {
  // An interface is no configuration of ours once its lines are gone; the same goes for `bfd`.
  if (isInterface(block) || block.head === "bfd") {
    const extra = block.lines.filter((line) => !quirks.has(quirkOf(block, "-", line)));
    return removedLines({ ...block, lines: [] }, extra);
  }
  return [edit(block, [], negated(block.head))];
}

function lineEdit(block: Block, line: string): Edit {
  const [nested, inner] = line.split(within);
  if (inner === undefined) return edit(block, [block.head], line);
  return edit(block, [block.head, nested ?? ""], inner);
}

function edit({ fragment, daemon }: Block, path: readonly string[], line: string): Edit {
  return { fragment, daemon, path, line };
}

function negated(line: string): string {
  // zebra takes a description away only without its words.
  if (line.startsWith("description ")) return "no description";
  return line.startsWith("no ") ? line.slice(3) : `no ${line}`;
}

function neighborOf(line: string): string | undefined {
  return /(?:^|\t)neighbor (\S+) /.exec(line)?.[1];
}

function idOf({ daemon, head }: Block): string {
  return `${daemon} ${head}`;
}

/** Two blocks with the same one say the same thing with another value: the later one replaces. */
function stemIdOf({ daemon, head }: Block): string {
  return `${daemon} ${stemOfHead(head)}`;
}

function isRouter({ head }: Block): boolean {
  return head.startsWith("router ");
}

function isInterface({ head }: Block): boolean {
  return head.startsWith("interface ");
}

/** Route-maps go before the lists that they match by. */
function byLevel(one: Edit, other: Edit): number {
  return level(one) - level(other);
}

function level({ line }: Edit): number {
  return line.startsWith("no route-map") ? 0 : 1;
}
