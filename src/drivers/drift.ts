/** What a node differed in from the intent it had already reached, for its operator to read (I5). */
import type { Log } from "../base/log.ts";
import type { TagsChange } from "./datapath/tags.ts";
import type { Edit } from "./frr/diff.ts";
import { concealed } from "./frr/frr.ts";
import type { NodeChange } from "./netns/diff.ts";

export type Repairs = {
  readonly routing: readonly Edit[];
  readonly links: readonly NodeChange[];
  readonly tags: readonly TagsChange[];
};

/** Enough to see what happened; a daemon that was started anew is typed hundreds of lines. */
const linesMax = 20;

/** The repair is made at once, so that nothing but this tells of it. */
export function tellDrift({ log, name }: { log: Log; name: string }, repairs: Repairs): void {
  const found = describeDrift(repairs);
  if (found.length === 0) return;
  log("warn", "the node differed from its intent and was put right", {
    node: name,
    repairs: found,
  });
}

/** One line for each repair, as it is made; the rest counted. */
export function describeDrift({ routing, links, tags }: Repairs): string[] {
  const lines = [
    ...links.flatMap(linkLines),
    ...tags.map(tagLine),
    ...routing.map(
      ({ daemon, path, line }) => `${daemon}: ${[...path, concealed(line)].join(" / ")}`,
    ),
  ];
  const unique = [...new Set(lines)];
  const rest = unique.length - linesMax;
  return rest > 0 ? [...unique.slice(0, linesMax), `and ${rest} more`] : unique;
}

function linkLines({ removals, newNamespaces, additions, byNamespace }: NodeChange): string[] {
  const inEach = [...byNamespace].flatMap(([name, { before, after, unmerged }]) => [
    ...[...before, ...after].map(({ text }) => `${name}: ip ${text}`),
    ...unmerged.map(({ device }) => `${name}: ethtool -K ${device} gro off`),
  ]);
  return [
    ...[...removals, ...additions].map(({ text }) => `ip ${text}`),
    ...newNamespaces.map(({ name }) => `ip netns add ${name}`),
    ...inEach,
  ];
}

function tagLine(change: TagsChange): string {
  switch (change.kind) {
    case "load":
      return "load the tag program";
    case "attach":
    case "detach":
      return `${change.kind} ${change.program} at ${change.device}`;
    case "put":
    case "remove":
      return `${change.kind} ${change.map} ${change.cell.key}`;
  }
}
