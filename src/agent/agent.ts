/**
 * The loop that keeps one node as it should be: pull what changed, converge, observe, report. It never
 * asks why it was woken. When it stops, the node stays as it is and forwards on (I8).
 */
import { messageOf } from "../base/cause.ts";
import type { Clock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import type { Fragment, Intent, IntentChange, NodeName } from "../fabric/intent.ts";
import type {
  FabricNode,
  FragmentResult,
  IntentSource,
  Observation,
  Report,
} from "../fabric/report.ts";

export type AgentOptions = {
  readonly node: FabricNode;
  readonly source: IntentSource;
  readonly clock: Clock;
  readonly log: Log;
  readonly timing?: Partial<AgentTiming>;
};

export type AgentTiming = {
  readonly observeMs: number;
  /** Between looks at a node whose intent has not changed for ten of them: looking costs a laptop's time. */
  readonly calmMs: number;
  /** A whole check against drift, at the latest (I5: a difference is visible within 5 s). */
  readonly verifyMs: number;
  /** An unchanged report is sent again after this time, to say that the node lives. */
  readonly repeatMs: number;
  readonly backOffMsMax: number;
};

const usual: AgentTiming = {
  observeMs: 1000,
  calmMs: 2000,
  verifyMs: 4000,
  repeatMs: 10_000,
  backOffMsMax: 5000,
};

/** So many times as long as usual a look waits for orders; then they wait for it. */
const OVERDUE = 4;

export interface AgentHandle {
  /** Ends the loop after what it is doing; touches no node. */
  stop(): Promise<void>;
}

/** Starts the loop, which runs until it is stopped. */
export function startAgent(options: AgentOptions): AgentHandle {
  const ending = new AbortController();
  const running = runAgent(options, ending.signal);
  return {
    stop() {
      ending.abort();
      return running;
    },
  };
}

/** Runs until `signal` aborts. */
export async function runAgent(options: AgentOptions, signal: AbortSignal): Promise<void> {
  await new Agent(options).run(signal);
}

/** The intent that results from a change; fragments keep the order in which they first came. */
export function mergeChange(held: Intent, change: IntentChange): Intent {
  const fragments = new Map<string, Fragment>(
    change.since === 0 ? [] : held.fragments.map((fragment) => [fragment.key, fragment]),
  );
  for (const key of change.removals) fragments.delete(key);
  for (const fragment of change.upserts) fragments.set(fragment.key, fragment);
  return { node: held.node, generation: change.generation, fragments: [...fragments.values()] };
}

class Agent {
  readonly #node: FabricNode;
  readonly #source: IntentSource;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #timing: AgentTiming;
  #held: Intent;
  #results: readonly FragmentResult[] = [];
  #observation: Observation | undefined;
  #error: string | undefined;
  #isConverged = false;
  #verifiedAt: number;
  #pushed: { readonly text: string; readonly at: number } | undefined;
  #failures = 0;
  #observedAt = 0;
  #changedAt = 0;
  /** Word of a newer intent came while the node was looked at. */
  #hasNews = false;

  constructor({ node, source, clock, log, timing }: AgentOptions) {
    this.#node = node;
    this.#source = source;
    this.#clock = clock;
    this.#log = log;
    this.#timing = { ...usual, ...timing };
    this.#held = emptyIntent(node.name);
    // The first intent is applied to a node that was looked at as a whole.
    this.#verifiedAt = clock.now();
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#attempt(signal);
      if (signal.aborted) return;
      await this.#rest(signal);
    }
  }

  /** One round. What fails is reported when it can be, and tried again after a growing pause. */
  async #attempt(signal: AbortSignal): Promise<void> {
    try {
      const changed = await this.#pull();
      if (changed) {
        await this.#converge(signal);
        // Results are told at once: what was ordered is waiting for them.
        await this.#push();
      } else if (!this.#isConverged) await this.#verify(signal);
      // Orders come first, but not for ever.
      const dueMs = (changed ? OVERDUE : 1) * this.#timing.verifyMs;
      if (this.#clock.now() - this.#verifiedAt >= dueMs)
        await this.#unlessNews(this.#verifiedAt, signal, (either) => this.#verify(either));
      await this.#unlessNews(this.#observedAt, signal, async (either) => {
        this.#observation = await this.#node.observe(either);
        this.#observedAt = this.#clock.now();
      });
      this.#error = undefined;
      this.#failures = 0;
    } catch (error) {
      if (signal.aborted) return;
      this.#failures += 1;
      this.#isConverged = false;
      this.#error = messageOf(error);
      this.#log("warn", "the node could not be brought to its intent", {
        node: this.#node.name,
        error: this.#error,
      });
    }
    await this.#push().catch((error: unknown) => {
      this.#log("warn", "the report could not be left", {
        node: this.#node.name,
        error: String(error),
      });
    });
  }

  /**
   * Looking at a node with hundreds of VRFs takes a while, and nobody who ordered waits for it: it ends when
   * there is a newer intent, unless the last such look that came to its end is long ago.
   */
  async #unlessNews(
    lastAt: number,
    signal: AbortSignal,
    look: (signal: AbortSignal) => Promise<void>,
  ): Promise<void> {
    if (this.#hasNews) return;
    const isOverdue = this.#clock.now() - lastAt >= OVERDUE * this.#timing.verifyMs;
    if (isOverdue) return look(signal);
    const news = new AbortController();
    const over = new AbortController();
    const watching = this.#changed(AbortSignal.any([signal, over.signal])).then(() => {
      if (signal.aborted || over.signal.aborted || this.#failures > 0) return;
      this.#hasNews = true;
      news.abort();
    });
    try {
      await look(AbortSignal.any([signal, news.signal]));
    } catch (error) {
      if (!news.signal.aborted) throw error;
    } finally {
      over.abort();
      await watching;
    }
  }

  async #pull(): Promise<boolean> {
    this.#hasNews = false;
    const change = await this.#source.pull(this.#node.name, this.#held.generation);
    if (change === undefined || change.generation <= this.#held.generation) return false;
    if (change.since > this.#held.generation) {
      throw new Error(
        `The change to generation ${change.generation} starts at ${change.since}, and ${this.#held.generation} is held.`,
      );
    }
    this.#held = mergeChange(this.#held, change);
    this.#changedAt = this.#clock.now();
    return true;
  }

  async #converge(signal: AbortSignal): Promise<void> {
    if (this.#held.generation === 0) return;
    this.#results = await this.#node.converge(this.#held, signal);
    this.#isConverged = this.#results.every(({ state }) => state === "applied");
  }

  /** Counts when it came to its end: one that was broken off found nothing. */
  async #verify(signal: AbortSignal): Promise<void> {
    await this.#converge(signal);
    this.#verifiedAt = this.#clock.now();
  }

  async #push(): Promise<void> {
    const report: Report = {
      node: this.#node.name,
      generation: this.#held.generation,
      fragments: this.#results,
      ...(this.#observation === undefined ? {} : { observation: this.#observation }),
      ...(this.#error === undefined ? {} : { error: this.#error }),
    };
    const text = JSON.stringify(report);
    const now = this.#clock.now();
    const isNews = this.#pushed?.text !== text || now - this.#pushed.at >= this.#timing.repeatMs;
    if (!isNews) return;
    await this.#source.push(report);
    this.#pushed = { text, at: now };
  }

  /** Until the next observation is due or the source has something new. */
  async #rest(signal: AbortSignal): Promise<void> {
    if (this.#hasNews) return;
    const pause = new AbortController();
    const either = AbortSignal.any([signal, pause.signal]);
    const { observeMs, calmMs, backOffMsMax } = this.#timing;
    const isCalm = this.#clock.now() - this.#changedAt > 10 * observeMs;
    const usualMs = isCalm ? calmMs : observeMs;
    const backOff = Math.min(observeMs * 2 ** this.#failures, backOffMsMax);
    const waits = [this.#clock.sleep(this.#failures > 0 ? backOff : usualMs, either)];
    // After a failure of the source itself, asking it to wake us would spin.
    if (this.#failures === 0) waits.push(this.#changed(either));
    await Promise.race(waits);
    pause.abort();
  }

  async #changed(signal: AbortSignal): Promise<void> {
    try {
      await this.#source.changed(this.#node.name, signal);
    } catch {
      this.#failures += 1;
    }
  }
}

function emptyIntent(node: NodeName): Intent {
  return { node, generation: 0, fragments: [] };
}
