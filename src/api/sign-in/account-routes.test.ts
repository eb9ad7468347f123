import { generateKeyPairSync } from "node:crypto";
import { expect, test } from "vitest";
import { type Api, customerSubscription, startApi } from "../api-fixture.ts";
import { accountNamed } from "./account.ts";

const path = "/causeway/accounts/carla@example";

async function statusOfPassword(api: Api, password: string): Promise<number> {
  const body = new URLSearchParams({
    ...{ grant_type: "password", client_id: "x", username: "carla@example", password },
  });
  const url = "http://api/adfs/oauth2/token";
  return (await api.raw(new Request(url, { method: "POST", body }))).status;
}

test("an operator makes a user, whose secret is shown once, renews it and removes the user", async () => {
  await using api = startApi();
  const user = { kind: "user", role: "customer", subscriptionId: customerSubscription };
  const made = await api.call("operator", "PUT", path, user);
  expect([made.status, made.body]).toMatchObject([201, { name: "carla@example", ...user }]);
  const first = String(made.body["secret"]);
  expect(await statusOfPassword(api, first)).toBe(200);
  const read = await api.call("operator", "GET", path);
  const list = await api.call("operator", "GET", "/causeway/accounts");
  expect(list.body["value"]).toHaveLength(5);
  expect(JSON.stringify([read, list])).not.toMatch(/secret/i);
  const again = await api.call("operator", "PUT", path, user);
  expect([again.status, again.body["objectId"]]).toEqual([200, made.body["objectId"]]);
  expect(await statusOfPassword(api, first)).toBe(400);
  expect(await statusOfPassword(api, String(again.body["secret"]))).toBe(200);
  expect((await api.call("operator", "DELETE", path)).status).toBe(200);
  expect((await api.call("operator", "DELETE", path)).status).toBe(204);
  expect((await api.call("operator", "GET", path)).status).toBe(404);
});

test("an application may have a key or an issuer in place of a secret", async () => {
  await using api = startApi();
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const put = (body: object) =>
    api.call("operator", "PUT", "/causeway/accounts/robot", { role: "customer", ...body });
  const keyed = await put({ publicKey: publicKey.export({ format: "jwk" }) });
  expect([keyed.status, keyed.body["secret"]]).toEqual([201, undefined]);
  const federated = { issuer: "https://ci.example", subject: "repo:a" };
  expect((await put({ federated })).body).toMatchObject({ federated });
  expect((await accountNamed(api.store, "ROBOT"))?.secretHash).toBeUndefined();
  for (const wrong of [
    { publicKey: privateKey.export({ format: "jwk" }) },
    { publicKey: { kty: "oct", k: "AAAA" } },
    { federated: { issuer: "nonsense", subject: "x" } },
    { kind: "user", federated },
    { role: "king" },
    { password: "mine" },
  ])
    expect((await put(wrong)).status).toBe(400);
});

test("others may not look, and the principals of the credentials file are not changed here", async () => {
  await using api = startApi();
  await api.enrol({
    ...{
      name: "operator",
      kind: "application",
      role: "operator",
      subscriptionId: customerSubscription,
    },
  });
  for (const who of ["customer", "provider"] as const) {
    expect((await api.call(who, "GET", "/causeway/accounts")).status).toBe(403);
    expect((await api.call(who, "PUT", path, { role: "operator" })).status).toBe(403);
  }
  const standing = "/causeway/accounts/Operator";
  expect((await api.call("operator", "PUT", standing, { role: "customer" })).status).toBe(409);
  expect((await api.call("operator", "DELETE", standing)).status).toBe(409);
  expect(
    (await api.call("operator", "PUT", "/causeway/accounts/a%20b", { role: "customer" })).status,
  ).toBe(400);
});
