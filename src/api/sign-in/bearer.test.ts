import { createHmac, createPublicKey, generateKeyPairSync, type JsonWebKey } from "node:crypto";
import { decodeJwt, decodeProtectedHeader, SignJWT } from "jose";
import { expect, test } from "vitest";
import type { Clock } from "../../base/clock.ts";
import { type Api, startApi } from "../api-fixture.ts";
import { listAccounts, removeAccount } from "./account.ts";
import { SigningKeys } from "./signing-keys.ts";
import { accessSeconds } from "./tokens.ts";

const origin = "http://api";

async function ask(
  api: Api,
  authorization?: string,
  url = origin,
): Promise<[number, string, string]> {
  const headers = authorization === undefined ? {} : { authorization };
  const response = await api.raw(
    new Request(`${url}/subscriptions?api-version=2025-05-01`, { headers }),
  );
  const { error } = (await response.json()) as { error?: { code: string } };
  return [response.status, error?.code ?? "", response.headers.get("www-authenticate") ?? ""];
}

test.each([
  ["no token", undefined, "AuthenticationFailed"],
  ["another scheme", "Basic abc", "AuthenticationFailed"],
  ["a token that is none", "Bearer nobody", "InvalidAuthenticationToken"],
  ["a client's secret", "Bearer customer-secret", "InvalidAuthenticationToken"],
])("%s is answered with 401 and where to sign in", async (_, authorization, code) => {
  await using api = startApi();
  const [status, said, challenge] = await ask(api, authorization);
  expect([status, said]).toEqual([401, code]);
  expect(challenge).toMatch(
    /^Bearer authorization_uri="http:\/\/api\/adfs", error="invalid_token", error_description="[^"]+"$/,
  );
});

/** The server's own key signs what a thief of it would: each token is wrong in one thing alone. */
async function forge(api: Api) {
  const token = await api.tokenOf("customer");
  const keys = new SigningKeys({ ...api.deps, tokenMs: 1 });
  const { privateKey, id } = await keys.current();
  const claims = decodeJwt(token);
  const header = { alg: "ES256", typ: "JWT", kid: id };
  const sign = (changes: object, headerChanges: object = {}) =>
    new SignJWT({ ...claims, ...changes })
      .setProtectedHeader({ ...header, ...headerChanges })
      .sign(privateKey);
  return { token, claims, header, sign, id, publicKey: createPublicKey(privateKey) };
}

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");

test("what a token of ours says alone is believed, and of that all", async () => {
  await using api = startApi();
  const { sign, token, claims } = await forge(api);
  expect((await ask(api, `Bearer ${token}`))[0]).toBe(200);
  expect((await ask(api, `Bearer ${await sign({})}`))[0]).toBe(200);
  const wrong = {
    "another audience": await sign({ aud: "https://other" }),
    "the audience of the graph": await sign({ aud: "https://graph.microsoft.com" }),
    "no audience": await sign({ aud: undefined }),
    "another issuer": await sign({ iss: "https://sts.other/x" }),
    "another tenant": await sign({ tid: "22222222-2222-4222-8222-222222222222" }),
    "no tenant": await sign({ tid: undefined }),
    "nobody's object id": await sign({ oid: claims["tid"] }),
    "not yet good": await sign({ nbf: Number(claims.iat) + 900 }),
    "another type": await sign({}, { typ: "refresh+jwt" }),
    "no end": await sign({ exp: undefined }),
    "an unknown key": await sign({}, { kid: "other" }),
  };
  for (const [what, bad] of Object.entries(wrong)) {
    const [status, code] = await ask(api, `Bearer ${bad}`);
    expect([what, status, code]).toEqual([what, 401, "InvalidAuthenticationToken"]);
  }
  const over = await sign({ exp: Number(claims.iat) });
  expect(await ask(api, `Bearer ${over}`)).toMatchObject([401, "ExpiredAuthenticationToken", {}]);
});

test("a signature that is none, by the public key, by another's key or cut off is refused", async () => {
  await using api = startApi();
  const { token, claims, header, publicKey, id } = await forge(api);
  const [head, body, signature = ""] = token.split(".");
  const unsigned = `${encode({ ...header, alg: "none" })}.${encode(claims)}.`;
  const symmetric = (secret: string | Buffer) => {
    const text = `${encode({ ...header, alg: "HS256" })}.${encode(claims)}`;
    return `${text}.${createHmac("sha256", secret).update(text).digest("base64url")}`;
  };
  const stranger = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const jwk = stranger.publicKey.export({ format: "jwk" }) as JsonWebKey & { kty: string };
  const strange = (more: object) =>
    new SignJWT(claims)
      .setProtectedHeader({ alg: "ES256", typ: "JWT", kid: id, ...more })
      .sign(stranger.privateKey);
  const changed = encode({ ...claims, roles: ["operator"] });
  for (const bad of [
    unsigned,
    unsigned + signature,
    symmetric(publicKey.export({ type: "spki", format: "pem" })),
    symmetric(publicKey.export({ type: "spki", format: "der" })),
    symmetric(""),
    await strange({}),
    await strange({ jwk }),
    await strange({ jku: "http://attacker/keys" }),
    `${head}.${changed}.${signature}`,
    `${head}.${body}`,
    `${head}.${body}.`,
    `${head}.${body}.${signature.slice(0, 40)}`,
    token.slice(0, 30),
    `${token}.${signature}`,
    ".".repeat(2),
  ]) {
    expect(await ask(api, `Bearer ${bad}`)).toMatchObject([401, expect.any(String), {}]);
  }
});

test("a token ends in its time, though it was good before", async () => {
  let now = 1_800_000_000_000;
  await using api = startApi({ clock: { now: () => now, sleep: async () => {} } });
  const token = `Bearer ${await api.tokenOf("customer")}`;
  now += accessSeconds * 1_000 - 1;
  expect((await ask(api, token))[0]).toBe(200);
  now += 1;
  expect(await ask(api, token)).toMatchObject([401, "ExpiredAuthenticationToken", {}]);
});

test("a token is good at the origin that gave it, and ends with its account", async () => {
  await using api = startApi();
  const token = `Bearer ${await api.tokenOf("customer")}`;
  expect((await ask(api, token, "http://elsewhere"))[0]).toBe(401);
  const account = (await listAccounts(api.store)).find(({ clientId }) => clientId === "customer");
  await api.store.transaction(async (writer) => {
    if (account !== undefined) await removeAccount(writer, account);
  });
  expect((await ask(api, token))[0]).toBe(401);
});

test("keys change every thirty days, an old one verifies until its tokens are out, and none lies open", async () => {
  let now = 1_800_000_000_000;
  const clock: Clock = { now: () => now, sleep: async () => {} };
  await using api = startApi({ clock });
  const kidOf = (token: string) => String(decodeProtectedHeader(token).kid);
  const { sign, id } = await forge(api);
  now += 31 * 86_400_000;
  const year = Math.floor(now / 1_000) + 31_536_000;
  const old = await sign({ exp: year });
  const other = await api.raw(
    new Request(`${origin}/adfs/oauth2/token`, {
      method: "POST",
      body: new URLSearchParams({
        grant_type: "client_credentials",
        client_id: "customer",
        client_secret: "customer-secret",
      }),
    }),
  );
  const { access_token: young } = (await other.json()) as { access_token: string };
  expect(kidOf(young)).not.toBe(id);
  expect((await ask(api, `Bearer ${old}`))[0]).toBe(200);
  expect((await ask(api, `Bearer ${young}`))[0]).toBe(200);
  const keys = new SigningKeys({ ...api.deps, tokenMs: accessSeconds * 1_000 });
  expect((await keys.published()).map(({ kid }) => kid)).toEqual([kidOf(young), id]);
  now += 30 * 86_400_000 + 1_000;
  await keys.current();
  expect((await keys.published()).map(({ kid }) => kid)).toEqual([
    expect.any(String),
    kidOf(young),
  ]);
  expect((await keys.published()).every((key) => !("d" in key))).toBe(true);
  const stored = JSON.stringify(await api.store.listRecords("signing-key"));
  expect(stored).toContain("sealed:");
  expect(stored).not.toContain("PRIVATE KEY");
});
