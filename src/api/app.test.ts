import fc from "fast-check";
import { expect, test } from "vitest";
import {
  at,
  customerSubscription,
  good,
  make,
  makeGroup,
  makeProvisioned,
  providerSubscription,
  refusalsIn,
  startApi,
} from "./api-fixture.ts";

test("a circuit goes from order to traffic", async () => {
  await using api = startApi();
  await makeGroup(api);
  const key = await makeProvisioned(api, "blue");
  await make(api, at.peering("blue"), { body: good.peering() });
  await make(api, at.vnet("vnet"), { body: good.vnet() });
  await make(api, at.gateway("gw"), { body: good.gateway() });
  await make(api, at.connection("link"), { body: good.connection() });
  const { body } = await api.call("customer", "GET", at.circuit("blue"));
  expect(body).toMatchObject({
    name: "blue",
    type: "Microsoft.Network/expressRouteCircuits",
    location: "westeurope",
    sku: { name: "Standard_MeteredData" },
    properties: {
      serviceKey: key,
      stag: 1,
      circuitProvisioningState: "Enabled",
      serviceProviderProvisioningState: "Provisioned",
      provisioningState: "Succeeded",
      peerings: [
        {
          name: "AzurePrivatePeering",
          properties: {
            azureASN: 12076,
            primaryAzurePort: "ams-e1:nni0",
            secondaryAzurePort: "ams-e2:nni0",
            lastModifiedBy: "Customer",
          },
        },
      ],
    },
  });
});

test("a write is followed by its operation, a deletion until the resource is gone", async () => {
  await using api = startApi();
  await makeGroup(api);
  const put = await api.call("customer", "PUT", at.circuit("blue"), good.circuit());
  expect([put.status, put.headers.get("retry-after")]).toEqual([201, "1"]);
  expect(put.body["properties"]).toMatchObject({ provisioningState: "Updating" });
  const status = put.headers.get("azure-asyncoperation") ?? "";
  expect(status).toMatch(
    /^http:\/\/api\/subscriptions\/.*\/locations\/westeurope\/operations\/.*\?api-version=2025-05-01$/,
  );
  const pending = await api.call("customer", "GET", status);
  expect([pending.status, pending.body["status"], pending.headers.get("retry-after")]).toEqual([
    200,
    "InProgress",
    "1",
  ]);
  await api.settle();
  expect((await api.call("customer", "GET", status)).body["status"]).toBe("Succeeded");
  expect((await api.call("customer", "PUT", at.circuit("blue"), good.circuit())).status).toBe(200);

  const gone = await api.call("customer", "DELETE", at.circuit("blue"));
  const location = gone.headers.get("location") ?? "";
  expect([gone.status, gone.headers.get("retry-after")]).toEqual([202, "1"]);
  const going = await api.call("customer", "GET", at.circuit("blue"));
  expect(going.body["properties"]).toMatchObject({ provisioningState: "Deleting" });
  const put2 = await api.call("customer", "PUT", at.circuit("blue"), good.circuit());
  expect(refusalsIn(put2)[0]).toMatch(/^AnotherOperationInProgress/);
  expect((await api.call("customer", "DELETE", at.circuit("blue"))).headers.get("location")).toBe(
    location,
  );
  expect((await api.call("customer", "GET", location)).status).toBe(202);
  await api.settle();
  expect((await api.call("customer", "GET", location)).status).toBe(204);
  expect((await api.call("customer", "GET", at.circuit("blue"))).status).toBe(404);
  expect((await api.call("customer", "DELETE", at.circuit("blue"))).status).toBe(204);
});

test("paths count no case, no repeated slash and no slash at the end", async () => {
  await using api = startApi();
  await makeGroup(api);
  await make(api, at.circuit("Blue"), { body: good.circuit() });
  const { body } = await api.call(
    "customer",
    "GET",
    `/${at.circuit("BLUE").toUpperCase()}/`.replace("PROVIDERS/", "PROVIDERS//"),
  );
  expect(body["id"]).toBe(at.circuit("Blue"));
});

test("what a client reads of any type it can send back unchanged", async () => {
  await using api = startApi();
  await makeGroup(api);
  await makeProvisioned(api, "blue");
  await make(api, at.peering("blue"), { body: good.peering() });
  await make(api, `${at.circuit("blue")}/authorizations/a`, { body: { name: "a" } });
  await make(api, at.vnet("vnet"), { body: good.vnet() });
  await make(api, at.gateway("gw"), { body: good.gateway() });
  await make(api, at.connection("link"), { body: good.connection() });
  await make(api, at.port("port"), { body: good.port() });
  const subnet = { id: `${at.vnet("vnet")}/subnets/default` };
  await make(api, at.machine("vm"), { body: { location: "westeurope", properties: { subnet } } });
  for (const { id } of await api.store.list({})) {
    const who = id.includes(providerSubscription) ? "provider" : "customer";
    const { body } = await api.call(who, "GET", id);
    const again = await api.call(who, "PUT", id, body);
    expect([id, again.status, again.body]).toEqual([id, 200, body]);
  }
});

test("the same request twice, and at once, has one effect (I3)", async () => {
  await using api = startApi();
  await makeGroup(api);
  const answers = await Promise.all(
    Array.from({ length: 8 }, () =>
      api.call("customer", "PUT", at.circuit("blue"), good.circuit()),
    ),
  );
  expect(answers.map(({ status }) => status).sort()).toEqual([...Array<number>(7).fill(200), 201]);
  expect(new Set(answers.map(({ body }) => body["properties"]?.["serviceKey"])).size).toBe(1);
  expect(new Set(answers.map(({ headers }) => headers.get("azure-asyncoperation"))).size).toBe(1);
  expect(await api.store.allocations("stag/ams-nni")).toHaveLength(1);
});

test("parallel orders never share a tag, and never sell more than there is (I4)", async () => {
  await using api = startApi();
  await makeGroup(api);
  const answers = await Promise.all(
    Array.from({ length: 12 }, (_, index) =>
      api.call("customer", "PUT", at.circuit(`c${index}`), good.circuit(200)),
    ),
  );
  const tags = answers.flatMap(({ body }) =>
    body["properties"] ? [body["properties"]["stag"]] : [],
  );
  expect(tags).toHaveLength(10);
  expect(new Set(tags).size).toBe(10);
});

test("of writers who hold the same version one wins", async () => {
  await using api = startApi();
  await makeGroup(api);
  const { body } = await api.call("customer", "PUT", at.circuit("blue"), good.circuit());
  const answers = await Promise.all(
    ["a", "b", "c"].map((value) =>
      api.callWith("customer", {
        method: "PUT",
        path: at.circuit("blue"),
        body: { ...good.circuit(), tags: { value } },
        headers: { "if-match": String(body["etag"]) },
      }),
    ),
  );
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 412, 412]);
  const stale = (method: string) =>
    api.callWith("customer", {
      method,
      path: at.circuit("blue"),
      headers: { "if-match": '"old"' },
    });
  expect((await stale("DELETE")).status).toBe(412);
  const fresh = { method: "PUT", path: at.circuit("new"), body: good.circuit() };
  expect((await api.callWith("customer", { ...fresh, headers: { "if-match": "*" } })).status).toBe(
    412,
  );
  const ifNone = { ...fresh, headers: { "if-none-match": "*" } };
  expect((await api.callWith("customer", ifNone)).status).toBe(201);
  expect((await api.callWith("customer", ifNone)).status).toBe(412);
});

test("lists come in pages, by absolute links", async () => {
  await using api = startApi();
  await makeGroup(api);
  for (let index = 0; index < 7; index += 1) {
    await make(api, at.vnet(`v${index}`), { body: good.vnet(`10.${index}.0.0/16`) });
  }
  const names: unknown[] = [];
  let next = `${at.group}/providers/Microsoft.Network/virtualNetworks?$top=3`;
  for (let page = 0; page < 3; page += 1) {
    const { body } = await api.call("customer", "GET", next);
    names.push(
      ...(JSON.parse(JSON.stringify(body["value"])) as { name: string }[]).map(({ name }) => name),
    );
    next = String(body["nextLink"]);
    expect(next).toMatch(page < 2 ? /^http:\/\/api\/.*skiptoken/ : /undefined/);
  }
  expect(names).toEqual(["v0", "v1", "v2", "v3", "v4", "v5", "v6"]);
  const all = await api.call("customer", "GET", `/subscriptions/${customerSubscription}/resources`);
  expect(all.body["value"]).toHaveLength(7);
  const none = await api.call(
    "customer",
    "GET",
    `${at.group}/providers/Microsoft.Network/connections`,
  );
  expect(none.body).toEqual({ value: [] });
  const unknown = at.group.replace(/rg$/, "none");
  const missing = await api.call(
    "customer",
    "GET",
    `${unknown}/providers/Microsoft.Network/connections`,
  );
  expect(refusalsIn(missing)).toEqual(["ResourceGroupNotFound"]);
  const orphan = await api.call("customer", "GET", `${at.vnet("none")}/subnets`);
  expect(refusalsIn(orphan)).toEqual(["ParentResourceNotFound"]);
});

test("PATCH replaces the tags and nothing else", async () => {
  await using api = startApi();
  await makeGroup(api);
  await make(api, at.circuit("blue"), { body: { ...good.circuit(), tags: { a: "1" } } });
  const { status, body } = await api.call("customer", "PATCH", at.circuit("blue"), {
    tags: { b: "2" },
  });
  expect([status, body["tags"]]).toEqual([200, { b: "2" }]);
  const more = await api.call("customer", "PATCH", at.circuit("blue"), { properties: {} });
  expect(refusalsIn(more)).toEqual(["InvalidParameter tags"]);
  const child = await api.call("customer", "PATCH", at.peering("blue"), { tags: {} });
  expect(child.status).toBe(405);
});

test("groups are made, found by HEAD, and hold what is made in them", async () => {
  await using api = startApi();
  const head = async () => (await api.call("customer", "HEAD", at.group)).status;
  expect(await head()).toBe(404);
  const early = await api.call("customer", "PUT", at.circuit("blue"), good.circuit());
  expect([early.status, ...refusalsIn(early)]).toEqual([404, "ResourceGroupNotFound"]);
  const where = await api.call("customer", "PUT", at.group, { location: "mars" });
  expect(refusalsIn(where)).toEqual(["LocationNotAvailable location"]);
  await makeGroup(api);
  expect(await head()).toBe(204);
  const { body } = await api.call("customer", "GET", at.group.toUpperCase());
  expect(body).toMatchObject({
    type: "Microsoft.Resources/resourceGroups",
    location: "westeurope",
  });
  const list = await api.call(
    "customer",
    "GET",
    `/subscriptions/${customerSubscription}/resourcegroups`,
  );
  expect(list.body["value"]).toHaveLength(1);
});

test.each([
  ["no token", {}],
  ["another scheme", { authorization: "Basic abc" }],
  ["a token that nobody holds", { authorization: "Bearer nobody" }],
])("%s is answered with 401 in JSON", async (_, headers) => {
  await using api = startApi();
  const response = await api.raw(
    new Request(`http://api${at.group}?api-version=2025-05-01`, { headers }),
  );
  expect(response.status).toBe(401);
  expect(response.headers.get("www-authenticate")).toMatch(/^Bearer /);
  expect(await response.json()).toMatchObject({ error: { code: "AuthenticationFailed" } });
});

test("everyone sees their own subscription, and another's as if it did not exist", async () => {
  await using api = startApi();
  await makeGroup(api);
  await make(api, at.circuit("blue"), { body: good.circuit() });
  for (const path of [at.circuit("blue"), at.circuit("none"), at.group]) {
    const answer = await api.call("other", "GET", path);
    expect([answer.status, ...refusalsIn(answer)]).toEqual([404, "SubscriptionNotFound"]);
  }
  expect((await api.call("provider", "GET", at.circuit("blue"))).status).toBe(404);
  expect((await api.call("operator", "GET", at.circuit("blue"))).status).toBe(200);
  const mine = at.vnet("x").replace(customerSubscription, providerSubscription);
  expect((await api.call("provider", "PUT", mine, good.vnet())).status).toBe(403);
  const crossConnections = `/subscriptions/${customerSubscription}/providers/Microsoft.Network/expressRouteCrossConnections`;
  expect((await api.call("customer", "GET", crossConnections)).status).toBe(403);
  expect((await api.call("customer", "GET", "/causeway/nodes")).status).toBe(403);
  const subscriptions = await api.call("customer", "GET", "/subscriptions");
  expect(subscriptions.body["value"]).toHaveLength(1);
});

test.each([
  ["without", "", "MissingApiVersionParameter"],
  ["with an old", "?api-version=2014-01-01", "NoRegisteredProviderFound"],
  ["with an odd", "?api-version=latest", "NoRegisteredProviderFound"],
])("a request %s api-version is refused", async (_, query, code) => {
  await using api = startApi();
  const headers = { authorization: "Bearer customer-token" };
  const response = await api.raw(new Request(`http://api${at.group}${query}`, { headers }));
  expect([response.status, await response.json()]).toMatchObject([400, { error: { code } }]);
});

test.each([
  ["text", "hello", 400],
  ["a list", "[]", 400],
  ["a number", "7", 400],
  ["null", "null", 400],
  ["half of JSON", '{"location":', 400],
  ["JSON that nests deep", "[".repeat(100_000), 400],
  ["objects that nest deep", `${'{"properties":'.repeat(40)}1${"}".repeat(40)}`, 400],
  ["more than a megabyte", `{"location":"${"x".repeat(1_100_000)}"}`, 413],
  [
    "a prototype",
    '{"__proto__":{"location":"x"},"location":"westeurope","properties":{"__proto__":{}}}',
    400,
  ],
  ["a list in place of properties", '{"location":"westeurope","properties":[]}', 400],
  ["numbers in place of texts", '{"location":7,"sku":7,"properties":7,"tags":7}', 400],
])("%s as a body is refused and never a fault", async (_, body, status) => {
  await using api = startApi();
  await makeGroup(api);
  const answer = await api.call("customer", "PUT", at.circuit("blue"), body);
  expect([answer.status, typeof answer.body["error"]?.["message"]]).toEqual([status, "string"]);
});

test("random bytes and random JSON on every type are refused, never a fault", async () => {
  await using api = startApi();
  await makeGroup(api);
  await makeProvisioned(api, "blue");
  const paths = [
    at.circuit("x"),
    at.peering("blue"),
    at.vnet("x"),
    `${at.circuit("blue")}/authorizations/a`,
    at.gateway("x"),
    at.connection("x"),
    at.port("x"),
    at.machine("x"),
    at.group,
  ];
  const bodies = [
    good.circuit(),
    good.peering(),
    good.vnet(),
    good.gateway(),
    good.connection(),
    good.port(),
  ];
  const mutated = fc
    .tuple(fc.constantFrom(...bodies), fc.nat(), fc.jsonValue({ maxDepth: 3 }))
    .map(([body, where, value]) => replaceSomewhere(body, where, value));
  const arbitrary = fc.oneof(fc.uint8Array({ maxLength: 200 }), fc.json(), mutated);
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...paths), arbitrary, async (path, body) => {
      const response = await api.raw(
        new Request(`http://api${path}?api-version=2025-05-01`, {
          method: "PUT",
          headers: { authorization: "Bearer customer-token" },
          body: typeof body === "string" ? body : Buffer.from(body),
        }),
      );
      expect(response.status).toBeLessThan(500);
      JSON.parse(await response.text());
    }),
    { numRuns: 400 },
  );
});

/** The body with one of its values, at any depth, replaced. */
function replaceSomewhere(body: unknown, where: number, value: unknown): string {
  const text = JSON.stringify(body);
  let count = 0;
  JSON.parse(text, (_, part: unknown) => {
    count += 1;
    return part;
  });
  let seen = 0;
  const changed: unknown = JSON.parse(text, (_, part: unknown) => {
    seen += 1;
    return seen === (where % count) + 1 ? value : part;
  });
  return JSON.stringify(changed);
}

test.each([
  "/",
  "/favicon.ico",
  "/subscriptions/%zz",
  "/subscriptions/x/resourceGroups/rg/providers",
  `/subscriptions/${customerSubscription}/providers/Microsoft.Network/unknowns`,
  `${at.circuit("blue")}/unknown`,
  `${at.circuit("blue")}/peerings/AzurePrivatePeering/arpTables/primary`,
  `/subscriptions/${customerSubscription}/providers/Microsoft.Network/locations/x/operations/none`,
  `${at.circuit("a%2fb%00")}`,
  `${at.circuit("x".repeat(5000))}`,
])("the path %s is refused in JSON", async (path) => {
  await using api = startApi();
  for (const method of ["GET", "PUT", "DELETE", "POST", "PATCH", "OPTIONS"]) {
    const answer = await api.call(
      "operator",
      method,
      path.slice(0, 6000),
      method === "GET" ? undefined : {},
    );
    expect([method, answer.status < 500, answer.status]).toEqual([method, true, answer.status]);
  }
  const got = await api.call("operator", "GET", path);
  expect(got.status).toBeGreaterThanOrEqual(400);
});

test("names that no resource may have are refused", async () => {
  await using api = startApi();
  await makeGroup(api);
  for (const name of ["a b", "-a", "a/b", "ä", "x".repeat(81), "a.", "a%25b"]) {
    const path = at.circuit(encodeURIComponent(name));
    const answer = await api.call("customer", "PUT", path, good.circuit());
    expect([name, ...refusalsIn(answer)]).toEqual([name, "InvalidResourceName name"]);
  }
});

test("operators see what nodes say", async () => {
  await using api = startApi();
  await api.store.transaction((writer) =>
    writer.replaceFragments("circuit:x", [
      { node: "ams-e1", fragment: { kind: "port", key: "p", port: "d0", enabled: true } },
    ]),
  );
  const health = async () => (await api.call("operator", "GET", "/causeway/health")).body;
  expect(await health()).toMatchObject({ status: "converging", nodesBehind: ["ams-e1"] });
  const fragment = { key: "p", state: "failed", error: "no such port" } as const;
  await api.store.writeReport({ node: "ams-e1", generation: 1, fragments: [fragment] });
  const { body } = await api.call("operator", "GET", "/causeway/nodes");
  expect(body["value"]).toMatchObject([
    {
      name: "ams-e1",
      generationWanted: 1,
      generationApplied: 1,
      fragmentsFailed: [{ key: "p", error: "no such port" }],
    },
    { name: "ams-e2" },
    { name: "ny-e1" },
    { name: "ny-e2" },
  ]);
  expect(await health()).toMatchObject({ status: "failing", nodesFailing: ["ams-e1"] });
  await api.store.writeReport({ node: "ams-e1", generation: 1, fragments: [] });
  expect(await health()).toMatchObject({ status: "converged" });
});
