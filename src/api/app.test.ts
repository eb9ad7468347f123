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
  // az takes `properties` in this list for a fault.
  expect(all.body["value"]?.["0"]).toEqual({
    id: at.vnet("v0"),
    name: "v0",
    type: "Microsoft.Network/virtualNetworks",
    location: "westeurope",
    tags: {},
    provisioningState: "Succeeded",
  });
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
