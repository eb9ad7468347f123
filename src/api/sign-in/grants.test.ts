import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { decodeJwt, SignJWT } from "jose";
import { expect, test } from "vitest";
import type { Clock } from "../../base/clock.ts";
import type { JsonObject } from "../../store/store.ts";
import { type Api, customerSubscription, startApi } from "../api-fixture.ts";
import type { TrustedIssuers } from "./client-proof.ts";

const tenantId = "00000000-0000-4000-8000-000000000001";
const publicClient = "04b07795-8ddb-461a-bbee-02f9e1bf7b46";
const issuer = "https://ci.example";
const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

type TokenAnswer = {
  [field: string]: string;
  access_token: string;
  refresh_token: string;
  id_token: string;
};

async function post(
  api: Api,
  form: Record<string, string>,
  path = `/${tenantId}/oauth2/v2.0/token`,
): Promise<[number, TokenAnswer]> {
  const body = new URLSearchParams(form);
  const response = await api.raw(new Request(`http://api${path}`, { method: "POST", body }));
  return [response.status, (await response.json()) as TokenAnswer];
}

const secretGrant = {
  grant_type: "client_credentials",
  client_id: "customer",
  client_secret: "customer-secret",
};

async function isSignedIn(api: Api, { access_token: token }: TokenAnswer): Promise<boolean> {
  const headers = { authorization: `Bearer ${token}` };
  const url = "http://api/subscriptions?api-version=2019-11-01";
  return (await api.raw(new Request(url, { headers }))).status === 200;
}

const carla = {
  name: "Carla@example",
  kind: "user",
  role: "customer",
  subscriptionId: customerSubscription,
  secret: "correct horse",
} as const;
const passwordGrant = {
  grant_type: "password",
  client_id: publicClient,
  username: "carla@EXAMPLE",
  password: "correct horse",
  scope: "http://api/.default offline_access openid profile",
};

test.each([
  "/adfs/oauth2/token",
  "/adfs/oauth2/v2.0/token",
  `/adfs/${tenantId}/oauth2/v2.0/token`,
  `/${tenantId}/oauth2/token`,
  `/${tenantId}/oauth2/v2.0/token?client-request-id=1`,
  "/organizations/oauth2/v2.0/token",
  "/COMMON/OAUTH2/v2.0//TOKEN",
])("a client signs in by its secret at %s", async (path) => {
  await using api = startApi();
  const [status, answer] = await post(api, secretGrant, path);
  expect([status, await isSignedIn(api, answer)]).toEqual([200, true]);
  expect(answer).toMatchObject({ token_type: "Bearer", expires_in: 3900 });
  const claims = decodeJwt(answer.access_token);
  expect(claims).toMatchObject({
    tid: tenantId,
    appid: "customer",
    aud: "http://api",
    idtyp: "app",
  });
  expect(claims["oid"]).toMatch(/^[0-9a-f-]{36}$/);
  expect(claims.iss).toBe(
    path.startsWith("/adfs") ? "http://api/adfs" : `http://api/${tenantId}/v2.0`,
  );
});

test("tokens are for this API, the public one and the graph, and good here but for the graph", async () => {
  await using api = startApi();
  const audience = async (more: Record<string, string>) => {
    const [status, answer] = await post(api, { ...secretGrant, ...more });
    return status === 200
      ? [decodeJwt(answer.access_token).aud, await isSignedIn(api, answer)]
      : [answer["error"]];
  };
  expect(await audience({ scope: "https://management.azure.com/.default" })).toEqual([
    "https://management.azure.com",
    true,
  ]);
  expect(await audience({ scope: "https://management.core.windows.net//.default" })).toEqual([
    "https://management.core.windows.net/",
    true,
  ]);
  expect(await audience({ resource: "http://api/" })).toEqual(["http://api/", true]);
  expect(await audience({ scope: "https://graph.microsoft.com/.default" })).toEqual([
    "https://graph.microsoft.com",
    false,
  ]);
  expect(await audience({ scope: "https://other/.default" })).toEqual(["invalid_scope"]);
});

test("a wrong secret and an unknown client read the same, and too many of them wait", async () => {
  let now = 1_800_000_000_000;
  const clock: Clock = { now: () => now, sleep: async () => {} };
  await using api = startApi({ clock });
  const [status, wrong] = await post(api, { ...secretGrant, client_secret: "no" });
  const [, unknown] = await post(api, { ...secretGrant, client_id: "nobody" });
  expect([status, wrong["error"], wrong["error_description"]]).toEqual([
    401,
    "invalid_client",
    unknown["error_description"],
  ]);
  const many = <T>(count: number, one: () => Promise<T>) =>
    Promise.all(Array.from({ length: count }, one));
  const right = await many(20, async () => (await post(api, secretGrant))[0]);
  expect(new Set(right)).toEqual(new Set([200]));
  const guesses = await many(
    20,
    async () => (await post(api, { ...secretGrant, client_secret: "no" }))[0],
  );
  expect([guesses.filter((one) => one === 401).length, guesses.at(-1)]).toEqual([9, 429]);
  expect((await post(api, secretGrant))[0]).toBe(429);
  expect(
    (
      await post(api, { ...secretGrant, client_id: "provider", client_secret: "provider-secret" })
    )[0],
  ).toBe(200);
  now += 15 * 60_000;
  expect((await post(api, secretGrant))[0]).toBe(200);
});

async function assertion(
  key: KeyObject,
  claims: JsonObject,
  alg = "RS256",
): Promise<Record<string, string>> {
  const signed = await new SignJWT({ exp: 1_800_000_300, ...claims })
    .setProtectedHeader({ alg })
    .sign(key);
  return { client_assertion: signed, client_assertion_type: assertionType };
}

test("a client signs in by an assertion of its own key, and by one of an issuer it is known to", async () => {
  const own = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const foreign = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const trustedIssuers: TrustedIssuers = new Map([[issuer, async () => foreign.publicKey]]);
  await using api = startApi({ trustedIssuers });
  await api.enrol({
    ...{ name: "robot", kind: "application", role: "customer", clientId: "robot" },
    subscriptionId: customerSubscription,
    publicKey: own.publicKey.export({ format: "jwk" }) as JsonObject,
    federated: { issuer, subject: "repo:a" },
  });
  const grant = { grant_type: "client_credentials", client_id: "robot" };
  const mine = { iss: "robot", sub: "robot", aud: "http://api/adfs/oauth2/token" };
  const theirs = { iss: issuer, sub: "repo:a", aud: "api://AzureADTokenExchange" };
  const sign = async (form: Record<string, string>) =>
    (await post(api, { ...grant, ...form }, "/adfs/oauth2/token"))[0];
  expect(await sign(await assertion(own.privateKey, mine))).toBe(200);
  expect(await sign(await assertion(foreign.privateKey, theirs))).toBe(200);
  expect(
    await sign({ ...(await assertion(own.privateKey, mine)), client_assertion_type: "x" }),
  ).toBe(400);
  for (const wrong of [
    await assertion(own.privateKey, theirs),
    await assertion(foreign.privateKey, mine),
    await assertion(own.privateKey, { ...mine, aud: "https://other" }),
    await assertion(own.privateKey, { ...mine, sub: "customer" }),
    await assertion(own.privateKey, { ...mine, exp: 1_799_999_000 }),
    await assertion(foreign.privateKey, { ...theirs, sub: "repo:b" }),
    await assertion(foreign.privateKey, { ...theirs, iss: "https://other" }),
    { client_assertion: "x.y.z", client_assertion_type: assertionType },
    { client_secret: "" },
  ]) {
    expect(await sign(wrong)).toBe(401);
  }
});

test("a user signs in by password and stays so by refresh tokens, until the account changes", async () => {
  await using api = startApi();
  const account = await api.enrol(carla);
  const [status, answer] = await post(api, passwordGrant, "/adfs/oauth2/token");
  expect([status, await isSignedIn(api, answer)]).toEqual([200, true]);
  expect(decodeJwt(answer.id_token)).toMatchObject({
    aud: publicClient,
    oid: account.objectId,
    preferred_username: carla.name,
  });
  expect(decodeJwt(answer.access_token)).toMatchObject({ appid: publicClient, upn: carla.name });
  const info = Buffer.from(answer["client_info"] ?? "", "base64url").toString();
  expect(JSON.parse(info)).toEqual({ uid: account.objectId, utid: tenantId });
  const refresh = {
    grant_type: "refresh_token",
    client_id: publicClient,
    refresh_token: answer.refresh_token,
  };
  const [, again] = await post(api, refresh);
  expect(await isSignedIn(api, again)).toBe(true);
  const [, forApi] = await post(api, { ...passwordGrant, client_id: "http://api" });
  expect(decodeJwt(forApi.id_token).aud).toBe("http://api");
  for (const token of [answer.refresh_token, answer.id_token, forApi.id_token])
    expect(await isSignedIn(api, { ...again, access_token: token })).toBe(false);
  const refused = [400, { error: "invalid_grant" }];
  expect(await post(api, { ...refresh, client_id: "another" })).toMatchObject(refused);
  expect(await post(api, { ...refresh, refresh_token: again.access_token })).toMatchObject(refused);
  expect(await post(api, { ...passwordGrant, password: "wrong" })).toMatchObject(refused);
  const asUser = { ...passwordGrant, username: "carl", password: "customer-secret" };
  expect(await post(api, asUser)).toMatchObject(refused);
  await api.store.transaction((writer) =>
    writer.putRecord({
      kind: "account",
      key: account.objectId,
      body: { ...account, changedAt: "later" },
    }),
  );
  expect(await post(api, refresh)).toMatchObject(refused);
});

test.each(["adfs/oauth2", "organizations/oauth2/v2.0"])(
  "a device is approved on the page, for one token, at /%s",
  async (root) => {
    await using api = startApi();
    await api.enrol(carla);
    const [, device] = await post(api, { client_id: publicClient }, `/${root}/devicecode`);
    const poll = {
      grant_type: "urn:ietf:params:oauth:grant-type:device_code",
      client_id: publicClient,
      device_code: device["device_code"] ?? "",
    };
    const token = () => post(api, poll, `/${root}/token`);
    expect(await token()).toMatchObject([400, { error: "authorization_pending" }]);
    const page = await api.raw(new Request("http://api/devicelogin?user_code=%22%3Cb%3E"));
    const html = await page.text();
    expect(page.headers.get("content-type")).toContain("text/html");
    expect(html).toContain('value="&#34;&#60;b&#62;"');
    const approve = async (password: string, code = device["user_code"] ?? "") => {
      const body = new URLSearchParams({ username: carla.name, password, user_code: code });
      return (await api.raw(new Request("http://api/devicelogin", { method: "POST", body })))
        .status;
    };
    expect(await approve("wrong")).toBe(400);
    expect(await approve("correct horse", "BCDF-GHJK")).toBe(400);
    expect(await token()).toMatchObject([400, { error: "authorization_pending" }]);
    expect(await approve("correct horse")).toBe(200);
    expect(await approve("correct horse")).toBe(400);
    const thief = { ...poll, client_id: "another" };
    expect(await post(api, thief)).toMatchObject([400, { error: "expired_token" }]);
    const [, answer] = await token();
    expect(await isSignedIn(api, answer)).toBe(true);
    expect(await token()).toMatchObject([400, { error: "expired_token" }]);
  },
);

test.each([
  [{ ...secretGrant, grant_type: "authorization_code" }, "unsupported_grant_type"],
  [{ grant_type: "client_credentials" }, "invalid_request"],
  [{}, "invalid_request"],
])("a request that cannot be granted is refused: %j", async (form, error) => {
  await using api = startApi();
  expect(await post(api, form)).toMatchObject([400, { error }]);
  const foreign = "/22222222-2222-4222-8222-222222222222/oauth2/v2.0/token";
  expect(await post(api, secretGrant, foreign)).toMatchObject([400, { error: "invalid_request" }]);
});

test("no answer and no log shows a secret or its hash", async () => {
  const logged: unknown[] = [];
  await using api = startApi({ log: (...entry) => logged.push(entry) });
  await api.enrol(carla);
  const shown = [
    await post(api, secretGrant),
    await post(api, { ...secretGrant, client_secret: "wrong-secret" }),
    await post(api, passwordGrant),
    await api.call("operator", "GET", "/subscriptions"),
    await api.call("operator", "GET", "/causeway/accounts"),
    logged,
  ];
  expect(JSON.stringify(shown)).not.toMatch(/customer-secret|wrong-secret|correct horse|scrypt/);
});
