/** A dry run of whatever is written: it answers as the write would, and the store is as it was. */
import { expect, test } from "vitest";
import { type Api, at, good, makeGroup, startApi } from "./api-fixture.ts";

const dry = (path: string) => `${path}?causeway-dryRun=true`;
const deployments = `${at.group}/providers/Microsoft.Resources/deployments`;
const hook = { url: "https://hooks.example/a", secret: "sixteen letters or more" };

/** All that is kept. */
async function everything({ store }: Api): Promise<string> {
  const kinds = ["account", "webhook", "delivery", "deployment"];
  const records = await Promise.all(kinds.map((kind) => store.listRecords(kind)));
  const { last } = await store.eventSpan();
  const past = (await store.activity({ limit: 1_000 })).length;
  const rows = await store.list({});
  const scopes = await store.dirtyScopes(10_000);
  return JSON.stringify([rows, records, await store.roleAssignments(), scopes, last, past]);
}

test("webhooks, accounts and roles are rehearsed, and none of them is kept", async () => {
  await using api = startApi();
  await makeGroup(api);
  const { body: account } = await api.call("operator", "PUT", "/causeway/accounts/guest", {
    role: "customer",
  });
  await api.call("customer", "PUT", "/causeway/webhooks/old", hook);
  const role = `${at.group}/providers/Microsoft.Authorization/roleAssignments/4f9a6f3e-1111-4222-8333-444455556666`;
  const reader = `${at.group}/providers/Microsoft.Authorization/roleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7`;
  const given = { properties: { roleDefinitionId: reader, principalId: account["objectId"] } };
  const before = await everything(api);
  const writes = [
    ["customer", "PUT", "/causeway/webhooks/new", hook, "created"],
    ["customer", "PUT", "/causeway/webhooks/old", hook, "updated"],
    ["customer", "DELETE", "/causeway/webhooks/old", undefined, "deleted"],
    ["operator", "PUT", "/causeway/accounts/another", { role: "customer" }, "created"],
    ["operator", "DELETE", "/causeway/accounts/guest", undefined, "deleted"],
    ["customer", "PUT", role, given, "created"],
  ] as const;
  for (const [who, method, path, sent, change] of writes) {
    const { status, body } = await api.call(who, method, dry(path), sent);
    expect([path, status, body]).toMatchObject([path, 200, { dryRun: true, change, nodes: [] }]);
    expect(body["resource"]).not.toHaveProperty("secret");
  }
  const wrong = await api.call("customer", "PUT", dry("/causeway/webhooks/new"), { url: "x" });
  expect(wrong.status).toBe(400);
  const absent = await api.call("customer", "DELETE", dry("/causeway/webhooks/none"));
  expect(absent.status).toBe(204);
  expect(await everything(api)).toBe(before);
});

test("a deployment is forgotten or stopped in a dry run alone", async () => {
  await using api = startApi();
  await makeGroup(api);
  const properties = { mode: "Incremental", template: { resources: [] } };
  await api.call("customer", "PUT", `${deployments}/done`, { properties });
  await expect
    .poll(async () => (await api.call("customer", "GET", `${deployments}/done`)).body)
    .toMatchObject({ properties: { provisioningState: "Succeeded" } });
  const before = await everything(api);
  const gone = await api.call("customer", "DELETE", dry(`${deployments}/done`));
  expect(gone.body).toMatchObject({ dryRun: true, change: "deleted" });
  const stopped = await api.call("customer", "POST", dry(`${deployments}/done/cancel`));
  expect(stopped.status).toBe(409);
  const checked = await api.call("customer", "POST", dry(`${deployments}/new/validate`), {
    properties,
  });
  expect(checked.body).toMatchObject({ properties: { provisioningState: "Succeeded" } });
  expect(await everything(api)).toBe(before);
});

test("who sends the body of a dry run slowly holds nobody up", async () => {
  await using api = startApi();
  await makeGroup(api);
  const authorization = `Bearer ${await api.tokenOf("customer")}`;
  const url = `http://api${dry(`${deployments}/slow`)}&api-version=2025-05-01`;
  let end = () => {};
  const body = new ReadableStream({
    start: (controller) => {
      controller.enqueue(new TextEncoder().encode("{"));
      end = () => controller.close();
    },
  });
  const headers = { authorization };
  const request = new Request(url, { method: "PUT", headers, body, duplex: "half" } as RequestInit);
  const slow = api.raw(request);
  expect((await api.call("customer", "PUT", at.circuit("blue"), good.circuit())).status).toBe(201);
  end();
  expect((await slow).status).toBe(400);
});
