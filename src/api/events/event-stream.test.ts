import { expect, test } from "vitest";
import { roles } from "../../domain/role-definition.ts";
import {
  type Api,
  at,
  good,
  make,
  makeGroup,
  makeProvisioned,
  refusalsIn,
  startApi,
  type Who,
} from "../api-fixture.ts";
import { accountNamed } from "../sign-in/account.ts";

type Heard = {
  readonly id: number;
  readonly event: string;
  readonly data: Record<string, unknown>;
};

/** Reads what is there already: a stream ends where the next event would have to be waited for. */
async function listen(
  api: Api,
  who: Who,
  { lastId, query = "" }: { lastId?: number; query?: string } = {},
): Promise<readonly Heard[]> {
  const token = await api.tokenOf(who);
  const headers = {
    authorization: `Bearer ${token}`,
    ...(lastId === undefined ? {} : { "last-event-id": String(lastId) }),
  };
  const response = await api.raw(new Request(`http://api/causeway/events${query}`, { headers }));
  expect([response.status, response.headers.get("content-type")]).toEqual([
    200,
    "text/event-stream",
  ]);
  const reader = response.body?.getReader();
  let text = "";
  while (!/^: /m.test(text)) text += new TextDecoder().decode((await reader?.read())?.value);
  await reader?.cancel();
  return text.split("\n\n").flatMap((block) => {
    const [, id] = /^id: (\d+)$/m.exec(block) ?? [];
    const [, event] = /^event: (\w+)$/m.exec(block) ?? [];
    const [, data] = /^data: (.*)$/m.exec(block) ?? [];
    return event === undefined ? [] : [{ id: Number(id), event, data: JSON.parse(data ?? "{}") }];
  });
}

const brief = ({ event, data }: Heard) =>
  `${event} ${String(data["resourceId"]).split("/").at(-1)} ${data["change"] ?? data["status"]} ${data["provisioningState"] ?? ""}`.trim();

test("each hears of what it may read, in the order in which it happened", async () => {
  await using api = startApi();
  await makeGroup(api);
  const key = await makeProvisioned(api, "blue");
  const own = (await listen(api, "customer", { lastId: 0 })).map(brief);
  expect(own).toEqual([
    "resource rg created Succeeded",
    "operation rg Succeeded",
    "resource blue created Updating",
    "operation blue InProgress",
    "resource blue updated Succeeded",
    "operation blue Succeeded",
    "resource blue updated",
  ]);
  const provider = await listen(api, "provider", { lastId: 0, query: "?kinds=resource" });
  expect(new Set(provider.map(({ data }) => String(data["resourceId"]).split("/").at(-1)))).toEqual(
    new Set([key]),
  );
  expect(await listen(api, "other", { lastId: 0 })).toEqual([]);
  expect((await listen(api, "operator", { lastId: 0 })).length).toBeGreaterThan(own.length);
});

test("a stream is resumed after its last event; without one it begins with what comes", async () => {
  await using api = startApi();
  await makeGroup(api);
  await make(api, at.vnet("a"), { body: good.vnet() });
  const all = await listen(api, "customer", { lastId: 0 });
  const second = all[1];
  expect(await listen(api, "customer", { lastId: second?.id ?? 0 })).toEqual(all.slice(2));
  expect(await listen(api, "customer")).toEqual([]);
  const ahead = await listen(api, "customer", { lastId: 9_999 });
  expect(ahead.map(({ event }) => event)).toEqual(["gap"]);
  for (const [query, target] of [
    ["?after=x", "Last-Event-ID"],
    ["?kinds=weather", "kinds"],
  ] as const)
    expect(refusalsIn(await api.call("customer", "GET", `/causeway/events${query}`))).toEqual([
      `InvalidParameter ${target}`,
    ]);
});

test("rights that are given are heard by, and an account that is gone hears nothing more", async () => {
  await using api = startApi();
  await makeGroup(api);
  const otto = await accountNamed(api.store, "otto");
  const name = "00000001-0000-4000-8000-000000000000";
  const path = `${at.group}/providers/Microsoft.Authorization/roleAssignments/${name}`;
  await api.call("customer", "PUT", path, {
    properties: { roleDefinitionId: roles.reader.name, principalId: otto?.objectId },
  });
  expect((await listen(api, "other", { lastId: 0 })).map(brief)).toEqual([
    "resource rg created Succeeded",
    "operation rg Succeeded",
  ]);
  const headers = { authorization: `Bearer ${await api.tokenOf("other")}`, "last-event-id": "0" };
  const request = new Request("http://api/causeway/events", { headers });
  const response = await api.raw(request);
  await api.store.transaction((writer) => writer.removeRecord("account", otto?.objectId ?? ""));
  expect(await response.text()).toBe("retry: 2000\n\n");
});

test("streams of one principal are limited, and one that is closed makes room", async () => {
  await using api = startApi();
  await makeGroup(api);
  const headers = {
    authorization: `Bearer ${await api.tokenOf("customer")}`,
    "last-event-id": "0",
  };
  const open = () => api.raw(new Request("http://api/causeway/events", { headers }));
  const first = await open();
  for (let more = 0; more < 19; more += 1) expect((await open()).status).toBe(200);
  expect((await open()).status).toBe(429);
  await first.body?.cancel();
  expect((await open()).status).toBe(200);
});

test("a server that closes ends its streams", async () => {
  const closing = new AbortController();
  const sleeps: (() => void)[] = [];
  const clock = {
    now: () => 1_800_000_000_000,
    sleep: (_ms: number, signal?: AbortSignal) =>
      new Promise<void>((resolve) => {
        if (signal?.aborted) return resolve();
        signal?.addEventListener("abort", () => resolve());
        sleeps.push(resolve);
      }),
  };
  await using api = startApi({ closing: closing.signal, clock });
  const headers = { authorization: `Bearer ${await api.tokenOf("customer")}` };
  const response = await api.raw(new Request("http://api/causeway/events", { headers }));
  const text = response.text();
  closing.abort();
  expect(await text).toBe("retry: 2000\n\n");
});
