import { expect, test } from "vitest";
import { at, good, make, makeGroup, refusalsIn, startApi } from "../../../src/api/api-fixture.ts";

const address = at.network("publicIPAddresses", "pip");
const body = (properties: object, sku = "Standard") => ({
  location: "westeurope",
  sku: { name: sku },
  properties,
});

test.each([
  [
    "a dynamic one of SKU Standard",
    body({ publicIPAllocationMethod: "Dynamic" }),
    "InvalidParameter properties.publicIPAllocationMethod",
  ],
  [
    "an idle timeout out of range",
    body({ idleTimeoutInMinutes: 31 }),
    "InvalidParameter properties.idleTimeoutInMinutes",
  ],
  ["an unknown SKU", body({}, "Premium"), "InvalidParameter sku.name"],
])("%s is refused", async (_, sent, expected) => {
  await using api = startApi();
  await makeGroup(api);
  expect(refusalsIn(await api.call("customer", "PUT", address, sent))).toEqual([expected]);
});

test("an address has no number, says who uses it, and stays while it is used", async () => {
  await using api = startApi();
  await makeGroup(api);
  await make(api, address, { body: body({}) });
  await make(api, at.vnet("vnet"), { body: good.vnet() });
  const gateway = structuredClone(good.gateway()) as {
    properties: { ipConfigurations: { properties: object }[] };
  };
  Object.assign(gateway.properties.ipConfigurations[0]?.properties ?? {}, {
    publicIPAddress: { id: address },
  });
  await make(api, at.gateway("gw"), { body: gateway });
  const { body: found } = await api.call("customer", "GET", address);
  expect(found["properties"]).toMatchObject({
    publicIPAllocationMethod: "Static",
    ipConfiguration: { id: `${at.gateway("gw")}/ipConfigurations/vnetGatewayConfig0` },
  });
  expect(found["properties"]).not.toHaveProperty("ipAddress");
  expect(refusalsIn(await api.call("customer", "DELETE", address))).toEqual([
    `ConflictError ${at.gateway("gw")}`,
  ]);
});
