import { expect, test } from "vitest";
import {
  type Api,
  at,
  good,
  make,
  makeGroup,
  makeProvisioned,
  otherSubscription,
  refusalsIn,
  startApi,
} from "../../../src/api/api-fixture.ts";

const wan = at.network("virtualWans", "wan");
const hub = (name = "hub") => at.network("virtualHubs", name);
const gateway = (name = "ergw") => at.network("expressRouteGateways", name);
const connection = (name = "link") => `${gateway()}/expressRouteConnections/${name}`;
const location = "westeurope";
const prefixField = "properties.addressPrefix";
const peeringField = "properties.expressRouteCircuitPeering.id";
const hubField = "properties.virtualHub.id";

const hubBody = (changes: object = {}) => ({
  location,
  properties: { virtualWan: { id: wan }, addressPrefix: "10.9.0.0/23", ...changes },
});

const gatewayBody = (changes: object = {}) => ({
  location,
  properties: { virtualHub: { id: hub() }, ...changes },
});

const connectionBody = (changes: object = {}) => ({
  name: "link",
  properties: { expressRouteCircuitPeering: { id: at.peering("blue") }, ...changes },
});

async function withHub(): Promise<Api> {
  const api = startApi();
  await makeGroup(api);
  await make(api, wan, { body: { location, properties: {} } });
  await make(api, hub(), { body: hubBody() });
  return api;
}

async function withGateway(): Promise<Api> {
  const api = await withHub();
  await make(api, gateway(), { body: gatewayBody() });
  await makeProvisioned(api, "blue");
  await make(api, at.peering("blue"), { body: good.peering() });
  return api;
}

test("a wan shows its hubs, a hub its gateway, and a gateway its connections", async () => {
  await using api = await withGateway();
  await make(api, connection(), { body: connectionBody({ routingWeight: 7 }) });
  const propertiesOf = async (path: string) =>
    (await api.call("customer", "GET", path)).body["properties"];
  expect(await propertiesOf(wan)).toMatchObject({
    type: "Standard",
    virtualHubs: [{ id: hub() }],
    provisioningState: "Succeeded",
  });
  expect(await propertiesOf(hub())).toMatchObject({
    routingState: "None",
    virtualRouterIps: [],
    expressRouteGateway: { id: gateway() },
  });
  const link = {
    id: connection(),
    properties: { routingWeight: 7, connectionStatus: "NotConnected" },
  };
  expect(await propertiesOf(gateway())).toMatchObject({
    autoScaleConfiguration: { bounds: { min: 1 } },
    expressRouteConnections: [link],
  });
  expect(await propertiesOf(at.peering("blue"))).toMatchObject({
    expressRouteConnection: { id: connection() },
  });
});

test("all of it is listed, tagged, sent back as read, and deleted from below", async () => {
  await using api = await withGateway();
  await make(api, connection(), { body: connectionBody() });
  for (const path of [wan, hub(), gateway(), connection()]) {
    const { body: read } = await api.call("customer", "GET", path);
    const again = await api.call("customer", "PUT", path, read);
    expect([path, again.status, again.body["etag"]]).toEqual([path, 200, read["etag"]]);
    const list = await api.call("customer", "GET", path.split("/").slice(0, -1).join("/"));
    expect(list.body["value"]).toMatchObject([{ id: path }]);
  }
  for (const path of [wan, hub(), gateway()]) {
    const tagged = await api.call("customer", "PATCH", path, { tags: { team: "net" } });
    expect(tagged.body["tags"]).toEqual({ team: "net" });
  }
  const stays: readonly (readonly [string, string])[] = [
    [wan, hub()],
    [hub(), gateway()],
    [gateway(), connection()],
    [at.peering("blue"), connection()],
    [at.circuit("blue"), connection()],
  ];
  for (const [path, user] of stays) {
    const answer = await api.call("customer", "DELETE", path);
    expect(refusalsIn(answer)).toContain(`ConflictError ${user}`);
  }
  for (const path of [connection(), gateway(), hub(), wan]) {
    expect((await api.call("customer", "DELETE", path)).status).toBe(202);
    expect((await api.call("customer", "GET", path)).status).toBe(404);
  }
});

test.each([
  ["a /25", { addressPrefix: "10.9.0.0/25" }, `InvalidParameter ${prefixField}`],
  ["IPv6", { addressPrefix: "fd00:9::/48" }, `InvalidParameter ${prefixField}`],
  ["an overlap", { addressPrefix: "10.9.0.0/16" }, `AddressSpaceOverlap ${prefixField}`],
  [
    "a wan that is none",
    { addressPrefix: "10.8.0.0/24", virtualWan: { id: hub() } },
    "InvalidResourceReference properties.virtualWan.id",
  ],
  [
    "a firewall",
    { addressPrefix: "10.8.0.0/24", azureFirewall: { id: hub() } },
    "InvalidParameter properties.azureFirewall",
  ],
  [
    "a static route",
    { addressPrefix: "10.8.0.0/24", routeTable: { routes: [{ nextHopIpAddress: "10.1.1.1" }] } },
    "InvalidParameter properties.routeTable.routes",
  ],
])("a hub with %s is refused", async (_, changes, expected) => {
  await using api = await withHub();
  const answer = await api.call("customer", "PUT", hub("two"), hubBody(changes));
  expect(refusalsIn(answer)).toEqual([expected]);
});

test("a hub keeps its wan and its network", async () => {
  await using api = await withHub();
  const changed = hubBody({ addressPrefix: "10.8.0.0/24", virtualWan: { id: hub() } });
  expect(refusalsIn(await api.call("customer", "PUT", hub(), changed))).toEqual([
    "ImmutableField properties.virtualWan.id",
    `ImmutableField ${prefixField}`,
  ]);
});

test.each([
  ["a hub that is none", { virtualHub: { id: wan } }, `InvalidResourceReference ${hubField}`],
  ["a second gateway", {}, `GatewayExists ${hubField}`],
  [
    "eleven units",
    { autoScaleConfiguration: { bounds: { min: 11 } } },
    "InvalidParameter properties.autoScaleConfiguration.bounds.min",
  ],
])("a gateway with %s is refused", async (_, changes, expected) => {
  await using api = await withGateway();
  const answer = await api.call("customer", "PUT", gateway("two"), gatewayBody(changes));
  expect(refusalsIn(answer)).toContain(expected);
});

test("a gateway stands in its hub's region, and has no less than its minimum at most", async () => {
  await using api = await withHub();
  const bounds = { min: 3, max: 2 };
  const body = gatewayBody({ autoScaleConfiguration: { bounds } });
  const answer = await api.call("customer", "PUT", gateway(), { ...body, location: "eastus" });
  expect(refusalsIn(answer)).toEqual([
    "InvalidParameter properties.autoScaleConfiguration.bounds.max",
    "InvalidResourceLocation location",
  ]);
});

test.each([
  [
    "a circuit that does not exist",
    { expressRouteCircuitPeering: { id: at.peering("none") } },
    `InvalidResourceReference ${peeringField}`,
  ],
  [
    "another route table",
    { routingConfiguration: { associatedRouteTable: { id: hub() } } },
    "InvalidResourceReference properties.routingConfiguration.associatedRouteTable.id",
  ],
  [
    "a route map",
    { routingConfiguration: { inboundRouteMap: { id: hub() } } },
    "InvalidParameter properties.routingConfiguration.inboundRouteMap",
  ],
  [
    "FastPath",
    { expressRouteGatewayBypass: true },
    "InvalidParameter properties.expressRouteGatewayBypass",
  ],
])("a connection with %s is refused", async (_, changes, expected) => {
  await using api = await withGateway();
  const answer = await api.call("customer", "PUT", connection(), connectionBody(changes));
  expect(refusalsIn(answer)).toEqual([expected]);
});

test("a connection names the hub's own route tables", async () => {
  await using api = await withGateway();
  const id = `${hub()}/hubRouteTables/defaultRouteTable`;
  const routingConfiguration = {
    associatedRouteTable: { id },
    propagatedRouteTables: { labels: ["default"], ids: [{ id }] },
  };
  const sent = connectionBody({ routingConfiguration });
  expect((await api.call("customer", "PUT", connection(), sent)).status).toBe(201);
});

test("a circuit without peering or out of reach, and a second link to it, are refused", async () => {
  await using api = await withGateway();
  await make(api, connection(), { body: connectionBody() });
  const twin = await api.call("customer", "PUT", connection("twin"), connectionBody());
  expect(refusalsIn(twin)).toEqual([`ConnectionExists ${peeringField}`]);
  await make(api, at.circuit("far"), { body: good.circuit(50, "New York") });
  const far = connectionBody({ expressRouteCircuitPeering: { id: at.peering("far") } });
  const answer = await api.call("customer", "PUT", connection("far"), far);
  expect(refusalsIn(answer)).toEqual([
    `CircuitNotProvisioned ${peeringField}`,
    `PeeringMissing ${peeringField}`,
    `RegionOutOfReach ${peeringField}`,
  ]);
  const moved = await api.call("customer", "PUT", connection(), far);
  expect(refusalsIn(moved)).toEqual([`ImmutableField ${peeringField}`]);
});

test("a hub and a network on one circuit must not overlap", async () => {
  await using api = await withGateway();
  await make(api, connection(), { body: connectionBody() });
  await make(api, at.vnet("vnet"), { body: good.vnet("10.9.0.0/16") });
  await make(api, at.gateway("gw"), { body: good.gateway() });
  const late = await api.call("customer", "PUT", at.connection("link"), good.connection());
  expect(refusalsIn(late)).toEqual(["AddressSpaceOverlap properties.virtualNetworkGateway1.id"]);
  await api.call("customer", "DELETE", connection());
  await make(api, at.connection("link"), { body: good.connection() });
  const answer = await api.call("customer", "PUT", connection(), connectionBody());
  expect(refusalsIn(answer)).toEqual([`AddressSpaceOverlap ${peeringField}`]);
});

test("another subscription's circuit takes a key, which is then in use", async () => {
  await using api = await withGateway();
  const group = `/subscriptions/${otherSubscription}/resourceGroups/rg`;
  const network = `${group}/providers/Microsoft.Network`;
  const [theirWan, theirHub, theirGateway] = ["virtualWans", "virtualHubs", "expressRouteGateways"];
  const path = (kind = "") => `${network}/${kind}/theirs`;
  await make(api, group, { who: "other", body: { location } });
  await make(api, path(theirWan), { who: "other", body: { location } });
  const inHub = hubBody({ virtualWan: { id: path(theirWan) } });
  await make(api, path(theirHub), { who: "other", body: inHub });
  const onGateway = gatewayBody({ virtualHub: { id: path(theirHub) } });
  await make(api, path(theirGateway), { who: "other", body: onGateway });
  const link = `${path(theirGateway)}/expressRouteConnections/link`;
  const denied = await api.call("other", "PUT", link, connectionBody());
  expect(refusalsIn(denied)).toEqual([`InvalidResourceReference ${peeringField}`]);
  const authorization = `${at.circuit("blue")}/authorizations/one`;
  const { properties } = await make(api, authorization, { body: {} });
  const authorizationKey = String(properties?.["authorizationKey"]);
  const made = await api.call("other", "PUT", link, connectionBody({ authorizationKey }));
  expect(made.status).toBe(201);
  expect(JSON.stringify(made.body)).not.toContain(authorizationKey);
  expect((await api.call("customer", "GET", authorization)).body["properties"]).toMatchObject({
    authorizationUseStatus: "InUse",
    connectionResourceUri: link,
  });
});

test("a gateway's PUT writes the connections inside it", async () => {
  await using api = await withGateway();
  const expressRouteConnections = [connectionBody({ routingWeight: 5 })];
  await make(api, gateway(), { body: gatewayBody({ expressRouteConnections }) });
  expect((await api.call("customer", "GET", connection())).body["properties"]).toMatchObject({
    routingWeight: 5,
  });
});

test("the tables of a hub are empty, and a connection that does not exist has none", async () => {
  await using api = await withGateway();
  await make(api, connection(), { body: connectionBody() });
  const asked = [
    [
      "effectiveRoutes",
      { resourceId: connection(), virtualWanResourceType: "ExpressRouteConnection" },
    ],
    ["effectiveRoutes", {}],
    ["effectiveRoutes", { resourceId: `${hub()}/hubRouteTables/defaultRouteTable` }],
    ["inboundRoutes", { resourceUri: connection(), connectionType: "ExpressRouteConnection" }],
    ["outboundRoutes", { resourceUri: connection() }],
  ] as const;
  for (const [word, body] of asked) {
    const answer = await api.call("customer", "POST", `${hub()}/${word}`, body);
    expect([word, answer.status, answer.body]).toEqual([word, 200, { value: [] }]);
  }
  const theirs = `/subscriptions/${otherSubscription}/resourceGroups/rg`;
  await make(api, theirs, { who: "other", body: { location } });
  for (const resourceId of [connection("none"), theirs]) {
    const none = await api.call("customer", "POST", `${hub()}/effectiveRoutes`, { resourceId });
    expect(refusalsIn(none)).toEqual(["InvalidResourceReference resourceId"]);
  }
});

test("a hub connection counts as a link", async () => {
  await using api = await withGateway();
  await make(api, connection(), { body: connectionBody() });
  const row = await api.store.read(connection());
  await api.store.transaction(async (writer) => {
    for (let index = 1; row !== undefined && index < 10; index += 1) {
      const name = `link${index}`;
      await writer.putResource({ ...row, id: connection(name), name });
    }
  });
  await make(api, at.vnet("vnet"), { body: good.vnet() });
  await make(api, at.gateway("gw"), { body: good.gateway() });
  const answer = await api.call("customer", "PUT", at.connection("link"), good.connection());
  expect(refusalsIn(answer)).toEqual(["LimitExceeded properties.peer.id"]);
});

test("a circuit keeps the tier by which it reaches a hub", async () => {
  await using api = await withHub();
  await make(api, gateway(), { body: gatewayBody() });
  const premium = { sku: { tier: "Premium", family: "UnlimitedData" } };
  await makeProvisioned(api, "far", { ...good.circuit(50, "New York"), ...premium });
  await make(api, at.peering("far"), { body: good.peering() });
  const far = { expressRouteCircuitPeering: { id: at.peering("far") } };
  await make(api, connection(), { body: connectionBody(far) });
  const standard = { ...good.circuit(50, "New York"), sku: { ...premium.sku, tier: "Standard" } };
  const answer = await api.call("customer", "PUT", at.circuit("far"), standard);
  expect(refusalsIn(answer)).toEqual(["RegionOutOfReach sku.tier"]);
});
