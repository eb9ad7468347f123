/**
 * Failed sign-ins, counted by account and by address in a bounded memory: too many of either wait out
 * the window. The attempts of one account are judged one after the other, so that many at once gain
 * nothing, and those with the right secret are all let in.
 */
import type { Clock } from "../../base/clock.ts";
import { OAuthError } from "./oauth-error.ts";

const windowMs = 15 * 60_000;
const failuresOfAccount = 10;
const failuresOfAddress = 100;
const rememberedMax = 10_000;

type Limit = { readonly key: string; readonly limit: number };
type Count = { failures: number; readonly until: number };

export class Attempts {
  readonly #clock: Clock;
  /** Oldest first, as a Map keeps them. */
  readonly #counts = new Map<string, Count>();
  /** The newest attempt under way, by account and address. */
  readonly #last = new Map<string, Promise<void>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Runs one attempt; it throws when it fails. */
  async judge<T>(
    { address, account }: { address: string; account: string },
    attempt: () => Promise<T>,
  ): Promise<T> {
    const limits = [
      { key: `address ${address}`, limit: failuresOfAddress },
      {
        key: `account ${account.toLowerCase().slice(0, 200)} ${address}`,
        limit: failuresOfAccount,
      },
    ];
    const turn = limits.map(({ key }) => key).join(" ");
    const judged = (this.#last.get(turn) ?? Promise.resolve()).then(() =>
      this.#judgeAlone(limits, attempt),
    );
    const ended = judged.then(
      () => {},
      () => {},
    );
    this.#last.set(turn, ended);
    try {
      return await judged;
    } finally {
      if (this.#last.get(turn) === ended) this.#last.delete(turn);
    }
  }

  async #judgeAlone<T>(limits: readonly Limit[], attempt: () => Promise<T>): Promise<T> {
    for (const { key, limit } of limits) this.#require(key, limit);
    try {
      return await attempt();
    } catch (error) {
      for (const { key } of limits) this.#count(key).failures += 1;
      throw error;
    }
  }

  #require(key: string, limit: number): void {
    const count = this.#counts.get(key);
    const left = (count?.until ?? 0) - this.#clock.now();
    if (count === undefined || left <= 0 || count.failures < limit) return;
    const seconds = Math.ceil(left / 1_000);
    throw new OAuthError(
      "temporarily_unavailable",
      `Too many sign-ins have failed; try again in ${seconds} seconds.`,
      seconds,
    );
  }

  #count(key: string): Count {
    const now = this.#clock.now();
    const held = this.#counts.get(key);
    if (held !== undefined && held.until > now) return held;
    this.#counts.delete(key);
    const [oldest] = this.#counts.keys();
    if (this.#counts.size >= rememberedMax && oldest !== undefined) this.#counts.delete(oldest);
    const made = { failures: 0, until: now + windowMs };
    this.#counts.set(key, made);
    return made;
  }
}
