/** `/causeway/webhooks`: each principal's own, by name. */
import { z } from "zod";
import { isoTime } from "../../base/clock.ts";
import { type ArmError, notFound, refuse, throwAny } from "../../domain/errors.ts";
import { defined, textAt } from "../../domain/fields.ts";
import { eventKinds } from "../../domain/state-event.ts";
import type { JsonObject } from "../../store/store.ts";
import { askedBody } from "../asked-body.ts";
import { type Call, type Reply, sealerOf } from "../context.ts";
import { methodNotAllowed } from "../path.ts";
import {
  type Delivery,
  listWebhooks,
  putDelivery,
  putWebhook,
  readDelivery,
  readWebhook,
  removeWebhook,
  type Webhook,
} from "./webhook.ts";
import { urlProblem } from "./webhook-url.ts";

const ownMax = 20;

const kindsPass = `must be a list of ${eventKinds.join(", ")}`;
const secretPass = "must be a text of 16 to 200 characters, which you check signatures with";
const WebhookBody = z.strictObject({
  url: z
    .string({ error: "must be an https address" })
    .max(2_000, { error: "must be at most 2,000 characters" }),
  kinds: z
    .array(z.enum(eventKinds, { error: kindsPass }), { error: kindsPass })
    .min(1, { error: kindsPass })
    .optional(),
  secret: z
    .string({ error: secretPass })
    .min(16, { error: secretPass })
    .max(200, { error: secretPass })
    .optional(),
});
type Asked = z.infer<typeof WebhookBody>;

/** What GET answers with may be sent back. */
const answered = ["owner", "createdAt", "updatedAt", "delivery"];

export async function webhookReply(call: Call, name: string | undefined): Promise<Reply> {
  const { method, principal, deps } = call;
  if (name === undefined) {
    if (method !== "GET") throw methodNotAllowed(method, ["GET"]);
    return listReply(call);
  }
  const place = { owner: principal.objectId, name };
  switch (method) {
    case "PUT":
      return write(call, place);
    case "GET": {
      const held = await readWebhook(deps.store, place);
      if (held !== undefined) return answer(200, held, await readDelivery(deps.store, held));
      throw notFound("ResourceNotFound", `You have no webhook '${name.slice(0, 100)}'.`);
    }
    case "DELETE":
      return remove(call, place);
    default:
      throw methodNotAllowed(method, ["GET", "PUT", "DELETE"]);
  }
}

type Place = Pick<Webhook, "owner" | "name">;

async function remove({ deps }: Call, place: Place): Promise<Reply> {
  return deps.store.transaction(async (writer) => {
    const held = await readWebhook(writer, place);
    if (held === undefined) return { status: 204 };
    const delivery = await readDelivery(writer, held);
    await removeWebhook(writer, held);
    return answer(200, held, delivery);
  });
}

/** The caller's own; who may look at the fabric sees everybody's. */
async function listReply({ deps: { store }, access, principal }: Call): Promise<Reply> {
  const all = await listWebhooks(store);
  const seesAll = access.allows("Causeway/fabric/read", "/");
  const shown = all.filter(({ owner }) => seesAll || owner === principal.objectId);
  const value = await Promise.all(
    shown.map(async (one) => wireOf(one, await readDelivery(store, one))),
  );
  return { status: 200, body: { value } };
}

async function write(call: Call, place: Place): Promise<Reply> {
  const { store, webhooksChanged } = call.deps;
  const shape = { schema: WebhookBody, ignored: answered, secret: ["secret"] };
  const { raw, asked, refusals } = await askedBody(call, shape);
  const reply = await store.transaction(async (writer) => {
    const held = await readWebhook(writer, place);
    const own = (await listWebhooks(writer)).filter(({ owner }) => owner === place.owner);
    const count = held === undefined ? own.length : 0;
    const about = { name: place.name, url: textAt(raw, "url"), asked, held, count };
    throwAny([...refusals, ...refusalsOf(about)]);
    if (asked === undefined) throw new Error("a body that cannot be read was refused above");
    const webhook = webhookOf(call, place, { asked, held });
    await putWebhook(writer, webhook);
    // A new one hears what happens from here on; one that was changed is tried again at once.
    const { nextAttemptAt: _, ...kept } = await readDelivery(writer, webhook);
    const { last } = await writer.eventSpan();
    const delivery = held === undefined ? { ...kept, cursor: last } : kept;
    await putDelivery(writer, webhook, delivery);
    return answer(held === undefined ? 201 : 200, webhook, delivery);
  });
  webhooksChanged?.();
  return reply;
}

function webhookOf(
  { deps }: Call,
  { owner, name }: Place,
  { asked: { url, kinds, secret }, held }: { asked: Asked; held: Webhook | undefined },
): Webhook {
  const now = isoTime(deps.clock);
  const sealed = secret === undefined ? held?.sealedSecret : sealerOf(deps).seal(secret);
  return {
    ...{ name: held?.name ?? name, owner, url, kinds: kinds ?? eventKinds },
    ...{ sealedSecret: sealed ?? "", createdAt: held?.createdAt ?? now, updatedAt: now },
  };
}

function* refusalsOf({
  name,
  url,
  asked,
  held,
  count,
}: {
  name: string;
  url: string | undefined;
  asked: Asked | undefined;
  held: Webhook | undefined;
  count: number;
}): Generator<ArmError> {
  if (!/^[A-Za-z0-9._-]{1,80}$/.test(name)) {
    yield refuse(
      "InvalidResourceName",
      "name",
      `name is refused: "${name.slice(0, 100)}" is not allowed; send 1..80 letters, digits and . _ -.`,
    );
  }
  if (count >= ownMax) {
    yield refuse(
      "LimitExceeded",
      "name",
      `The webhook is refused: you have ${count} and ${ownMax} are allowed; delete one first.`,
    );
  }
  const problem = url === undefined ? undefined : urlProblem(url);
  if (problem !== undefined) yield refuse("InvalidParameter", "url", problem);
  if (asked !== undefined && asked.secret === undefined && held === undefined) {
    yield refuse("InvalidParameter", "secret", `secret is missing; it ${secretPass}.`);
  }
}

function answer(status: number, webhook: Webhook, delivery: Delivery): Reply {
  return { status, body: wireOf(webhook, delivery) };
}

function wireOf({ sealedSecret: _, ...webhook }: Webhook, delivery: Delivery): JsonObject {
  return defined({ ...webhook, delivery: defined({ ...delivery }) });
}
