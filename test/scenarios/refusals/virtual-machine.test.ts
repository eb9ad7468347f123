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
  await make(api, at.vnet("vnet"), { body: good.vnet() });
  return api;
}

const machine = (changes: object = {}, subnet = "default") => ({
  location: "westeurope",
  properties: { subnet: { id: `${at.vnet("vnet")}/subnets/${subnet}` }, ...changes },
});

test("machines get numbers and addresses of their own", async () => {
  await using api = await withNetwork();
  await make(api, at.machine("one"), { body: machine() });
  await make(api, at.machine("two"), { body: machine({ privateIPAddress: "10.1.0.6" }) });
  await make(api, at.machine("three"), { body: machine() });
  const rows = await api.store.list({ type: "Microsoft.Compute/virtualMachines" });
  expect(rows.map(({ name, assigned }) => [name, assigned])).toEqual([
    ["one", { number: 1, privateIPAddresses: ["10.1.0.5"] }],
    ["three", { number: 3, privateIPAddresses: ["10.1.0.7"] }],
    ["two", { number: 2, privateIPAddresses: ["10.1.0.6"] }],
  ]);
});

test.each([
  ["no subnet", { location: "westeurope", properties: {} }, "InvalidParameter properties.subnet"],
  [
    "a subnet that does not exist",
    machine({}, "none"),
    "InvalidResourceReference properties.subnet.id",
  ],
  [
    "the GatewaySubnet",
    machine({}, "GatewaySubnet"),
    "InvalidResourceReference properties.subnet.id",
  ],
  ["another region", { ...machine(), location: "eastus" }, "InvalidResourceLocation location"],
  [
    "a reserved address",
    machine({ privateIPAddress: "10.1.0.4" }),
    "AddressUnavailable properties.privateIPAddress",
  ],
  [
    "a foreign address",
    machine({ privateIPAddress: "10.9.0.9" }),
    "AddressUnavailable properties.privateIPAddress",
  ],
  [
    "an address that is none",
    machine({ privateIPAddress: "ten" }),
    "InvalidParameter properties.privateIPAddress",
  ],
  [
    "an address that is taken",
    machine({ privateIPAddress: "10.1.0.5" }),
    "AddressUnavailable properties.privateIPAddress",
  ],
])("%s is refused", async (_, body, expected) => {
  await using api = await withNetwork();
  await make(api, at.machine("first"), { body: machine() });
  const answer = await api.call("customer", "PUT", at.machine("vm"), body);
  expect(refusalsIn(answer)).toEqual([expected]);
});

test("subnet and address stay what they are", async () => {
  await using api = await withNetwork();
  await make(api, at.machine("vm"), { body: machine() });
  const moved = await api.call("customer", "PUT", at.machine("vm"), machine({}, "GatewaySubnet"));
  expect(refusalsIn(moved)).toEqual(["ImmutableField properties.subnet.id"]);
  const renumbered = machine({ privateIPAddress: "10.1.0.9" });
  const answer = await api.call("customer", "PUT", at.machine("vm"), renumbered);
  expect(refusalsIn(answer)).toEqual(["ImmutableField properties.privateIPAddress"]);
});

test("a full subnet has no address left", async () => {
  await using api = await withNetwork();
  const small = { properties: { addressPrefix: "10.1.9.0/29" } };
  await make(api, `${at.vnet("vnet")}/subnets/small`, { body: small });
  await make(api, at.machine("one"), { body: machine({}, "small") });
  await make(api, at.machine("two"), { body: machine({}, "small") });
  const answer = await api.call("customer", "PUT", at.machine("three"), machine({}, "small"));
  expect([answer.status, ...refusalsIn(answer)]).toEqual([409, "NoCapacity properties.subnet.id"]);
});
