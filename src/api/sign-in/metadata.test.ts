import { expect, test } from "vitest";
import { startApi } from "../api-fixture.ts";

async function read(path: string): Promise<unknown> {
  await using api = startApi();
  const response = await api.raw(new Request(`https://cloud.example:8443${path}`));
  expect(response.status).toBe(200);
  return response.json();
}

const origin = "https://cloud.example:8443";

test("each client finds the cloud in the form that it reads", async () => {
  expect(await read("/metadata/endpoints?api-version=2015-01-01")).toMatchObject({
    graphEndpoint: origin,
    authentication: { loginEndpoint: `${origin}/adfs`, audiences: [origin] },
  });
  expect(await read("//metadata/endpoints?api-version=2018-01-01")).toEqual({
    cloudEndpoint: {
      public: {
        endpoint: "cloud.example:8443",
        locations: ["westeurope", "northeurope", "eastus"],
      },
    },
  });
  const [first] = (await read("//metadata/endpoints/?api-version=2019-05-01")) as unknown[];
  expect(first).toMatchObject({
    name: "Causeway",
    resourceManager: origin,
    authentication: { loginEndpoint: `${origin}/adfs` },
  });
  expect(await read("/Metadata/Endpoints?api-version=2022-09-01")).toMatchObject({
    name: "Causeway",
    resourceManager: origin,
    microsoftGraphResourceId: origin,
    authentication: { loginEndpoint: origin, audiences: [origin] },
    suffixes: { storage: "cloud.example:8443", keyVaultDns: "cloud.example:8443" },
  });
});

test.each([
  ["/adfs", "/adfs", "/adfs", ""],
  ["/adfs/any-name", "/adfs", "/adfs", ""],
  ["/organizations/v2.0", "/{tenant}/v2.0", "/{tenant}", "/v2.0"],
  ["/{tenant}/v2.0", "/{tenant}/v2.0", "/{tenant}", "/v2.0"],
])("%s describes itself", async (path, issuer, root, version) => {
  const tenantId = "00000000-0000-4000-8000-000000000001";
  const at = (text: string) => text.replace("{tenant}", tenantId);
  const document = (await read(`${at(path)}/.well-known/openid-configuration`)) as {
    jwks_uri: string;
  };
  expect(document).toMatchObject({
    issuer: `${origin}${at(issuer)}`,
    token_endpoint: `${origin}${at(root)}/oauth2${version}/token`,
    device_authorization_endpoint: `${origin}${at(root)}/oauth2${version}/devicecode`,
  });
  const { keys } = (await read(new URL(document.jwks_uri).pathname)) as { keys: object[] };
  expect(keys).toEqual([
    {
      kty: "EC",
      crv: "P-256",
      x: expect.any(String),
      y: expect.any(String),
      kid: expect.any(String),
      alg: "ES256",
      use: "sig",
    },
  ]);
});
