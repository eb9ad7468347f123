/**
 * What nodes complain of after it was settled: a fragment that no longer holds, a node that cannot be
 * read. The scopes concerned become dirty again, so that their resources say why (I5).
 */
import type { NodeName } from "../fabric/intent.ts";
import type { Report } from "../fabric/report.ts";
import type { ReconcileContext } from "./outcome.ts";
import { landedCircuits } from "./site.ts";

/** In place of a fragment's key: the node as a whole. */
const WHOLE_NODE = "";

export class Complaints {
  readonly #context: ReconcileContext;
  /** Of each node, what its last report complained of. Lost with the process: the next report is news then. */
  readonly #last = new Map<NodeName, ReadonlyMap<string, string>>();

  constructor(context: ReconcileContext) {
    this.#context = context;
  }

  /** Rejects where the store cannot take it; the same report again tries again. */
  async note(report: Report): Promise<void> {
    const complaints = complaintsOf(report);
    const before = this.#last.get(report.node);
    const news = [...complaints].filter(([key, text]) => before?.get(key) !== text);
    if (news.length > 0) await this.#markDirty(report.node, new Set(news.map(([key]) => key)));
    this.#last.set(report.node, complaints);
  }

  async #markDirty(node: NodeName, keys: ReadonlySet<string>): Promise<void> {
    const { store } = this.#context;
    const fragments = await store.fragmentOwners(node);
    const concerned = fragments.filter(({ key }) => keys.has(WHOLE_NODE) || keys.has(key));
    const owners = [...new Set(concerned.map(({ owner }) => owner))];
    const scopes = await Promise.all(owners.map((owner) => this.#scopesOf(owner)));
    await store.transaction((writer) => writer.markDirty(scopes.flat()));
  }

  /** A site is no scope: what it has belongs to the circuits that land there. */
  async #scopesOf(owner: string): Promise<readonly string[]> {
    if (!owner.startsWith("site:")) return [owner];
    const landed = await landedCircuits(this.#context, this.#context.store);
    const circuits = landed.get(owner.slice("site:".length)) ?? [];
    return circuits.map(({ id }) => `circuit:${id.toLowerCase()}`);
  }
}

function complaintsOf({ fragments, error }: Report): ReadonlyMap<string, string> {
  const failed = fragments
    .filter(({ state }) => state === "failed")
    .map(({ key, error: reason = "" }) => [key, reason] as const);
  return new Map(error === undefined ? failed : [...failed, [WHOLE_NODE, error]]);
}
