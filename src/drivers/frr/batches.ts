/**
 * In which portions lines are taken over. bgpd takes lists and maps over at the end of a portion, but a
 * line that names one at once: a standing session that is given a map of the same portion is without it
 * until the end, and then waits for the delay timer. So its lists and maps come first, by themselves.
 */
import type { Edit } from "./diff.ts";

export function batchesOf(edits: readonly Edit[]): readonly (readonly Edit[])[] {
  if (!edits.some((edit) => isNaming(edit) && !isNew(edit, edits))) return [edits];
  const lists = edits.filter(isListOrMap);
  return [lists, edits.filter((edit) => !isListOrMap(edit))].filter((part) => part.length > 0);
}

function isListOrMap({ path, line }: Edit): boolean {
  return /^((ip|ipv6) prefix-list|route-map|bgp community-list) /.test(path[0] ?? line);
}

const naming = /^neighbor (\S+) (route-map|prefix-list) /;

function isNaming({ line }: Edit): boolean {
  return naming.test(line);
}

/** A session that begins with these lines has nothing to lose, and one portion is faster. */
function isNew(edit: Edit, edits: readonly Edit[]): boolean {
  const remote = `neighbor ${naming.exec(edit.line)?.[1]} remote-as `;
  return edits.some(({ path, line }) => path[0] === edit.path[0] && line.startsWith(remote));
}
