import { expect, test } from "vitest";
import {
  at,
  customerSubscription,
  good,
  make,
  makeGroup,
  makeProvisioned,
  provision,
  refusalsIn,
  smallInventory,
  startApi,
} from "../../../src/api/api-fixture.ts";
import { PREFIXES_BEYOND } from "../../../src/domain/prefixes-in-use.ts";

const offer = "properties.serviceProviderProperties";

async function refused(body: unknown, before: unknown = undefined) {
  await using api = startApi();
  await makeGroup(api);
  if (before !== undefined) await make(api, at.circuit("blue"), { body: before });
  const answer = await api.call("customer", "PUT", at.circuit("blue"), body);
  return { status: answer.status, refusals: refusalsIn(answer), answer };
}

function offering(changes: object, sku: object = {}) {
  const { properties, ...rest } = good.circuit();
  const serviceProviderProperties = { ...properties.serviceProviderProperties, ...changes };
  return {
    ...rest,
    sku: { ...rest.sku, ...sku },
    properties: { serviceProviderProperties },
  };
}

test.each([
  [
    "an unknown provider",
    offering({ serviceProviderName: "Nobody" }),
    `ProviderUnknown ${offer}.serviceProviderName`,
  ],
  [
    "a provider that is not there",
    offering({ peeringLocation: "Oslo" }),
    `ProviderUnknown ${offer}.peeringLocation`,
  ],
  [
    "a bandwidth that is not sold",
    offering({ bandwidthInMbps: 51 }),
    `BandwidthNotOffered ${offer}.bandwidthInMbps`,
  ],
  ["a metered Local circuit", offering({}, { tier: "Local" }), "SkuInvalid sku.family"],
  [
    "a SKU name that contradicts its tier",
    offering({}, { name: "Premium_MeteredData" }),
    "SkuInvalid sku.name",
  ],
  ["an unknown tier", offering({}, { tier: "Basic" }), "InvalidParameter sku.tier"],
  ["an unknown region", { ...good.circuit(), location: "mars" }, "LocationNotAvailable location"],
  [
    "neither provider nor port",
    { ...good.circuit(), properties: {} },
    "InvalidParameter properties",
  ],
  [
    "a port that does not exist",
    good.directCircuit("nowhere"),
    "InvalidResourceReference properties.expressRoutePort.id",
  ],
  [
    "a provider's bandwidth in Gbit/s too",
    { ...good.circuit(), properties: { ...good.circuit().properties, bandwidthInGbps: 1 } },
    "InvalidParameter properties.bandwidthInGbps",
  ],
  [
    "a Direct port's rate limit on a provider's circuit",
    {
      ...good.circuit(),
      properties: { ...good.circuit().properties, enableDirectPortRateLimit: true },
    },
    "InvalidParameter properties.enableDirectPortRateLimit",
  ],
  [
    "Global Reach, which is not offered",
    { ...good.circuit(), properties: { ...good.circuit().properties, globalReachEnabled: true } },
    "InvalidParameter properties.globalReachEnabled",
  ],
  [
    "a field that does not exist",
    { ...good.circuit(), properties: { ...good.circuit().properties, colour: "blue" } },
    "UnknownField properties.colour",
  ],
  [
    "a peering inside a new circuit",
    {
      ...good.circuit(),
      properties: { ...good.circuit().properties, peerings: [{ name: "AzurePrivatePeering" }] },
    },
    "ChildNotEmbedded properties.peerings[0]",
  ],
])("%s is refused", async (_, body, expected) => {
  const { status, refusals } = await refused(body);
  expect(refusals).toEqual([expected]);
  expect(status).toBe(400);
});

test("all refusals of a request come at once, each saying what would pass", async () => {
  const { answer } = await refused({
    location: "mars",
    sku: { tier: "Gold", family: "MeteredData" },
    properties: { serviceProviderProperties: { serviceProviderName: 7 }, colour: 1 },
  });
  expect(answer.body["error"]?.["code"]).toBe("InvalidParameters");
  expect(refusalsIn(answer)).toEqual([
    "LocationNotAvailable location",
    "InvalidParameter sku.tier",
    `InvalidParameter ${offer}.serviceProviderName`,
    `InvalidParameter ${offer}.peeringLocation`,
    `InvalidParameter ${offer}.bandwidthInMbps`,
    "UnknownField properties.colour",
  ]);
  expect(answer.body["error"]?.["details"]?.["1"]?.["message"]).toBe(
    'sku.tier is refused: "Gold" is not allowed; it must be one of Local, Standard, Premium.',
  );
});

test.each([
  [
    "another provider location",
    offering({ peeringLocation: "New York" }),
    `ImmutableField ${offer}.peeringLocation`,
  ],
  ["another region", { ...good.circuit(), location: "eastus" }, "InvalidResourceLocation location"],
  ["a port in place of the provider", good.directCircuit("nowhere"), "ImmutableField"],
])("a circuit cannot be changed to %s", async (_, body, expected) => {
  const { refusals } = await refused(body, good.circuit());
  expect(refusals.join()).toContain(expected);
});

test("Unlimited cannot become Metered, and Metered can become Unlimited", async () => {
  const unlimited = offering({}, { family: "UnlimitedData" });
  expect((await refused(good.circuit(), unlimited)).refusals).toEqual(["SkuInvalid sku.family"]);
  expect((await refused(unlimited, good.circuit())).status).toBe(200);
});

test("bandwidth goes up while the pair has room, and down always", async () => {
  await using api = startApi();
  await makeGroup(api);
  await make(api, at.circuit("blue"), { body: good.circuit(50) });
  await make(api, at.circuit("green"), { body: good.circuit(1000) });
  const upgrade = await api.call("customer", "PUT", at.circuit("blue"), good.circuit(1000));
  expect(upgrade.status).toBe(200);
  const third = await api.call("customer", "PUT", at.circuit("red"), good.circuit(50));
  expect([third.status, ...refusalsIn(third)]).toEqual([
    409,
    `NoCapacity ${offer}.bandwidthInMbps`,
  ]);
  expect((await api.call("customer", "PUT", at.circuit("blue"), good.circuit(200))).status).toBe(
    200,
  );
  await make(api, at.circuit("red"), { body: good.circuit(200) });
  const again = await api.call("customer", "PUT", at.circuit("blue"), good.circuit(1000));
  expect(refusalsIn(again)).toEqual([`NoCapacity ${offer}.bandwidthInMbps`]);
});

test("the eleventh circuit of a region is refused", async () => {
  await using api = startApi();
  await makeGroup(api);
  for (let index = 0; index < 10; index += 1) {
    await make(api, at.circuit(`c${index}`), { body: good.circuit() });
  }
  const answer = await api.call("customer", "PUT", at.circuit("eleven"), good.circuit());
  expect(refusalsIn(answer)).toEqual(["LimitExceeded location"]);
});

test("the fifty-first circuit of a subscription is refused", async () => {
  await using api = startApi({
    inventory: {
      ...smallInventory,
      regions: Array.from({ length: 6 }, (_, index) => ({
        name: `region${index}`,
        displayName: `Region ${index}`,
        geography: "Europe",
      })),
    },
  });
  await make(api, at.group, { body: { location: "region0" } });
  const body = (index: number) => ({
    ...good.circuit(50, "New York"),
    location: `region${Math.floor(index / 10)}`,
  });
  for (let index = 0; index < 50; index += 1) {
    await make(api, at.circuit(`c${index}`), { body: body(index) });
  }
  const answer = await api.call("customer", "PUT", at.circuit("last"), body(50));
  expect(refusalsIn(answer)).toEqual(["LimitExceeded id"]);
});

test("az's update without provider properties keeps them and takes the bandwidth in Gbit/s", async () => {
  await using api = startApi();
  await makeGroup(api);
  await make(api, at.circuit("blue"), { body: good.circuit(50) });
  const { status, body } = await api.call("customer", "PUT", at.circuit("blue"), {
    location: "westeurope",
    sku: { name: "Standard_MeteredData", tier: "Standard", family: "MeteredData" },
    properties: { bandwidthInGbps: 0.2, peerings: [], authorizations: [], serviceKey: "x" },
  });
  expect(status).toBe(200);
  expect(body).toMatchObject({
    properties: {
      serviceProviderProperties: { serviceProviderName: "Exchange One", bandwidthInMbps: 200 },
    },
  });
});

test("what a client reads it can send back, and nothing changes", async () => {
  await using api = startApi();
  await makeGroup(api);
  await makeProvisioned(api, "blue");
  await make(api, at.peering("blue"), { body: good.peering() });
  const { body } = await api.call("customer", "GET", at.circuit("blue"));
  const again = await api.call("customer", "PUT", at.circuit("blue"), body);
  expect(again.status).toBe(200);
  expect(again.body["etag"]).toEqual(body["etag"]);
});

test("every reason against deleting a circuit is said", async () => {
  await using api = startApi();
  await makeGroup(api);
  const key = await makeProvisioned(api, "blue");
  await make(api, at.peering("blue"), { body: good.peering() });
  await make(api, at.vnet("vnet"), { body: good.vnet() });
  await make(api, at.gateway("gw"), { body: good.gateway() });
  await make(api, at.connection("link"), { body: good.connection() });
  const blocked = await api.call("customer", "DELETE", at.circuit("blue"));
  expect(blocked.status).toBe(409);
  expect(refusalsIn(blocked)).toEqual([
    "ConflictError properties.serviceProviderProvisioningState",
    `ConflictError ${at.connection("link")}`,
  ]);
  await api.call("customer", "DELETE", at.connection("link"));
  await api.settle();
  await provision(api, key, "NotProvisioned");
  expect((await api.call("customer", "DELETE", at.circuit("blue"))).status).toBe(202);
  await api.settle();
  expect((await api.call("customer", "GET", at.circuit("blue"))).status).toBe(404);
  expect((await api.call("provider", "GET", at.crossConnection(key))).status).toBe(404);
  expect(await api.store.allocations("stag/ams-nni")).toEqual([]);
});

test("a tier that reaches less than what is linked is refused", async () => {
  await using api = startApi();
  await makeGroup(api);
  const premium = offering({}, { tier: "Premium", family: "UnlimitedData" });
  await makeProvisioned(api, "blue", premium);
  await make(api, at.peering("blue"), { body: good.peering() });
  await make(api, at.vnet("vnet"), { body: { ...good.vnet(), location: "eastus" } });
  await make(api, at.gateway("gw"), { body: { ...good.gateway(), location: "eastus" } });
  await make(api, at.connection("link"), { body: { ...good.connection(), location: "eastus" } });
  const standard = offering({}, { family: "UnlimitedData" });
  const answer = await api.call("customer", "PUT", at.circuit("blue"), standard);
  expect(refusalsIn(answer)).toEqual(["RegionOutOfReach sku.tier"]);
});

test("a Direct circuit has what its port has left, and a tag with QinQ only", async () => {
  await using api = startApi();
  await makeGroup(api);
  await make(api, at.port("port"), { body: good.port("QinQ") });
  await make(api, at.port("dot1q"), { body: good.port("Dot1Q") });
  const refusedSize = await api.call(
    "customer",
    "PUT",
    at.circuit("a"),
    good.directCircuit("port", 3),
  );
  expect(refusalsIn(refusedSize)).toEqual(["BandwidthNotOffered properties.bandwidthInGbps"]);
  await make(api, at.circuit("a"), { body: good.directCircuit("port", 10) });
  await make(api, at.circuit("b"), { body: good.directCircuit("port", 10) });
  const full = await api.call("customer", "PUT", at.circuit("c"), good.directCircuit("port", 1));
  expect(refusalsIn(full)).toEqual(["NoCapacity properties.bandwidthInGbps"]);
  await make(api, at.circuit("d"), { body: good.directCircuit("dot1q", 1) });
  const [tagged, untagged] = await Promise.all(
    ["b", "d"].map(async (name) => (await api.call("customer", "GET", at.circuit(name))).body),
  );
  expect(tagged?.["properties"]).toMatchObject({
    stag: 2,
    serviceProviderProvisioningState: "Provisioned",
  });
  expect(untagged?.["properties"]).not.toHaveProperty("stag");
});

test("a Direct circuit grows to twice its pair and no further, and every reason against a change is told at once", async () => {
  await using api = startApi();
  await makeGroup(api);
  await make(api, at.port("port"), { body: good.port() });
  await make(api, at.circuit("a"), { body: good.directCircuit("port", 5) });
  const unlimited = {
    ...good.directCircuit("port", 5),
    sku: { tier: "Standard", family: "UnlimitedData" },
  };
  await make(api, at.circuit("b"), { body: unlimited });
  await make(api, at.circuit("a"), { body: good.directCircuit("port", 10) });
  await make(api, at.circuit("b"), {
    body: { ...unlimited, properties: good.directCircuit("port", 10).properties },
  });
  await make(api, at.circuit("a"), { body: good.directCircuit("port", 5) });
  await make(api, at.circuit("c"), { body: good.directCircuit("port", 5) });
  const before = await api.call("customer", "GET", at.circuit("a"));
  const metered = await api.call("customer", "PUT", at.circuit("a"), {
    ...good.directCircuit("port", 10),
    sku: { tier: "Local", family: "MeteredData" },
  });
  expect(refusalsIn(metered)).toEqual([
    "SkuInvalid sku.family",
    "NoCapacity properties.bandwidthInGbps",
  ]);
  expect((await api.call("customer", "GET", at.circuit("a"))).body).toEqual(before.body);
});

test("a port of another subscription is as good as none", async () => {
  await using api = startApi();
  await makeGroup(api);
  await make(api, at.port("port"), { body: good.port() });
  const other = at
    .circuit("a")
    .replace(customerSubscription, "22222222-2222-4222-8222-222222222222");
  const group = other.split("/providers/")[0] ?? "";
  await make(api, group, { who: "other", body: { location: "westeurope" } });
  const answer = await api.call("other", "PUT", other, good.directCircuit("port", 1));
  expect(refusalsIn(answer)).toEqual(["InvalidResourceReference properties.expressRoutePort.id"]);
});

test("a port that is going away takes no circuit", async () => {
  await using api = startApi();
  await makeGroup(api);
  await make(api, at.port("port"), { body: good.port() });
  await api.call("customer", "DELETE", at.port("port"));
  const answer = await api.call("customer", "PUT", at.circuit("a"), good.directCircuit());
  expect([answer.status, ...refusalsIn(answer)]).toEqual([
    409,
    "AnotherOperationInProgress properties.expressRoutePort.id",
  ]);
});

test("a change that leaves fewer links than are linked is refused", async () => {
  await using api = startApi();
  await makeGroup(api);
  const premium = offering({}, { tier: "Premium" });
  await makeProvisioned(api, "blue", premium);
  await make(api, at.peering("blue"), { body: good.peering() });
  for (let index = 0; index < 11; index += 1) {
    const name = `n${index}`;
    await make(api, at.vnet(name), { body: good.vnet(`10.${index}.0.0/16`) });
    await make(api, at.gateway(name), { body: good.gateway(name) });
    await make(api, at.connection(name), { body: good.connection("blue", name) });
  }
  const answer = await api.call("customer", "PUT", at.circuit("blue"), good.circuit());
  expect(refusalsIn(answer)).toEqual(["LimitExceeded sku.tier"]);
});

test("a tier that takes in fewer prefixes than are announced is refused, and says so", async () => {
  await using api = startApi();
  await makeGroup(api);
  await makeProvisioned(api, "blue", offering({}, { tier: "Premium" }));
  await make(api, at.peering("blue"), { body: good.peering() });
  const announced = (count: number) =>
    api.store.transaction(async (writer) => {
      const row = await writer.read(at.peering("blue"));
      if (row === undefined) throw new Error("there is no peering");
      await writer.putResource({ ...row, observed: { [PREFIXES_BEYOND]: { e1: count } } });
    });
  await announced(4_200);
  const answer = await api.call("customer", "PUT", at.circuit("blue"), good.circuit());
  expect(refusalsIn(answer)).toEqual(["LimitExceeded sku.tier"]);
  expect(JSON.stringify(answer.body)).toContain("4200 IPv4 prefixes on AzurePrivatePeering");
  await announced(0);
  const { status } = await api.call("customer", "PUT", at.circuit("blue"), good.circuit());
  expect(status).toBe(200);
});
