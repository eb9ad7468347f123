/**
 * Tells webhooks of events, at least once and in order. How far each one got is in the store, so that a
 * restart loses none; what fails is tried again, ever more seldom, and holds up no other webhook.
 */

import { createHmac } from "node:crypto";
import { messageOf } from "../../base/cause.ts";
import { type Clock, isoTime } from "../../base/clock.ts";
import type { Log } from "../../base/log.ts";
import { unseal } from "../../base/secret.ts";
import type { Store, StoreWriter } from "../../store/store.ts";
import { earsOf, eventWire, visibleTo } from "./visible-events.ts";
import {
  type Delivery,
  listWebhooks,
  putDelivery,
  readDelivery,
  readWebhook,
  removeWebhook,
  type Webhook,
  webhookKey,
} from "./webhook.ts";

export type SenderOptions = {
  readonly store: Store;
  /** 32 bytes. */
  readonly sealKey: Uint8Array;
  readonly clock: Clock;
  readonly log: Log;
  readonly fetch?: (request: Request) => Promise<Response>;
};

const batchMax = 100;
const answerMs = 10_000;
const lookAgainMs = 30_000;
const backOffFirstMs = 1_000;
const backOffMaxMs = 300_000;

export class WebhookSender {
  readonly #options: SenderOptions;
  readonly #stopping = new AbortController();
  readonly #running = new Map<string, Promise<void>>();
  /** Webhooks that were to be looked at while they were being served. */
  readonly #again = new Set<string>();
  /** Past what is none of a webhook's business; the store learns of it with the next delivery. */
  readonly #looked = new Map<string, number>();
  #alarm = new AbortController();
  /** Whether anybody wants to be told of events at all. */
  #isWanted = false;
  #ended: Promise<void> = Promise.resolve();

  constructor(options: SenderOptions) {
    this.#options = options;
  }

  start(): void {
    this.#ended = this.#loop();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#ended;
    await Promise.all(this.#running.values());
  }

  /** Somebody's webhooks are others than they were. */
  changed(): void {
    this.#alarm.abort();
  }

  /** Begins to serve the webhooks that are due; says in how many milliseconds to look again. */
  async round(): Promise<number> {
    const { store, clock } = this.#options;
    const webhooks = await listWebhooks(store);
    this.#isWanted = webhooks.length > 0;
    let waitMs = lookAgainMs;
    for (const webhook of webhooks) {
      const { nextAttemptAt } = await readDelivery(store, webhook);
      const dueMs = nextAttemptAt === undefined ? 0 : Date.parse(nextAttemptAt) - clock.now();
      if (dueMs > 0) waitMs = Math.min(waitMs, dueMs);
      else this.#begin(webhook);
    }
    return waitMs;
  }

  /** What is under way, for who waits for it. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running.values());
  }

  async #loop(): Promise<void> {
    const { store, clock, log } = this.#options;
    const deaf = store.onEvents(() => {
      if (this.#isWanted) this.#alarm.abort();
    });
    while (!this.#stopping.signal.aborted) {
      this.#alarm = new AbortController();
      let waitMs = lookAgainMs;
      try {
        waitMs = await this.round();
      } catch (error) {
        log("error", "Webhooks could not be read; trying again.", { reason: String(error) });
      }
      await clock.sleep(waitMs, AbortSignal.any([this.#alarm.signal, this.#stopping.signal]));
    }
    deaf();
  }

  #begin(webhook: Webhook): void {
    const key = webhookKey(webhook);
    this.#again.add(key);
    if (this.#stopping.signal.aborted || this.#running.has(key)) return;
    this.#running.set(key, this.#serve(webhook, key));
  }

  async #serve(webhook: Webhook, key: string): Promise<void> {
    const { log } = this.#options;
    try {
      while (this.#again.delete(key) && !this.#stopping.signal.aborted) {
        const outcome = await this.#deliverBatch(webhook, key);
        if (outcome === "delivered") this.#again.add(key);
        if (outcome !== "failed") continue;
        // The loop has to learn when it is due again.
        this.#alarm.abort();
        return;
      }
    } catch (error) {
      log("error", "A webhook could not be served; trying again.", {
        webhook: webhook.name,
        reason: messageOf(error),
      });
    } finally {
      this.#running.delete(key);
    }
  }

  async #deliverBatch(place: Webhook, key: string): Promise<"delivered" | "failed" | "nothing"> {
    const { store } = this.#options;
    // It may be another one by now, or gone.
    const webhook = await readWebhook(store, place);
    if (webhook === undefined) return "nothing";
    const ears = await earsOf(store, webhook.owner);
    if (ears === undefined) {
      await store.transaction((writer) => removeWebhook(writer, webhook));
      return "nothing";
    }
    const delivery = await readDelivery(store, webhook);
    const from = Math.max(delivery.cursor, this.#looked.get(key) ?? 0);
    const batch = await store.events(from, batchMax);
    const last = batch.at(-1)?.sequence;
    if (last === undefined) return "nothing";
    const heard = await visibleTo(ears, batch, store);
    const events = heard.filter(({ kind }) => webhook.kinds.includes(kind));
    const [first] = events;
    const failure =
      first === undefined
        ? undefined
        : await this.#post(webhook, {
            id: `${first.sequence}-${last}`,
            body: JSON.stringify({ webhook: webhook.name, events: events.map(eventWire) }),
          });
    if (this.#stopping.signal.aborted && failure !== undefined) return "nothing";
    if (failure === undefined) this.#looked.set(key, last);
    if (first !== undefined) {
      await this.#keep(webhook, (held) =>
        this.#after(held, { failure, last, count: events.length }),
      );
    }
    return failure === undefined ? "delivered" : "failed";
  }

  #after(
    held: Delivery,
    { failure, last, count }: { failure: Failure | undefined; last: number; count: number },
  ): Delivery {
    const { clock } = this.#options;
    const time = isoTime(clock);
    const { nextAttemptAt: _, ...kept } = held;
    if (failure === undefined) {
      const delivered = held.delivered + count;
      return { ...kept, cursor: last, delivered, failures: 0, lastSuccessAt: time };
    }
    const failures = held.failures + 1;
    const waitMs = Math.min(backOffFirstMs * 2 ** (failures - 1), backOffMaxMs);
    return {
      ...kept,
      failures,
      lastFailure: { time, ...failure },
      nextAttemptAt: new Date(clock.now() + waitMs).toISOString(),
    };
  }

  /** One that was deleted meanwhile stays deleted. */
  async #keep(webhook: Webhook, next: (held: Delivery) => Delivery): Promise<void> {
    await this.#options.store.transaction(async (writer: StoreWriter) => {
      if ((await readWebhook(writer, webhook)) === undefined) return;
      await putDelivery(writer, webhook, next(await readDelivery(writer, webhook)));
    });
  }

  async #post(
    webhook: Webhook,
    { id, body }: { id: string; body: string },
  ): Promise<Failure | undefined> {
    const { clock, sealKey } = this.#options;
    const timestamp = String(Math.floor(clock.now() / 1_000));
    const secret = unseal(sealKey, webhook.sealedSecret);
    const headers = {
      "Content-Type": "application/json",
      "User-Agent": "causeway-webhook",
      "Causeway-Delivery": id,
      "Causeway-Timestamp": timestamp,
      "Causeway-Signature": signatureOf({ secret, timestamp, body }),
    };
    // A redirect would carry the news to an address that nobody checked.
    const redirect = "manual" as const;
    const signal = AbortSignal.any([AbortSignal.timeout(answerMs), this.#stopping.signal]);
    try {
      const request = new Request(webhook.url, { method: "POST", headers, body, redirect, signal });
      const response = await (this.#options.fetch ?? fetch)(request);
      await response.body?.cancel();
      if (response.ok) return undefined;
      return {
        reason: `It answered ${response.status}; 2xx takes a delivery.`,
        status: response.status,
      };
    } catch (error) {
      return { reason: reasonOf(error) };
    }
  }
}

type Failure = { readonly reason: string; readonly status?: number };

/** HMAC-SHA256 (RFC 2104) of the timestamp, a dot and the body. */
export function signatureOf({
  secret,
  timestamp,
  body,
}: {
  secret: string;
  timestamp: string;
  body: string;
}): string {
  return `sha256=${createHmac("sha256", secret).update(`${timestamp}.${body}`).digest("hex")}`;
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "TimeoutError") return `It gave no answer within ${answerMs / 1_000} s.`;
  const { cause } = error;
  return cause instanceof Error ? `${error.message}: ${cause.message}` : error.message;
}
