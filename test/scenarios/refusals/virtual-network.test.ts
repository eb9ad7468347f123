import { expect, test } from "vitest";
import {
  type Api,
  at,
  good,
  make,
  makeGroup,
  makeProvisioned,
  refusalsIn,
  startApi,
} from "../../../src/api/api-fixture.ts";

async function withGroup(): Promise<Api> {
  const api = startApi();
  await makeGroup(api);
  return api;
}

const network = (addressPrefixes: readonly string[], subnets?: unknown) => ({
  location: "westeurope",
  properties: { addressSpace: { addressPrefixes }, ...(subnets === undefined ? {} : { subnets }) },
});

const prefixes = "properties.addressSpace.addressPrefixes";

test.each([
  [
    "no address space",
    { location: "westeurope", properties: {} },
    "InvalidParameter properties.addressSpace",
  ],
  ["an empty one", network([]), `InvalidParameter ${prefixes}`],
  ["host bits", network(["10.0.0.1/16"]), `InvalidParameter ${prefixes}[0]`],
  ["the whole internet", network(["0.0.0.0/0"]), `InvalidParameter ${prefixes}[0]`],
  [
    "spaces that overlap",
    network(["10.0.0.0/16", "10.0.9.0/24"]),
    `AddressSpaceOverlap ${prefixes}[1]`,
  ],
  [
    "a subnet without a name",
    network(["10.0.0.0/16"], [{ properties: { addressPrefix: "10.0.0.0/24" } }]),
    "InvalidParameter properties.subnets[0].name",
  ],
  [
    "a subnet outside",
    network(["10.0.0.0/16"], [{ name: "a", properties: { addressPrefix: "10.1.0.0/24" } }]),
    "AddressSpaceInvalid properties.subnets[0].properties.addressPrefix",
  ],
  [
    "subnets that overlap",
    network(
      ["10.0.0.0/16"],
      [
        { name: "a", properties: { addressPrefix: "10.0.0.0/24" } },
        { name: "b", properties: { addressPrefix: "10.0.0.128/25" } },
      ],
    ),
    "AddressSpaceOverlap properties.subnets[1].properties.addressPrefix",
  ],
])("%s is refused, and nothing is written", async (_, body, expected) => {
  await using api = await withGroup();
  const answer = await api.call("customer", "PUT", at.vnet("vnet"), body);
  expect(refusalsIn(answer)).toEqual([expected]);
  expect((await api.call("customer", "GET", at.vnet("vnet"))).status).toBe(404);
  expect(await api.store.allocations("virtualNetworks")).toEqual([]);
});

test("a network needs no node until something stands in it", async () => {
  await using api = await withGroup();
  const { body, headers } = await api.call("customer", "PUT", at.vnet("vnet"), good.vnet());
  expect(body["properties"]).toMatchObject({ provisioningState: "Succeeded" });
  const operation = await api.call("customer", "GET", headers.get("azure-asyncoperation") ?? "");
  expect(operation.body["status"]).toBe("Succeeded");
  await make(api, at.gateway("gw"), { body: good.gateway() });
  const again = await api.call("customer", "PUT", at.vnet("vnet"), {
    ...good.vnet(),
    tags: { a: "b" },
  });
  expect(again.body["properties"]).toMatchObject({ provisioningState: "Updating" });
});

test("a PUT merges subnets by name and deletes none", async () => {
  await using api = await withGroup();
  await make(api, at.vnet("vnet"), { body: good.vnet() });
  const subnets = [
    { name: "default", properties: { addressPrefix: "10.1.7.0/24" } },
    { name: "more", properties: { addressPrefix: "10.1.9.0/24" } },
  ];
  await make(api, at.vnet("vnet"), { body: network(["10.1.0.0/16"], subnets) });
  await make(api, at.vnet("vnet"), { body: network(["10.1.0.0/16"]) });
  const list = await api.call("customer", "GET", `${at.vnet("vnet")}/subnets`);
  expect(list.body["value"]).toMatchObject([
    { name: "default", properties: { addressPrefix: "10.1.7.0/24" } },
    { name: "GatewaySubnet" },
    { name: "more" },
  ]);
});

test("a space that a subnet needs stays", async () => {
  await using api = await withGroup();
  await make(api, at.vnet("vnet"), { body: good.vnet() });
  const answer = await api.call("customer", "PUT", at.vnet("vnet"), network(["10.2.0.0/16"]));
  expect(refusalsIn(answer)).toEqual([
    `AddressSpaceInvalid ${prefixes}`,
    `AddressSpaceInvalid ${prefixes}`,
  ]);
});

test("a linked network must not come to overlap what the circuit reaches", async () => {
  await using api = await withGroup();
  await makeProvisioned(api, "blue");
  await make(api, at.peering("blue"), { body: good.peering() });
  await make(api, at.vnet("vnet"), { body: good.vnet() });
  await make(api, at.gateway("gw"), { body: good.gateway() });
  await make(api, at.connection("link"), { body: good.connection() });
  const wider = network(["10.1.0.0/16", "192.168.0.0/16"]);
  const answer = await api.call("customer", "PUT", at.vnet("vnet"), wider);
  expect(refusalsIn(answer)).toContain(`AddressSpaceOverlap ${prefixes}`);
});

test("a network in use is not deleted, and takes its subnets along when it goes", async () => {
  await using api = await withGroup();
  await make(api, at.vnet("vnet"), { body: good.vnet() });
  await make(api, at.gateway("gw"), { body: good.gateway() });
  const blocked = await api.call("customer", "DELETE", at.vnet("vnet"));
  expect([blocked.status, ...refusalsIn(blocked)]).toEqual([
    409,
    `ConflictError ${at.gateway("gw")}`,
  ]);
  await api.call("customer", "DELETE", at.gateway("gw"));
  await api.settle();
  expect((await api.call("customer", "DELETE", at.vnet("vnet"))).status).toBe(202);
  expect(await api.store.list({ type: "Microsoft.Network/virtualNetworks/subnets" })).toEqual([]);
});

test.each([
  [
    "a community of another range",
    { bgpCommunities: { virtualNetworkCommunity: "12076:50002" } },
    "InvalidParameter properties.bgpCommunities.virtualNetworkCommunity",
  ],
  [
    "a community without the cloud's number",
    { bgpCommunities: { virtualNetworkCommunity: "20007" } },
    "InvalidParameter properties.bgpCommunities.virtualNetworkCommunity",
  ],
  [
    "summaries that overlap",
    { summarizedGatewayPrefixes: { addressPrefixes: ["10.0.0.0/8", "10.1.0.0/16"] } },
    "AddressSpaceOverlap properties.summarizedGatewayPrefixes.addressPrefixes[1]",
  ],
  [
    "a summary with host bits",
    { summarizedGatewayPrefixes: { addressPrefixes: ["10.0.0.1/8"] } },
    "InvalidParameter properties.summarizedGatewayPrefixes.addressPrefixes[0]",
  ],
])("%s is refused", async (_, more, expected) => {
  await using api = await withGroup();
  const { properties, ...rest } = good.vnet();
  const body = { ...rest, properties: { ...properties, ...more } };
  expect(refusalsIn(await api.call("customer", "PUT", at.vnet("vnet"), body))).toEqual([expected]);
});

test("a linked network tells no more than a connection carries, and may summarise", async () => {
  await using api = await withGroup();
  await makeProvisioned(api, "blue");
  await make(api, at.peering("blue"), { body: good.peering() });
  await make(api, at.vnet("vnet"), { body: good.vnet() });
  await make(api, at.gateway("gw"), { body: good.gateway() });
  await make(api, at.connection("link"), { body: good.connection() });
  const ipv6 = Array.from({ length: 101 }, (_, index) => `fd00:${index.toString(16)}::/48`);
  const many = (more: object) => ({
    location: "westeurope",
    properties: { addressSpace: { addressPrefixes: ["10.1.0.0/16", ...ipv6] }, ...more },
  });
  const answer = await api.call("customer", "PUT", at.vnet("vnet"), many({}));
  expect(refusalsIn(answer)).toEqual([`LimitExceeded ${prefixes}`]);
  const summarizedGatewayPrefixes = { addressPrefixes: ["fd00::/24"] };
  const summed = many({ summarizedGatewayPrefixes });
  expect((await api.call("customer", "PUT", at.vnet("vnet"), summed)).status).toBe(200);
});
