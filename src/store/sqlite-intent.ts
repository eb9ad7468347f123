import { invariant } from "../base/invariant.ts";
import type { Fragment, IntentChange, NodeName } from "../fabric/intent.ts";
import type { Report } from "../fabric/report.ts";
import { type Row, type Statements, textOf } from "./statements.ts";
import type { NodeGeneration, OwnedFragment } from "./store.ts";

/**
 * Intents are kept as fragments, each with the node's generation that brought it. A fragment that is
 * no longer wanted stays as a row without a body, so that a node can be told what to take away; it
 * is forgotten once the node has reported a generation past it. A node that held less than what is
 * forgotten gets its whole intent.
 */
export function replaceFragments(
  statements: Statements,
  owner: string,
  fragments: readonly OwnedFragment[],
): readonly NodeGeneration[] {
  const generations = new Map<NodeName, number>();
  const grown = (node: NodeName): number => {
    const generation = generations.get(node) ?? growGeneration(statements, node);
    generations.set(node, generation);
    return generation;
  };
  const held = rowsOf(statements, owner);
  const wanted = new Set(fragments.map(({ node, fragment }) => keyOf(node, fragment.key)));
  invariant(wanted.size === fragments.length, `${owner} wants no fragment twice`);

  for (const { node, fragment } of fragments) {
    const body = JSON.stringify(fragment);
    const row = held.get(keyOf(node, fragment.key));
    if (row?.["body"] === body) continue;
    writeFragment(statements, { node, key: fragment.key, owner, body, generation: grown(node) });
  }
  for (const [key, row] of held) {
    if (wanted.has(key) || row["body"] === null) continue;
    const node = textOf(row, "node");
    const generation = grown(node);
    writeFragment(statements, { node, key: textOf(row, "key"), owner, body: null, generation });
  }
  return newestOf(statements, owner);
}

export function readIntentChange(
  statements: Statements,
  node: NodeName,
  since: number,
): IntentChange | undefined {
  const row = statements.first("SELECT generation, forgotten FROM nodes WHERE node = ?", node);
  const generation = Number(row?.["generation"] ?? 0);
  if (row === undefined || generation <= since) return undefined;
  const from = since < Number(row["forgotten"]) ? 0 : since;
  const sql = "SELECT key, body FROM fragments WHERE node = ? AND generation > ? ORDER BY key";
  const upserts: Fragment[] = [];
  const removals: string[] = [];
  for (const changed of statements.all(sql, node, from)) {
    if (changed["body"] !== null) upserts.push(fragmentOf(changed));
    else if (from > 0) removals.push(textOf(changed, "key"));
  }
  return { node, since: from, generation, upserts, removals };
}

/** Those that were told more than is kept here: what is kept is older than they are. */
export function nodesAhead(
  statements: Statements,
  told: readonly NodeGeneration[],
): readonly NodeName[] {
  const sql = "SELECT generation FROM nodes WHERE node = ?";
  const known = (node: NodeName) => Number(statements.first(sql, node)?.["generation"] ?? 0);
  return told.flatMap(({ node, generation }) => (generation > known(node) ? [node] : []));
}

/** What is kept becomes newer than what nodes that are ahead were told; they get their whole intent. */
export function overtake(statements: Statements, told: readonly NodeGeneration[]): void {
  const ahead = new Set(nodesAhead(statements, told));
  for (const { node, generation } of told.filter((each) => ahead.has(each.node))) {
    statements.run(
      `INSERT INTO nodes (node, generation, forgotten) VALUES (?1, ?2, ?2)
       ON CONFLICT (node) DO UPDATE SET generation = ?2, forgotten = ?2`,
      node,
      generation + 1,
    );
  }
}

export function fragmentOwners(
  statements: Statements,
  node: NodeName,
): readonly { key: string; owner: string }[] {
  const sql = "SELECT key, owner FROM fragments WHERE node = ? AND body IS NOT NULL ORDER BY key";
  return statements
    .all(sql, node)
    .map((row) => ({ key: textOf(row, "key"), owner: textOf(row, "owner") }));
}

/** Forgets the tombstones that the node has certainly taken in. */
export function writeReport(statements: Statements, report: Report): void {
  statements.run(
    "INSERT INTO reports VALUES (?, ?) ON CONFLICT (node) DO UPDATE SET body = excluded.body",
    report.node,
    JSON.stringify(report),
  );
  if (report.error !== undefined) return;
  const failed = new Set(report.fragments.filter((f) => f.state === "failed").map((f) => f.key));
  const sql = `SELECT key, generation FROM fragments
    WHERE node = ? AND generation <= ? AND body IS NULL`;
  for (const row of statements.all(sql, report.node, report.generation)) {
    const key = textOf(row, "key");
    if (failed.has(key)) continue;
    statements.run("DELETE FROM fragments WHERE node = ? AND key = ?", report.node, key);
    statements.run(
      "UPDATE nodes SET forgotten = max(forgotten, ?) WHERE node = ?",
      Number(row["generation"]),
      report.node,
    );
  }
}

function rowsOf(statements: Statements, owner: string): Map<string, Row> {
  const rows = statements.all("SELECT node, key, body FROM fragments WHERE owner = ?", owner);
  return new Map(rows.map((row) => [keyOf(textOf(row, "node"), textOf(row, "key")), row]));
}

function growGeneration(statements: Statements, node: NodeName): number {
  const row = statements.first(
    `INSERT INTO nodes (node, generation) VALUES (?, 1)
     ON CONFLICT (node) DO UPDATE SET generation = generation + 1 RETURNING generation`,
    node,
  );
  return Number(row?.["generation"]);
}

type FragmentRow = {
  node: NodeName;
  key: string;
  owner: string;
  body: string | null;
  generation: number;
};

function writeFragment(
  statements: Statements,
  { node, key, owner, body, generation }: FragmentRow,
): void {
  const other = statements.first(
    "SELECT owner FROM fragments WHERE node = ? AND key = ? AND owner <> ? AND body IS NOT NULL",
    node,
    key,
    owner,
  );
  invariant(other === undefined, `fragment ${key} of ${node} has one owner`);
  statements.run(
    `INSERT INTO fragments (node, key, owner, generation, body) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (node, key) DO UPDATE SET
       owner = excluded.owner, generation = excluded.generation, body = excluded.body`,
    node,
    key,
    owner,
    generation,
    body,
  );
}

function newestOf(statements: Statements, owner: string): readonly NodeGeneration[] {
  const sql = `SELECT node, max(generation) AS newest FROM fragments
    WHERE owner = ? GROUP BY node ORDER BY node`;
  return statements.all(sql, owner).map((row) => ({
    node: textOf(row, "node"),
    generation: Number(row["newest"]),
  }));
}

/** A body column of a fragment holds what `replaceFragments` wrote. */
function fragmentOf(row: Row): Fragment {
  return JSON.parse(textOf(row, "body")) as Fragment;
}

function keyOf(node: string, key: string): string {
  return `${node}\n${key}`;
}
