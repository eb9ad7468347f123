/**
 * The reconcile loop. It takes dirty scopes from the store, so a crash loses none; plans them, and
 * waits for the nodes' reports. A scope is never worked on twice at once; different ones are, up to a
 * limit. A scope that waits is looked at again when one of its nodes reports, when it is written
 * again, or when its time comes; one that throws backs off, up to half a minute.
 */
import type { DirtyScope } from "../store/store.ts";
import type { Outcome, ReconcileContext } from "./outcome.ts";
import { planScope } from "./scope.ts";
import { settleScope } from "./settle.ts";

const PARALLEL_SCOPES_MAX = 8;
const BATCH_MAX = 1000;
const LOOK_AGAIN_MS = 5_000;
const BACK_OFF_FIRST_MS = 200;
const BACK_OFF_MAX_MS = 30_000;

export interface Reconciler {
  /** There may be dirty scopes. Losing a call costs a sweep's time, never correctness. */
  wake(): void;
  /** A node reported: scopes that wait for it are looked at. */
  reported(node: string): void;
  /** Ends when the work under way has ended. */
  stop(): Promise<void>;
}

type Parked = {
  readonly token: number;
  readonly nodes: ReadonlySet<string>;
  readonly until: number;
  readonly failures: number;
};

export function startReconciler(context: ReconcileContext): Reconciler {
  const parked = new Map<string, Parked>();
  const running = new Set<string>();
  const stopping = new AbortController();
  let alarm = new AbortController();
  const wake = () => alarm.abort();
  /** How many reports came so far, and which one was each node's last. */
  let reportCount = 0;
  const lastReport = new Map<string, number>();

  const work = async (dirty: DirtyScope) => {
    const failures = parked.get(dirty.scope)?.failures ?? 0;
    const before = reportCount;
    try {
      const outcome = await settleScope(context, await planScope(context, dirty.scope));
      if (outcome.state === "settled") {
        parked.delete(dirty.scope);
        await context.store.settleDirty(dirty);
      } else {
        // A report that came while we judged would otherwise be waited for in vain.
        const missed = outcome.nodes.some((node) => (lastReport.get(node) ?? 0) > before);
        parked.set(dirty.scope, park(context, dirty, { outcome, missed }));
      }
    } catch (error) {
      context.log("error", "reconciling a scope failed; it will be tried again", {
        scope: dirty.scope,
        error: String(error),
        stack: (error as Error).stack,
      });
      const wait = Math.min(BACK_OFF_FIRST_MS * 2 ** failures, BACK_OFF_MAX_MS);
      parked.set(dirty.scope, {
        token: dirty.token,
        nodes: new Set(),
        until: context.clock.now() + wait,
        failures: failures + 1,
      });
    } finally {
      running.delete(dirty.scope);
      wake();
    }
  };

  const loop = async () => {
    const works = new Set<Promise<void>>();
    while (!stopping.signal.aborted) {
      alarm = new AbortController();
      const ready = await readyScopes(context, { parked, running });
      for (const dirty of ready.slice(0, PARALLEL_SCOPES_MAX - running.size)) {
        running.add(dirty.scope);
        const one = work(dirty).finally(() => works.delete(one));
        works.add(one);
      }
      await context.clock.sleep(
        nextLook(context, parked),
        AbortSignal.any([alarm.signal, stopping.signal]),
      );
    }
    await Promise.all(works);
  };
  const ended = loop();

  return {
    wake,
    reported(node) {
      reportCount += 1;
      lastReport.set(node, reportCount);
      for (const [scope, entry] of parked)
        if (entry.nodes.has(node)) parked.set(scope, { ...entry, until: 0 });
      wake();
    },
    async stop() {
      stopping.abort();
      await ended;
    },
  };
}

function park(
  { clock }: ReconcileContext,
  { token }: DirtyScope,
  { outcome, missed }: { outcome: Outcome & { state: "waiting" }; missed: boolean },
): Parked {
  const until = missed ? 0 : clock.now() + LOOK_AGAIN_MS;
  return { token, nodes: new Set(outcome.nodes), until, failures: 0 };
}

async function readyScopes(
  { store, clock, log }: ReconcileContext,
  at: { parked: Map<string, Parked>; running: ReadonlySet<string> },
): Promise<DirtyScope[]> {
  try {
    const dirty = await store.dirtyScopes(BATCH_MAX);
    return dirty.filter(({ scope, token }) => {
      const entry = at.parked.get(scope);
      return (
        !at.running.has(scope) &&
        (entry === undefined || entry.token !== token || entry.until <= clock.now())
      );
    });
  } catch (error) {
    log("error", "the store cannot be read; trying again", { error: String(error) });
    return [];
  }
}

function nextLook({ clock }: ReconcileContext, parked: ReadonlyMap<string, Parked>): number {
  const soonest = Math.min(
    LOOK_AGAIN_MS,
    ...[...parked.values()].map(({ until }) => until - clock.now()),
  );
  return Math.max(soonest, 10);
}
