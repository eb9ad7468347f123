/**
 * The reconcile loop. It takes dirty scopes from the store, so a crash loses none; plans them, and
 * waits for the nodes' reports. A scope is never worked on twice at once; different ones are, up to a
 * limit. A scope that waits is looked at again when one of its nodes reports, when it is written
 * again, or when its time comes; one that throws backs off, up to half a minute.
 */
import type { Report } from "../fabric/report.ts";
import type { DirtyScope } from "../store/store.ts";
import { Complaints } from "./complaints.ts";
import type { ReconcileContext } from "./outcome.ts";
import { planScope } from "./scope.ts";
import { settleScope } from "./settle.ts";

const PARALLEL_SCOPES_MAX = 8;
const BATCH_MAX = 1000;
const LOOK_AGAIN_MS = 5_000;
const BACK_OFF_FIRST_MS = 200;
const BACK_OFF_MAX_MS = 30_000;

type Parked = {
  readonly token: number;
  readonly nodes: ReadonlySet<string>;
  readonly until: number;
  readonly failures: number;
};

export class Reconciler {
  readonly #context: ReconcileContext;
  readonly #complaints: Complaints;
  readonly #parked = new Map<string, Parked>();
  readonly #running = new Map<string, Promise<void>>();
  readonly #stopping = new AbortController();
  #alarm = new AbortController();
  /** How many reports came so far, and which of them was each node's last. */
  #reportCount = 0;
  readonly #lastReport = new Map<string, number>();
  readonly #ended: Promise<void>;

  constructor(context: ReconcileContext) {
    this.#context = context;
    this.#complaints = new Complaints(context);
    this.#ended = this.#loop();
  }

  /** There may be dirty scopes. Losing a call costs a few seconds, never correctness. */
  wake(): void {
    this.#alarm.abort();
  }

  /** A report was stored: scopes that wait for its node are looked at, and those that it complains of. */
  async reported(report: Report): Promise<void> {
    const { node } = report;
    this.#reportCount += 1;
    this.#lastReport.set(node, this.#reportCount);
    for (const [scope, entry] of this.#parked) {
      if (entry.nodes.has(node)) this.#parked.set(scope, { ...entry, until: 0 });
    }
    this.wake();
    await this.#complaints.note(report);
    this.wake();
  }

  /** Ends when the work under way has ended. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#ended;
  }

  async #loop(): Promise<void> {
    const { clock } = this.#context;
    while (!this.#stopping.signal.aborted) {
      this.#alarm = new AbortController();
      const ready = await this.#ready();
      for (const dirty of ready.slice(0, PARALLEL_SCOPES_MAX - this.#running.size)) {
        const work = this.#work(dirty).finally(() => {
          this.#running.delete(dirty.scope);
          this.wake();
        });
        this.#running.set(dirty.scope, work);
      }
      const ends = AbortSignal.any([this.#alarm.signal, this.#stopping.signal]);
      await clock.sleep(this.#nextLookMs(), ends);
    }
    await Promise.all(this.#running.values());
  }

  async #ready(): Promise<readonly DirtyScope[]> {
    const { store, clock, log } = this.#context;
    try {
      const dirty = await store.dirtyScopes(BATCH_MAX);
      return dirty.filter(({ scope, token }) => {
        const entry = this.#parked.get(scope);
        const due = entry === undefined || entry.token !== token || entry.until <= clock.now();
        return due && !this.#running.has(scope);
      });
    } catch (error) {
      log("error", "the store cannot be read; trying again", { error: String(error) });
      return [];
    }
  }

  async #work(dirty: DirtyScope): Promise<void> {
    const before = this.#reportCount;
    try {
      const outcome = await settleScope(this.#context, await planScope(this.#context, dirty.scope));
      if (outcome.state === "waiting") return this.#park(dirty, { nodes: outcome.nodes, before });
      this.#parked.delete(dirty.scope);
      await this.#context.store.settleDirty(dirty);
    } catch (error) {
      this.#backOff(dirty, error);
    }
  }

  #park(dirty: DirtyScope, { nodes, before }: { nodes: readonly string[]; before: number }): void {
    // A report that came while we judged would otherwise be waited for in vain.
    const missed = nodes.some((node) => (this.#lastReport.get(node) ?? 0) > before);
    const until = missed ? 0 : this.#context.clock.now() + LOOK_AGAIN_MS;
    this.#parked.set(dirty.scope, {
      token: dirty.token,
      nodes: new Set(nodes),
      until,
      failures: 0,
    });
  }

  #backOff({ scope, token }: DirtyScope, error: unknown): void {
    const failures = (this.#parked.get(scope)?.failures ?? 0) + 1;
    const waitMs = Math.min(BACK_OFF_FIRST_MS * 2 ** (failures - 1), BACK_OFF_MAX_MS);
    const { clock, log } = this.#context;
    log("error", "reconciling a scope failed; it will be tried again", {
      scope,
      waitMs,
      error: error instanceof Error ? (error.stack ?? error.message) : String(error),
    });
    this.#parked.set(scope, { token, nodes: new Set(), until: clock.now() + waitMs, failures });
  }

  #nextLookMs(): number {
    const now = this.#context.clock.now();
    const due = [...this.#parked]
      .filter(([scope]) => !this.#running.has(scope))
      .map(([, { until }]) => until - now);
    return Math.max(Math.min(LOOK_AGAIN_MS, ...due), 10);
  }
}
