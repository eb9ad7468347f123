import { expect, test } from "vitest";
import {
  type Api,
  at,
  good,
  make,
  makeGroup,
  makeProvisioned,
  otherSubscription,
  provision,
  refusalsIn,
  serviceKeyOf,
  smallInventory,
  startApi,
} from "../../../src/api/api-fixture.ts";

const peer = "properties.peerExpressRouteCircuitPeering.id";
const premium = { sku: { tier: "Premium", family: "UnlimitedData" } };
const join = (circuit: string, name = "reach") => `${at.peering(circuit)}/connections/${name}`;

const joined = (to: string, changes: object = {}) => ({
  properties: {
    expressRouteCircuitPeering: { id: at.peering("ams") },
    peerExpressRouteCircuitPeering: { id: to.startsWith("/") ? to : at.peering(to) },
    addressPrefix: "192.168.8.0/29",
    ...changes,
  },
});

const links = (third: number) => ({
  primaryPeerAddressPrefix: `192.168.${third}.0/30`,
  secondaryPeerAddressPrefix: `192.168.${third}.4/30`,
});

async function circuitAt(api: Api, name: string, { place = "", third = 0, body = {} }) {
  await makeProvisioned(api, name, { ...good.circuit(50, place), ...body });
  await make(api, at.peering(name), { body: good.peering(links(third)) });
}

/** `ams` and `ny`, both ready to be joined. */
async function ready(body: object = premium, inventory = smallInventory): Promise<Api> {
  const api = startApi({ inventory });
  await makeGroup(api);
  await circuitAt(api, "ams", { place: "Amsterdam", third: 1, body });
  await circuitAt(api, "ny", { place: "New York", third: 2, body });
  return api;
}

test("a join shows at both circuits, and that its sessions are still being made", async () => {
  await using api = await ready();
  const ipv6CircuitConnectionConfig = { addressPrefix: "fd00:9::/125" };
  const sent = joined("ny", { ipv6CircuitConnectionConfig });
  const made = await api.call("customer", "PUT", join("ams"), sent);
  expect(made.status).toBe(201);
  expect(made.body).toMatchObject({
    type: "Microsoft.Network/expressRouteCircuits/peerings/connections",
    properties: {
      ...sent.properties,
      ipv6CircuitConnectionConfig: {
        ...ipv6CircuitConnectionConfig,
        circuitConnectionStatus: "Connecting",
      },
      circuitConnectionStatus: "Connecting",
      provisioningState: "Updating",
    },
  });
  const { body: list } = await api.call("customer", "GET", `${at.peering("ams")}/connections`);
  expect(list["value"]).toMatchObject([{ name: "reach" }]);
  const { body: seen } = await api.call("customer", "GET", `${at.peering("ny")}/peerConnections`);
  const mirror = {
    properties: {
      expressRouteCircuitPeering: { id: at.peering("ny") },
      peerExpressRouteCircuitPeering: { id: at.peering("ams") },
      addressPrefix: "192.168.8.0/29",
      connectionName: "reach",
      circuitConnectionStatus: "Connecting",
    },
  };
  expect(seen["value"]).toMatchObject([mirror]);
  const one = `${at.peering("ny")}/peerConnections/${String(seen["value"]?.["0"]?.["name"])}`;
  expect((await api.call("customer", "GET", one)).body).toMatchObject(mirror);
  const { body: far } = await api.call("customer", "GET", at.peering("ny"));
  expect(far["properties"]).toMatchObject({ connections: [], peeredConnections: [mirror] });
});

test("a join has the id of its peering, whichever way the path spells that", async () => {
  await using api = await ready();
  const path = join("ams").replace("AzurePrivatePeering", "azureprivatepeering");
  const { body } = await api.call("customer", "PUT", path, joined("ny"));
  expect(body["id"]).toBe(join("ams"));
  expect(body["properties"]).toMatchObject({
    expressRouteCircuitPeering: { id: at.peering("ams") },
  });
});

test("what is read can be sent back, and the prefix can change", async () => {
  await using api = await ready();
  await make(api, join("ams"), { body: joined("ny") });
  const { body: read } = await api.call("customer", "GET", join("ams"));
  const again = await api.call("customer", "PUT", join("ams"), read);
  expect([again.status, again.body["etag"]]).toEqual([200, read["etag"]]);
  const moved = joined("ny", { addressPrefix: "192.168.9.0/29" });
  expect((await api.call("customer", "PUT", join("ams"), moved)).status).toBe(200);
});

test.each([
  ["a /30", { addressPrefix: "192.168.8.0/30" }, "InvalidParameter properties.addressPrefix"],
  ["host bits", { addressPrefix: "192.168.8.1/29" }, "InvalidParameter properties.addressPrefix"],
  ["no prefix", { addressPrefix: undefined }, "InvalidParameter properties.addressPrefix"],
  [
    "an IPv6 /126",
    { ipv6CircuitConnectionConfig: { addressPrefix: "fd00:9::/126" } },
    "InvalidParameter properties.ipv6CircuitConnectionConfig.addressPrefix",
  ],
  [
    "another peering than that of the path",
    { expressRouteCircuitPeering: { id: at.peering("ny") } },
    "InvalidParameter properties.expressRouteCircuitPeering.id",
  ],
  [
    "the other circuit's link subnets",
    { addressPrefix: "192.168.2.0/29" },
    "PeeringInvalid properties.addressPrefix",
  ],
  [
    "a rate above the smaller circuit's",
    { causeway: { rateMbps: 51 } },
    "LimitExceeded properties.causeway.rateMbps",
  ],
  [
    "a prefix list that holds nothing",
    { causeway: { importPrefixes: [{ prefix: "10.0.0.0/8", ge: 24, le: 16 }] } },
    "PrefixListInvalid properties.causeway.importPrefixes[0]",
  ],
  [
    "an option that there is not",
    { causeway: { routes: 5 } },
    "UnknownField properties.causeway.routes",
  ],
  ["an unknown field", { weight: 1 }, "UnknownField properties.weight"],
])("%s is refused", async (_, changes, expected) => {
  await using api = await ready();
  const answer = await api.call("customer", "PUT", join("ams"), joined("ny", changes));
  expect(refusalsIn(answer)).toEqual([expected]);
});

test("a PUT without options keeps them, and null takes them away", async () => {
  await using api = await ready();
  const causeway = { rateMbps: 20, exportPrefixes: [{ prefix: "10.9.0.0/16", le: 24 }] };
  const made = await make(api, join("ams"), { body: joined("ny", { causeway }) });
  expect(made["properties"]).toMatchObject({ causeway });
  const kept = await api.call("customer", "PUT", join("ams"), joined("ny"));
  expect(kept.body["properties"]).toMatchObject({ causeway });
  const bare = await api.call("customer", "PUT", join("ams"), joined("ny", { causeway: null }));
  expect(bare.body["properties"]).not.toHaveProperty("causeway");
});

test("a circuit that does not exist, or of the same place, is refused", async () => {
  await using api = await ready();
  const none = await api.call("customer", "PUT", join("ams"), joined("none"));
  expect(refusalsIn(none)).toEqual([`InvalidResourceReference ${peer}`]);
  await circuitAt(api, "near", { place: "Amsterdam", third: 3, body: premium });
  const near = await api.call("customer", "PUT", join("ams"), joined("near"));
  expect(refusalsIn(near)).toEqual([`InvalidResourceReference ${peer}`]);
});

test("a circuit that is not provisioned, or has no peering, is refused", async () => {
  await using api = await ready();
  await make(api, at.circuit("new"), { body: { ...good.circuit(50, "New York"), ...premium } });
  const bare = await api.call("customer", "PUT", join("ams"), joined("new"));
  expect(refusalsIn(bare)).toEqual([`PeeringMissing ${peer}`]);
  await make(api, at.circuit("half"), { body: { ...good.circuit(50, "New York"), ...premium } });
  await provision(api, await serviceKeyOf(api, "half"), "Provisioned");
  await api.settle();
  await make(api, at.peering("half"), { body: good.peering(links(4)) });
  await provision(api, await serviceKeyOf(api, "half"), "Deprovisioning");
  const half = await api.call("customer", "PUT", join("ams"), joined("half"));
  expect(refusalsIn(half)).toEqual([`CircuitNotProvisioned ${peer}`]);
});

test("another geography needs Premium at both ends, a Local circuit is never joined", async () => {
  await using api = await ready({ sku: { tier: "Standard", family: "UnlimitedData" } });
  const standard = await api.call("customer", "PUT", join("ams"), joined("ny"));
  expect(refusalsIn(standard)).toEqual([`SkuInvalid ${peer}`]);
  await make(api, at.circuit("ny"), { body: { ...good.circuit(50, "New York"), ...premium } });
  const half = await api.call("customer", "PUT", join("ams"), joined("ny"));
  expect(refusalsIn(half)).toEqual([`SkuInvalid ${peer}`]);
  const [one, two] = smallInventory.regions;
  const geography = "Everywhere";
  const regions = smallInventory.regions.map((region) => ({ ...region, geography }));
  expect([one?.geography, two?.geography]).not.toContain(geography);
  const local = { sku: { tier: "Local", family: "UnlimitedData" } };
  await using near = await ready(local, { ...smallInventory, regions });
  const refused = await near.call("customer", "PUT", join("ams"), joined("ny"));
  expect(refusalsIn(refused)).toEqual([`SkuInvalid ${peer}`]);
});

test("circuits that meet at a site of a metro are not joined", async () => {
  const [first, second] = smallInventory.peeringLocations;
  if (first === undefined || second === undefined) throw new Error("there are two locations");
  const sites = { primary: first.name, secondary: "New York" };
  const metro = { ...second, sites, edges: { ...second.edges, primary: first.edges.primary } };
  const inventory = { ...smallInventory, peeringLocations: [first, metro] };
  await using api = await ready(premium, inventory);
  const refused = await api.call("customer", "PUT", join("ams"), joined("ny"));
  expect(refusalsIn(refused)).toEqual([`InvalidResourceReference ${peer}`]);
});

test("circuits of one geography are joined as Standard, and stay so while they are joined", async () => {
  const geography = "Everywhere";
  const regions = smallInventory.regions.map((region) => ({ ...region, geography }));
  const standard = { sku: { tier: "Standard", family: "UnlimitedData" } };
  await using api = await ready(standard, { ...smallInventory, regions });
  await make(api, join("ams"), { body: joined("ny") });
  const local = { ...good.circuit(50, "New York"), sku: { ...standard.sku, tier: "Local" } };
  const answer = await api.call("customer", "PUT", at.circuit("ny"), local);
  expect(refusalsIn(answer)).toEqual(["SkuInvalid sku.tier"]);
});

test("a pair is joined once, from one side, and the peer stays", async () => {
  await using api = await ready();
  await make(api, join("ams"), { body: joined("ny") });
  const fresh = { addressPrefix: "192.168.9.0/29" };
  const twin = await api.call("customer", "PUT", join("ams", "twin"), joined("ny", fresh));
  expect(refusalsIn(twin)).toEqual([`ConnectionExists ${peer}`]);
  const back = joined("ams", { ...fresh, expressRouteCircuitPeering: { id: at.peering("ny") } });
  const other = await api.call("customer", "PUT", join("ny", "back"), back);
  expect(refusalsIn(other)).toEqual([`ConnectionExists ${peer}`]);
  const moved = await api.call("customer", "PUT", join("ams"), joined("ams"));
  expect(refusalsIn(moved)).toEqual([`ImmutableField ${peer}`]);
});

test("the subnets of a join are taken, for peerings and networks as for joins", async () => {
  await using api = await ready();
  await make(api, join("ams"), { body: joined("ny") });
  const peering = await api.call(
    "customer",
    "PUT",
    at.peering("ny"),
    good.peering({ ...links(2), primaryPeerAddressPrefix: "192.168.8.0/30" }),
  );
  expect(refusalsIn(peering)).toEqual(["PeeringInvalid properties.primaryPeerAddressPrefix"]);
  await make(api, at.vnet("vnet"), { body: good.vnet("192.168.0.0/16") });
  await make(api, at.gateway("gw"), { body: good.gateway() });
  const answer = await api.call("customer", "PUT", at.connection("link"), good.connection("ams"));
  const targets = new Set(refusalsIn(answer));
  expect([...targets]).toEqual(["AddressSpaceOverlap properties.virtualNetworkGateway1.id"]);
  expect(JSON.stringify(answer.body)).toContain("circuit connection reach");
});

test("a join needs a key for another's circuit, and one key is good once", async () => {
  await using api = await ready();
  const mine = otherSubscription;
  const group = `/subscriptions/${mine}/resourceGroups/rg`;
  const circuit = `${group}/providers/Microsoft.Network/expressRouteCircuits/theirs`;
  const own = `${circuit}/peerings/AzurePrivatePeering`;
  await make(api, group, { who: "other", body: { location: "westeurope" } });
  const body = { ...good.circuit(50, "Amsterdam"), ...premium };
  const { properties } = await make(api, circuit, { who: "other", body });
  const key = String(properties?.["serviceKey"]);
  expect((await provision(api, key, "Provisioned")).status).toBe(200);
  await api.settle();
  await make(api, own, { who: "other", body: good.peering(links(5)) });
  const sent = (authorizationKey?: string) =>
    joined("ny", {
      expressRouteCircuitPeering: { id: own },
      addressPrefix: "192.168.10.0/29",
      ...(authorizationKey === undefined ? {} : { authorizationKey }),
    });
  const path = `${own}/connections/reach`;
  const bare = await api.call("other", "PUT", path, sent());
  expect(refusalsIn(bare)).toEqual([`InvalidResourceReference ${peer}`]);
  const wrong = await api.call("other", "PUT", path, sent("00000000-0000-4000-8000-00000000abcd"));
  expect(refusalsIn(wrong)).toEqual(["AuthorizationInvalid properties.authorizationKey"]);
  const authorization = `${at.circuit("ny")}/authorizations/one`;
  const { properties: given } = await make(api, authorization, { body: {} });
  const made = await api.call("other", "PUT", path, sent(String(given?.["authorizationKey"])));
  expect(made.status).toBe(201);
  expect(JSON.stringify(made.body)).not.toContain(String(given?.["authorizationKey"]));
  expect((await api.call("customer", "GET", authorization)).body["properties"]).toMatchObject({
    authorizationUseStatus: "InUse",
    connectionResourceUri: path,
  });
  const freed = await api.call("customer", "DELETE", authorization);
  expect(refusalsIn(freed)).toEqual([`ConflictError ${path}`]);
  const second = await api.call(
    "other",
    "PUT",
    `${own}/connections/again`,
    sent(String(given?.["authorizationKey"])),
  );
  expect(refusalsIn(second)).toEqual(["AuthorizationInvalid properties.authorizationKey"]);
  expect((await api.call("other", "DELETE", path)).status).toBe(202);
  await api.settle();
  const { body: free } = await api.call("customer", "GET", authorization);
  expect(free["properties"]).toMatchObject({ authorizationUseStatus: "Available" });
});

test("neither circuit nor peering goes before the join, the whole group does", async () => {
  await using api = await ready();
  await make(api, join("ams"), { body: joined("ny") });
  for (const name of ["ams", "ny"]) {
    const peering = await api.call("customer", "DELETE", at.peering(name));
    expect(refusalsIn(peering)).toEqual([`ConflictError ${join("ams")}`]);
    const circuit = await api.call("customer", "DELETE", at.circuit(name));
    expect(refusalsIn(circuit)).toContain(`ConflictError ${join("ams")}`);
  }
  for (const name of ["ams", "ny"]) {
    await provision(api, await serviceKeyOf(api, name), "NotProvisioned");
  }
  await api.settle();
  expect((await api.call("customer", "DELETE", at.group)).status).toBe(202);
  await api.settle();
  expect(await api.store.list({ resourceGroup: "rg" })).toEqual([]);
});

test("a join counts as a link", async () => {
  await using api = await ready();
  await make(api, join("ams"), { body: joined("ny") });
  const row = await api.store.read(join("ams"));
  await api.store.transaction(async (writer) => {
    for (let index = 1; row !== undefined && index < 20; index += 1) {
      const name = `reach${index}`;
      await writer.putResource({ ...row, id: join("ams", name), name });
    }
  });
  await make(api, at.vnet("vnet"), { body: good.vnet() });
  await make(api, at.gateway("gw"), { body: good.gateway() });
  const answer = await api.call("customer", "PUT", at.connection("link"), good.connection("ams"));
  expect(refusalsIn(answer)).toEqual(["LimitExceeded properties.peer.id"]);
  await circuitAt(api, "far", { place: "New York", third: 3, body: premium });
  const more = joined("far", { addressPrefix: "192.168.9.0/29" });
  const twenty = await api.call("customer", "PUT", join("ams", "far"), more);
  expect(refusalsIn(twenty)).toEqual([`LimitExceeded ${peer}`]);
});
