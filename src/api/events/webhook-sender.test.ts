import { setImmediate as othersTurn } from "node:timers/promises";
import { expect, test } from "vitest";
import { silentLog } from "../../base/log.ts";
import {
  type Api,
  at,
  customerSubscription,
  good,
  make,
  makeGroup,
  refusalsIn,
  startApi,
} from "../api-fixture.ts";
import { accountNamed } from "../sign-in/account.ts";
import { signatureOf, WebhookSender } from "./webhook-sender.ts";

const secret = "a-secret-of-thirty-characters";
const url = "https://hooks.example.net/in?x=1";
const hook = "/causeway/webhooks/mine";

type Got = { readonly headers: Headers; readonly body: string };

/** A receiver that answers as it is told, and the sender that a server would have. */
function receiver(api: Api) {
  const got: Got[] = [];
  const state = { status: 204, now: api.deps.clock.now() };
  const start = () =>
    new WebhookSender({
      store: api.store,
      sealKey: api.deps.sealKey,
      clock: { now: () => state.now, sleep: async () => {} },
      log: silentLog,
      async fetch(request) {
        if (state.status === 0)
          throw new Error("fetch failed", { cause: new Error("ECONNREFUSED") });
        got.push({ headers: request.headers, body: await request.text() });
        return new Response(null, { status: state.status });
      },
    });
  let sender = start();
  const round = async () => {
    await sender.round();
    await sender.idle();
  };
  const restart = () => {
    sender = start();
  };
  const heard = () =>
    got.flatMap(
      ({ body }) => JSON.parse(body).events as { id: number; kind: string; resourceId: string }[],
    );
  return { got, state, round, restart, heard };
}

async function stateOf(api: Api) {
  return (await api.call("customer", "GET", hook)).body["delivery"];
}

test("a webhook gets what its owner may read, signed, each once", async () => {
  await using api = startApi();
  await makeGroup(api);
  const { got, round, heard } = receiver(api);
  const made = await api.call("customer", "PUT", hook, { url, secret, kinds: ["resource"] });
  expect([made.status, made.body]).toEqual([
    201,
    expect.not.objectContaining({ sealedSecret: expect.anything() }),
  ]);
  await round();
  expect(got).toEqual([]);
  await make(api, at.vnet("a"), { body: good.vnet() });
  const others = at.group.replace(customerSubscription, "22222222-2222-4222-8222-222222222222");
  await api.call("other", "PUT", others, { location: "westeurope" });
  await round();
  await round();
  expect(
    heard().every(({ kind, resourceId }) => kind === "resource" && resourceId.startsWith(at.group)),
  ).toBe(true);
  expect(heard()[0]?.resourceId).toBe(at.vnet("a"));
  expect(got).toHaveLength(1);
  const [{ headers, body } = { headers: new Headers(), body: "" }] = got;
  const timestamp = headers.get("causeway-timestamp") ?? "";
  expect(Number(timestamp)).toBe(1_800_000_000);
  expect(headers.get("causeway-signature")).toBe(signatureOf({ secret, timestamp, body }));
  expect(signatureOf({ secret: "k", timestamp: "1", body: "{}" })).toBe(
    "sha256=3dd49b2593d0f9a349e9e71c4bde3e2b862c2be4003fe9b4ba81332029310158",
  );
});

test("what fails is told, tried again ever more seldom, and lost by no restart", async () => {
  await using api = startApi();
  await makeGroup(api);
  const { got, state, round, restart, heard } = receiver(api);
  await api.call("customer", "PUT", hook, { url, secret });
  await make(api, at.vnet("a"), { body: good.vnet() });
  state.status = 500;
  await round();
  await round();
  expect(got).toHaveLength(1);
  expect(await stateOf(api)).toMatchObject({
    failures: 1,
    delivered: 0,
    lastFailure: { status: 500, reason: expect.stringContaining("500") },
  });
  state.now += 1_000;
  state.status = 0;
  await round();
  expect(await stateOf(api)).toMatchObject({
    failures: 2,
    lastFailure: { reason: "fetch failed: ECONNREFUSED" },
    nextAttemptAt: new Date(state.now + 2_000).toISOString(),
  });
  restart();
  got.length = 0;
  state.now += 2_000;
  state.status = 200;
  await round();
  expect(heard().length).toBeGreaterThan(1);
  expect(await stateOf(api)).toMatchObject({ failures: 0, delivered: heard().length });
  restart();
  await round();
  expect(got).toHaveLength(1);
});

test("mistakes are refused with every reason", async () => {
  await using api = startApi();
  const put = (body: object) => api.call("customer", "PUT", hook, body);
  const refused = async (body: object) => refusalsIn(await put(body));
  const all = await refused({ url: "ftp://x", kinds: ["weather"], secret: "short", more: 1 });
  expect(all.toSorted()).toEqual([
    "InvalidParameter kinds[0]",
    "InvalidParameter secret",
    "InvalidParameter url",
    "UnknownField more",
  ]);
  const text = JSON.stringify((await put({ url, secret: "tell-no-one" })).body);
  expect(text).not.toContain("tell-no-one");
  for (const wrong of [
    ...["http://hooks.example.net/", "https://user:pass@hooks.example.net/", "https://[fe80::1]/"],
    ...["https://169.254.169.254/", "https://0.0.0.0/", "https://h.example.net/#part", "nothing"],
  ])
    expect([wrong, ...(await refused({ url: wrong, secret }))]).toEqual([
      wrong,
      "InvalidParameter url",
    ]);
  for (const right of ["http://127.0.0.1:8080/x", "http://[::1]/", "http://localhost/"])
    expect([right, (await put({ url: right, secret })).status < 300]).toEqual([right, true]);
  expect(
    await refusalsIn(await api.call("customer", "PUT", "/causeway/webhooks/new", { url })),
  ).toEqual(["InvalidParameter secret"]);
});

test("a webhook is its owner's: others neither see nor end it, and it goes with the account", async () => {
  await using api = startApi();
  const { round } = receiver(api);
  await api.call("customer", "PUT", hook, { url, secret });
  expect((await api.call("other", "GET", hook)).status).toBe(404);
  expect((await api.call("other", "DELETE", hook)).status).toBe(204);
  expect((await api.call("other", "GET", "/causeway/webhooks")).body["value"]).toEqual([]);
  expect((await api.call("operator", "GET", "/causeway/webhooks")).body["value"]).toHaveLength(1);
  const carl = await accountNamed(api.store, "carl");
  await api.store.transaction((writer) => writer.removeRecord("account", carl?.objectId ?? ""));
  await round();
  expect(await api.store.listRecords("webhook")).toEqual([]);
  expect(await api.store.listRecords("webhook-delivery")).toEqual([]);
});

test("events wake nobody until there is a webhook, and what failed is due again in its time", async () => {
  const sleeps: number[] = [];
  let changed = () => {};
  await using api = startApi({ webhooksChanged: () => changed() });
  await makeGroup(api);
  // The loop's own sleep: until it is told, or for ever.
  const clock = {
    now: () => 0,
    sleep: (ms: number, signal?: AbortSignal) => {
      sleeps.push(ms);
      return new Promise<void>((resolve) => {
        if (signal?.aborted) resolve();
        else signal?.addEventListener("abort", () => resolve());
      });
    },
  };
  const fetch = async () => new Response(null, { status: 500 });
  const { store, deps } = api;
  const sender = new WebhookSender({ store, sealKey: deps.sealKey, clock, log: silentLog, fetch });
  changed = () => sender.changed();
  sender.start();
  await expect.poll(() => sleeps).toEqual([30_000]);
  await make(api, at.vnet("a"), { body: good.vnet() });
  await othersTurn();
  expect(sleeps).toEqual([30_000]);
  await api.call("customer", "PUT", hook, { url, secret });
  await expect.poll(() => sleeps).toEqual([30_000, 30_000]);
  await make(api, at.vnet("b"), { body: good.vnet("10.2.0.0/16") });
  await expect.poll(() => sleeps.at(-1)).toBe(1_000);
  await sender.stop();
});

test("a deleted webhook is answered with as it was", async () => {
  await using api = startApi();
  await makeGroup(api);
  const { round } = receiver(api);
  await api.call("customer", "PUT", hook, { url, secret });
  await make(api, at.vnet("a"), { body: good.vnet() });
  await round();
  const held = (await api.call("customer", "GET", hook)).body;
  const gone = await api.call("customer", "DELETE", hook);
  expect([gone.status, gone.body]).toEqual([200, held]);
  expect((await api.call("customer", "GET", hook)).status).toBe(404);
});
