/** Cloud metadata in its four versions, and tokens by both styles of address, as clients ask for them before all else. */
import { decodeJwt } from "jose";
import { expect, test } from "vitest";
import { type Api, at, makeGroup, startApi } from "../../../src/api/api-fixture.ts";
import { origin, subscription, tenant, tokenOf } from "./arm-replay.ts";

async function metadata(
  api: Api,
  version: string,
  path = "//metadata/endpoints",
): Promise<unknown> {
  const response = await api.raw(new Request(`${origin}${path}?api-version=${version}`));
  expect([version, response.status, response.headers.get("content-type")]).toEqual([
    version,
    200,
    "application/json; charset=utf-8",
  ]);
  return response.json();
}

test("each version of the metadata has the shape that its clients parse", async () => {
  await using api = startApi();
  for (const path of ["/metadata/endpoints", "//metadata/endpoints", "/Metadata/Endpoints/"]) {
    // az cloud register.
    expect(await metadata(api, "2015-01-01", path)).toMatchObject({
      graphEndpoint: origin,
      authentication: { loginEndpoint: `${origin}/adfs`, audiences: [origin] },
    });
    // azurerm checks locations.
    expect(await metadata(api, "2018-01-01", path)).toEqual({
      cloudEndpoint: {
        public: {
          endpoint: "causeway.example:8443",
          locations: ["westeurope", "northeurope", "eastus"],
        },
      },
    });
    // az by ARM_CLOUD_METADATA_URL; a cloud of that name would be signed in to elsewhere.
    const list = (await metadata(api, "2019-05-01", path)) as {
      name: string;
      authentication: object;
    }[];
    expect(list.map(({ name }) => name)).not.toContain("AzureCloud");
    expect(list[0]).toMatchObject({ authentication: { loginEndpoint: `${origin}/adfs` } });
    // azurerm and Pulumi: one object, its login address without a slash at the end.
    expect(await metadata(api, "2022-09-01", path)).toMatchObject({
      name: expect.stringMatching(/./),
      resourceManager: origin,
      microsoftGraphResourceId: expect.stringMatching(/./),
      authentication: { loginEndpoint: origin, audiences: [origin], tenant },
      suffixes: { storage: expect.stringMatching(/./), keyVaultDns: expect.stringMatching(/./) },
    });
  }
});

test.each([
  ["azurerm, Pulumi", `/${tenant}/oauth2/v2.0/token`, {}],
  ["the older address of a tenant", `/${tenant}/oauth2/token`, { resource: origin, scope: "" }],
  [
    "az",
    "/adfs/oauth2/token",
    { client_info: "1", claims: '{"access_token":{"xms_cc":{"values":["CP1"]}}}' },
  ],
  ["az of a tenant", `/adfs/${tenant}/oauth2/v2.0/token`, {}],
  [
    "arm-network 39",
    `/${tenant}/oauth2/v2.0/token?client-request-id=1`,
    { scope: "https://management.azure.com/.default" },
  ],
  ["a doubled slash", `//${tenant}/oauth2/v2.0/token`, {}],
])("%s: a token with what is read of it, good at once", async (_, path, more) => {
  await using api = startApi();
  await api.tokenOf("customer");
  await makeGroup(api);
  const answer = await tokenOf(api, path, "customer", more);
  const token = String(answer["access_token"]);
  expect(answer).toMatchObject({ token_type: "Bearer", expires_in: expect.any(Number) });
  // azurerm renews when less than twenty minutes are left.
  expect(Number(answer["expires_in"])).toBeGreaterThanOrEqual(3_600);
  const claims = decodeJwt(token);
  const now = Math.floor(api.deps.clock.now() / 1_000);
  expect(claims).toMatchObject({
    oid: expect.stringMatching(/^[0-9a-f-]{36}$/),
    tid: tenant,
    appid: "customer",
    aud: expect.any(String),
    iat: now,
    exp: now + Number(answer["expires_in"]),
  });
  const asked = new Request(`${origin}${at.group}?api-version=2023-07-01`, {
    headers: { authorization: `Bearer ${token}` },
  });
  expect((await api.raw(asked)).status).toBe(200);
});

test("a token for the graph, asked for at the start, opens nothing here", async () => {
  await using api = startApi();
  await api.tokenOf("customer");
  const scope = "https://graph.microsoft.com/.default";
  const answer = await tokenOf(api, `/${tenant}/oauth2/v2.0/token`, "customer", { scope });
  expect(decodeJwt(String(answer["access_token"]))).toMatchObject({ oid: expect.any(String) });
  const asked = new Request(`${origin}${subscription}?api-version=2022-09-01`, {
    headers: { authorization: `Bearer ${answer["access_token"]}` },
  });
  expect((await api.raw(asked)).status).toBe(401);
});

test("documents of both styles name token endpoints that give tokens", async () => {
  await using api = startApi();
  await api.tokenOf("customer");
  for (const place of [
    "/adfs",
    "/adfs/contoso",
    `/${tenant}/v2.0`,
    "/organizations/v2.0",
    "/common/v2.0",
  ]) {
    const response = await api.raw(
      new Request(`${origin}${place}/.well-known/openid-configuration`),
    );
    const document = (await response.json()) as Record<string, string>;
    expect([place, response.status]).toEqual([place, 200]);
    for (const name of [
      "issuer",
      "authorization_endpoint",
      "token_endpoint",
      "device_authorization_endpoint",
      "jwks_uri",
    ]) {
      expect([place, name, document[name]?.slice(0, origin.length)]).toEqual([place, name, origin]);
    }
    const path = document["token_endpoint"]?.slice(origin.length) ?? "";
    const { access_token: token } = await tokenOf(api, path, "customer");
    expect(decodeJwt(String(token)).iss).toMatch(origin);
  }
});

test("first requests after signing in: subscriptions, tenants and locations", async () => {
  await using api = startApi();
  await api.tokenOf("customer");
  const { access_token: token } = await tokenOf(api, `/${tenant}/oauth2/v2.0/token`, "customer");
  const read = async (path: string, version: string) => {
    const headers = { authorization: `Bearer ${token}` };
    const response = await api.raw(
      new Request(`${origin}${path}?api-version=${version}`, { headers }),
    );
    expect([path, response.status]).toEqual([path, 200]);
    return response.json();
  };
  expect(await read("/subscriptions", "2019-11-01")).toMatchObject({
    value: [{ id: subscription, tenantId: tenant, state: "Enabled", managedByTenants: [] }],
  });
  expect(await read("/tenants", "2019-11-01")).toMatchObject({ value: [{ tenantId: tenant }] });
  expect(await read(`${subscription}/locations`, "2019-11-01")).toMatchObject({
    value: expect.arrayContaining([
      expect.objectContaining({ name: "westeurope", displayName: "West Europe" }),
    ]),
  });
});
