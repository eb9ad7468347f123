/** Time that passes only when it is told to: a test of minutes takes milliseconds, and the same ones. */
import { setImmediate } from "node:timers/promises";
import type { Clock } from "./clock.ts";

/** Turns of the event loop in which everything that is not waiting for time comes to rest. */
const QUIET_TURNS = 3;

type Sleeper = { readonly at: number; readonly wake: () => void };

export class VirtualClock implements Clock {
  readonly #sleepers = new Set<Sleeper>();
  readonly #passed: (ms: number) => void;
  #now = Date.UTC(2026, 0, 1);

  /** `passed` is told of every stretch of time before those wake who slept through it. */
  constructor(passed: (ms: number) => void = () => {}) {
    this.#passed = passed;
  }

  now(): number {
    return this.#now;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = () => {
        this.#sleepers.delete(sleeper);
        signal?.removeEventListener("abort", wake);
        resolve();
      };
      const sleeper = { at: this.#now + Math.max(0, ms), wake };
      this.#sleepers.add(sleeper);
      signal?.addEventListener("abort", wake);
    });
  }

  /** Lets everything run that needs no time to pass. */
  async rest(): Promise<void> {
    for (let turn = 0; turn < QUIET_TURNS; turn += 1) await setImmediate();
  }

  /** Passes `ms`, stopping at each moment at which someone wakes. */
  async advance(ms: number): Promise<void> {
    const target = this.#now + ms;
    await this.rest();
    for (;;) {
      const next = Math.min(target, ...[...this.#sleepers].map(({ at }) => at));
      this.#pass(Math.max(0, next - this.#now));
      const due = [...this.#sleepers].filter(({ at }) => at <= this.#now);
      for (const { wake } of due) wake();
      await this.rest();
      if (this.#now >= target && due.length === 0) return;
    }
  }

  #pass(ms: number): void {
    this.#now += ms;
    if (ms > 0) this.#passed(ms);
  }
}
