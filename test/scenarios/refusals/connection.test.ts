import { expect, test } from "vitest";
import {
  type Api,
  at,
  customerSubscription,
  good,
  make,
  makeGroup,
  makeProvisioned,
  otherSubscription,
  refusalsIn,
  startApi,
} from "../../../src/api/api-fixture.ts";

const peer = "properties.peer.id";
const gatewayId = "properties.virtualNetworkGateway1.id";

async function ready({
  space = "10.1.0.0/16",
  location = "westeurope",
  circuit = {},
} = {}): Promise<Api> {
  const api = startApi();
  await makeGroup(api);
  await makeProvisioned(api, "blue", { ...good.circuit(), ...circuit });
  await make(api, at.peering("blue"), { body: good.peering() });
  await make(api, at.vnet("vnet"), { body: { ...good.vnet(space), location } });
  await make(api, at.gateway("gw"), { body: { ...good.gateway(), location } });
  return api;
}

function connectionWith(changes: object, location = "westeurope") {
  return { location, properties: { ...good.connection().properties, ...changes } };
}

test.each([
  [
    "another kind",
    connectionWith({ connectionType: "IPsec" }),
    "InvalidParameter properties.connectionType",
  ],
  [
    "a weight above 32,000",
    connectionWith({ routingWeight: 32001 }),
    "InvalidParameter properties.routingWeight",
  ],
  [
    "FastPath by a small gateway",
    connectionWith({ expressRouteGatewayBypass: true }),
    "SkuInvalid properties.expressRouteGatewayBypass",
  ],
  ["a circuit that does not exist", good.connection("none"), `InvalidResourceReference ${peer}`],
  [
    "a gateway that does not exist",
    good.connection("blue", "none"),
    `InvalidResourceReference ${gatewayId}`,
  ],
  ["an id that is none", connectionWith({ peer: { id: "blue" } }), `InvalidParameter ${peer}`],
  ["another region", connectionWith({}, "eastus"), "InvalidResourceLocation location"],
])("%s is refused", async (_, body, expected) => {
  await using api = await ready();
  const answer = await api.call("customer", "PUT", at.connection("link"), body);
  expect(refusalsIn(answer)).toEqual([expected]);
});

test("a circuit that is not provisioned, and has no peering, is refused for both", async () => {
  await using api = await ready();
  await make(api, at.circuit("green"), { body: good.circuit() });
  const answer = await api.call("customer", "PUT", at.connection("link"), good.connection("green"));
  expect(refusalsIn(answer)).toEqual([`CircuitNotProvisioned ${peer}`, `PeeringMissing ${peer}`]);
});

test.each([
  ["Local", "northeurope", false],
  ["Local", "westeurope", true],
  ["Standard", "northeurope", true],
  ["Standard", "eastus", false],
  ["Premium", "eastus", true],
])("a %s circuit at Amsterdam and a network in %s: %s", async (tier, location, reached) => {
  await using api = await ready({ location, circuit: { sku: { tier, family: "UnlimitedData" } } });
  const body = { ...good.connection(), location };
  const answer = await api.call("customer", "PUT", at.connection("link"), body);
  expect(answer.status).toBe(reached ? 201 : 400);
  if (!reached) expect(refusalsIn(answer)).toEqual([`RegionOutOfReach ${gatewayId}`]);
});

test("one gateway and one circuit are joined once, and the ends stay", async () => {
  await using api = await ready();
  await make(api, at.connection("link"), { body: good.connection() });
  const twin = await api.call("customer", "PUT", at.connection("twin"), good.connection());
  expect(refusalsIn(twin)).toEqual([`ConnectionExists ${peer}`]);
  const moved = await api.call(
    "customer",
    "PUT",
    at.connection("link"),
    good.connection("green", "gw2"),
  );
  expect(refusalsIn(moved)).toEqual([`ImmutableField ${peer}`, `ImmutableField ${gatewayId}`]);
  const weighted = connectionWith({ routingWeight: 100 });
  expect((await api.call("customer", "PUT", at.connection("link"), weighted)).status).toBe(200);
});

test("networks of one circuit must not overlap each other or its peerings", async () => {
  await using api = await ready();
  await make(api, at.connection("link"), { body: good.connection() });
  await make(api, at.vnet("same"), { body: good.vnet("10.1.0.0/16") });
  await make(api, at.gateway("gw2"), { body: good.gateway("same") });
  const same = await api.call(
    "customer",
    "PUT",
    at.connection("two"),
    good.connection("blue", "gw2"),
  );
  expect(refusalsIn(same)).toEqual([`AddressSpaceOverlap ${gatewayId}`]);
  await make(api, at.vnet("over"), { body: good.vnet("192.168.0.0/16") });
  await make(api, at.gateway("gw3"), { body: good.gateway("over") });
  const over = await api.call(
    "customer",
    "PUT",
    at.connection("two"),
    good.connection("blue", "gw3"),
  );
  expect(refusalsIn(over)).toEqual([
    `AddressSpaceOverlap ${gatewayId}`,
    `AddressSpaceOverlap ${gatewayId}`,
  ]);
});

test("a circuit has no more links than its tier allows", async () => {
  await using api = await ready();
  for (let index = 0; index < 11; index += 1) {
    const space = `10.${index + 10}.0.0/16`;
    await make(api, at.vnet(`v${index}`), { body: good.vnet(space) });
    await make(api, at.gateway(`g${index}`), { body: good.gateway(`v${index}`) });
    if (index === 10) continue;
    await make(api, at.connection(`l${index}`), { body: good.connection("blue", `g${index}`) });
  }
  const answer = await api.call(
    "customer",
    "PUT",
    at.connection("l10"),
    good.connection("blue", "g10"),
  );
  expect(refusalsIn(answer)).toEqual([`LimitExceeded ${peer}`]);
});

test("a gateway has its number of circuits, and a network four of one location", async () => {
  await using api = startApi();
  await makeGroup(api);
  await make(api, at.vnet("vnet"), { body: good.vnet() });
  await make(api, at.gateway("gw"), { body: good.gateway() });
  for (const port of ["p1", "p2"]) await make(api, at.port(port), { body: good.port() });
  const joined = async (index: number) => {
    const circuit = `c${index}`;
    await make(api, at.circuit(circuit), { body: good.directCircuit("p1", 1) });
    await make(api, at.peering(circuit), { body: good.peering() });
    return api.call("customer", "PUT", at.connection(circuit), good.connection(circuit));
  };
  for (let index = 0; index < 4; index += 1) expect((await joined(index)).status).toBe(201);
  expect(refusalsIn(await joined(4))).toEqual([
    `LimitExceeded ${gatewayId}`,
    `LimitExceeded ${peer}`,
  ]);
});

test("a network with more than 200 spaces is not joined", async () => {
  await using api = await ready();
  const addressPrefixes = Array.from({ length: 200 }, (_, index) => `10.50.${index}.0/24`);
  const body = {
    location: "westeurope",
    properties: { addressSpace: { addressPrefixes: ["10.1.0.0/16", ...addressPrefixes] } },
  };
  await make(api, at.vnet("vnet"), { body });
  const answer = await api.call("customer", "PUT", at.connection("link"), good.connection());
  expect(refusalsIn(answer)).toEqual([`LimitExceeded ${gatewayId}`]);
});

test("another's circuit is joined with a key that is good once and free again after", async () => {
  await using api = await ready();
  const mine = (path: string) => path.replaceAll(customerSubscription, otherSubscription);
  const foreign = (authorizationKey?: string) =>
    JSON.parse(
      mine(JSON.stringify(good.connection()))
        .replace(mine(at.circuit("blue")), at.circuit("blue"))
        .replace(
          '"connectionType"',
          `${authorizationKey === undefined ? "" : `"authorizationKey":"${authorizationKey}",`}"connectionType"`,
        ),
    ) as unknown;
  const who = "other" as const;
  await make(api, mine(at.group), { who, body: { location: "westeurope" } });
  await make(api, mine(at.vnet("vnet")), { who, body: good.vnet("10.77.0.0/16") });
  await make(api, mine(at.gateway("gw")), {
    who,
    body: JSON.parse(mine(JSON.stringify(good.gateway()))),
  });
  const join = (name: string, key?: string) =>
    api.call(who, "PUT", mine(at.connection(name)), foreign(key));

  expect(refusalsIn(await join("link"))).toEqual([`InvalidResourceReference ${peer}`]);
  const wrong = await join("link", "guess");
  expect(refusalsIn(wrong)).toEqual(["AuthorizationInvalid properties.authorizationKey"]);
  expect(JSON.stringify(wrong.body)).not.toContain("guess");

  const path = `${at.circuit("blue")}/authorizations/forOtto`;
  const made = await api.call("customer", "PUT", path, { name: "forOtto" });
  const key = String(made.body["properties"]?.["authorizationKey"]);
  const linked = await join("link", key);
  expect(linked.status).toBe(201);
  expect(JSON.stringify(linked.body)).not.toContain(key);
  const { body: used } = await api.call("customer", "GET", path);
  expect(used["properties"]).toMatchObject({
    authorizationUseStatus: "InUse",
    connectionResourceUri: mine(at.connection("link")),
    authorizationKey: key,
  });
  expect((await join("link", key)).status).toBe(200);
  const blocked = await api.call("customer", "DELETE", path);
  expect([blocked.status, ...refusalsIn(blocked)]).toEqual([
    409,
    `ConflictError ${mine(at.connection("link"))}`,
  ]);
  await make(api, mine(at.vnet("second")), { who, body: good.vnet("10.78.0.0/16") });
  const second = JSON.parse(mine(JSON.stringify(good.gateway("second"))));
  await make(api, mine(at.gateway("gw2")), { who, body: second });
  expect(refusalsIn(await join("again", key))).toEqual([
    "AuthorizationInvalid properties.authorizationKey",
  ]);

  await api.call(who, "DELETE", mine(at.connection("link")));
  await api.settle();
  const { body: free } = await api.call("customer", "GET", path);
  expect(free["properties"]).toMatchObject({ authorizationUseStatus: "Available" });
  expect((await api.call("customer", "DELETE", path)).status).toBe(202);
});

test("a circuit whose peering is going away is not joined", async () => {
  await using api = await ready();
  await api.call("customer", "DELETE", at.peering("blue"));
  const answer = await api.call("customer", "PUT", at.connection("link"), good.connection());
  expect([answer.status, ...refusalsIn(answer)]).toEqual([
    409,
    `AnotherOperationInProgress ${peer}`,
  ]);
});

test("a circuit or gateway that is going away is not joined", async () => {
  await using api = await ready();
  await api.call("customer", "DELETE", at.gateway("gw"));
  const answer = await api.call("customer", "PUT", at.connection("link"), good.connection());
  expect([answer.status, ...refusalsIn(answer)]).toEqual([
    409,
    `AnotherOperationInProgress ${gatewayId}`,
  ]);
});
