/** A webhook: an address of its owner's that is told of events. Its secret is kept sealed. */
import type { JsonObject, RecordReader, StoreWriter } from "../../store/store.ts";
import type { EventKind } from "./visible-events.ts";

export type Webhook = {
  readonly name: string;
  /** Object id of the principal whose rights say what it hears. */
  readonly owner: string;
  readonly url: string;
  readonly kinds: readonly EventKind[];
  readonly sealedSecret: string;
  readonly createdAt: string;
  readonly updatedAt: string;
};

/** How far it got, kept apart: it changes with every delivery. */
export type Delivery = {
  /** Sequence of the last event that was delivered or is none of its business. */
  readonly cursor: number;
  readonly delivered: number;
  /** In a row. */
  readonly failures: number;
  readonly lastSuccessAt?: string;
  readonly lastFailure?: {
    readonly time: string;
    readonly reason: string;
    readonly status?: number;
  };
  readonly nextAttemptAt?: string;
};

const kind = "webhook";
const deliveryKind = "webhook-delivery";

export function webhookKey({ owner, name }: Pick<Webhook, "owner" | "name">): string {
  return `${owner}/${name.toLowerCase()}`;
}

// Bodies of these kinds are what is written below.

export async function listWebhooks(store: RecordReader): Promise<readonly Webhook[]> {
  return (await store.listRecords(kind)).map(({ body }) => body as Webhook);
}

export async function readWebhook(
  store: RecordReader,
  place: Pick<Webhook, "owner" | "name">,
): Promise<Webhook | undefined> {
  return (await store.readRecord(kind, webhookKey(place))) as Webhook | undefined;
}

export async function readDelivery(
  store: RecordReader,
  webhook: Pick<Webhook, "owner" | "name">,
): Promise<Delivery> {
  const held = (await store.readRecord(deliveryKind, webhookKey(webhook))) as Delivery | undefined;
  return held ?? { cursor: 0, delivered: 0, failures: 0 };
}

export async function putWebhook(writer: StoreWriter, webhook: Webhook): Promise<void> {
  await writer.putRecord({
    kind,
    key: webhookKey(webhook),
    body: webhook as unknown as JsonObject,
  });
}

export async function putDelivery(
  writer: StoreWriter,
  webhook: Pick<Webhook, "owner" | "name">,
  delivery: Delivery,
): Promise<void> {
  await writer.putRecord({
    kind: deliveryKind,
    key: webhookKey(webhook),
    body: delivery as unknown as JsonObject,
  });
}

export async function removeWebhook(
  writer: StoreWriter,
  webhook: Pick<Webhook, "owner" | "name">,
): Promise<void> {
  await writer.removeRecord(kind, webhookKey(webhook));
  await writer.removeRecord(deliveryKind, webhookKey(webhook));
}
