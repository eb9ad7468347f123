import { expect, test } from "vitest";
import {
  type Api,
  at,
  good,
  make,
  makeGroup,
  refusalsIn,
  startApi,
} from "../../../src/api/api-fixture.ts";

async function withNetwork(): Promise<Api> {
  const api = startApi();
  await makeGroup(api);
  const { properties, ...rest } = good.vnet();
  const addressSpace = { addressPrefixes: ["10.1.0.0/16", "fd00:1::/48"] };
  await make(api, at.vnet("vnet"), {
    body: { ...rest, properties: { ...properties, addressSpace } },
  });
  return api;
}

const put = (api: Api, name: string, properties: object) =>
  api.call("customer", "PUT", `${at.vnet("vnet")}/subnets/${name}`, { properties });

test.each([
  ["no prefix", "a", {}, "InvalidParameter properties.addressPrefix"],
  [
    "a prefix outside",
    "a",
    { addressPrefix: "10.9.0.0/24" },
    "AddressSpaceInvalid properties.addressPrefix",
  ],
  ["a /30", "a", { addressPrefix: "10.1.5.0/30" }, "AddressSpaceInvalid properties.addressPrefix"],
  [
    "IPv6 that is not a /64",
    "a",
    { addressPrefix: "fd00:1::/56" },
    "AddressSpaceInvalid properties.addressPrefix",
  ],
  [
    "a prefix that is taken",
    "a",
    { addressPrefix: "10.1.0.0/25" },
    "AddressSpaceOverlap properties.addressPrefix",
  ],
  [
    "two of one family",
    "a",
    { addressPrefixes: ["10.1.5.0/24", "10.1.6.0/24"] },
    "AddressSpaceInvalid properties.addressPrefixes",
  ],
  [
    "a small GatewaySubnet",
    "GatewaySubnet",
    { addressPrefix: "10.1.5.0/28" },
    "AddressSpaceInvalid properties.addressPrefix",
  ],
])("%s is refused", async (_, name, properties, expected) => {
  await using api = await withNetwork();
  expect(refusalsIn(await put(api, name, properties))).toEqual([expected]);
});

test("a subnet under a network that does not exist is refused", async () => {
  await using api = await withNetwork();
  const path = `${at.vnet("none")}/subnets/a`;
  const answer = await api.call("customer", "PUT", path, {
    properties: { addressPrefix: "10.1.5.0/24" },
  });
  expect([answer.status, ...refusalsIn(answer)]).toEqual([404, "ParentResourceNotFound"]);
});

test("a subnet in use keeps its prefix and stays, and may gain a family", async () => {
  await using api = await withNetwork();
  const subnet = { id: `${at.vnet("vnet")}/subnets/default` };
  await make(api, at.machine("vm"), { body: { location: "westeurope", properties: { subnet } } });
  const moved = await put(api, "default", { addressPrefix: "10.1.5.0/24" });
  expect([moved.status, ...refusalsIn(moved)]).toEqual([
    409,
    "ConflictError properties.addressPrefix",
  ]);
  const deleted = await api.call("customer", "DELETE", `${at.vnet("vnet")}/subnets/default`);
  expect(refusalsIn(deleted)).toEqual([`ConflictError ${at.machine("vm")}`]);
  const both = await put(api, "default", { addressPrefixes: ["10.1.0.0/24", "fd00:1::/64"] });
  expect(both.status).toBe(200);
});
