/** `/causeway/webhooks`: each principal's own, by name. */
import { z } from "zod";
import { isoTime } from "../../base/clock.ts";
import { type ArmError, allOf, notFound, refuse } from "../../domain/errors.ts";
import { defined, isObject, textAt } from "../../domain/fields.ts";
import { parseBody } from "../../domain/resource-body.ts";
import { eventKinds } from "../../domain/state-event.ts";
import type { JsonObject } from "../../store/store.ts";
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
  const held = await readWebhook(deps.store, place);
  switch (method) {
    case "PUT":
      return write(call, place, held);
    case "GET":
      if (held === undefined) break;
      return { status: 200, body: wireOf(held, await readDelivery(deps.store, held)) };
    case "DELETE":
      if (held === undefined) return { status: 204 };
      await deps.store.transaction((writer) => removeWebhook(writer, held));
      return { status: 200, body: wireOf(held, await readDelivery(deps.store, held)) };
    default:
      throw methodNotAllowed(method, ["GET", "PUT", "DELETE"]);
  }
  throw notFound("ResourceNotFound", `You have no webhook '${name.slice(0, 100)}'.`);
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

async function write(
  call: Call,
  { owner, name }: Pick<Webhook, "owner" | "name">,
  held: Webhook | undefined,
): Promise<Reply> {
  const { store, clock } = call.deps;
  const raw = await call.json();
  const shape = { schema: WebhookBody, ignored: answered, secret: ["secret"] };
  const { body, refusals } = parseBody(shape, (cleaned) => cleaned, isObject(raw) ? raw : {});
  // What `parseBody` gives has the schema's form.
  const asked = body as Asked | undefined;
  const own = (await listWebhooks(store)).filter((one) => one.owner === owner);
  const count = held === undefined ? own.length : 0;
  const error = allOf([
    ...refusals,
    ...refusalsOf({ name, url: textAt(raw, "url"), asked, held, count }),
  ]);
  if (error !== undefined) throw error;
  if (asked === undefined) throw new Error("a body that cannot be read was refused above");
  const now = isoTime(clock);
  const sealedSecret =
    asked.secret === undefined ? held?.sealedSecret : sealerOf(call.deps).seal(asked.secret);
  const webhook: Webhook = {
    ...{ name: held?.name ?? name, owner, url: asked.url, kinds: asked.kinds ?? eventKinds },
    ...{ sealedSecret: sealedSecret ?? "", createdAt: held?.createdAt ?? now, updatedAt: now },
  };
  const delivery = await store.transaction(async (writer) => {
    await putWebhook(writer, webhook);
    // A new one hears what happens from here on; one that was changed is tried again at once.
    const { nextAttemptAt: _, ...kept } = await readDelivery(writer, webhook);
    const { last } = await writer.eventSpan();
    const next = held === undefined ? { ...kept, cursor: last } : kept;
    await putDelivery(writer, webhook, next);
    return next;
  });
  return { status: held === undefined ? 201 : 200, body: wireOf(webhook, delivery) };
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

function wireOf({ sealedSecret: _, ...webhook }: Webhook, delivery: Delivery): JsonObject {
  return defined({ ...webhook, delivery: defined({ ...delivery }) });
}
