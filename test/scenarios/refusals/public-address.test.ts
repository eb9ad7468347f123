import { expect, test } from "vitest";
import {
  at,
  customerSubscription,
  good,
  make,
  makeGroup,
  refusalsIn,
  startApi,
} from "../../../src/api/api-fixture.ts";

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
  [
    "a name that is no part of a host name",
    body({ dnsSettings: { domainNameLabel: "Not-A-Label" } }),
    "InvalidParameter properties.dnsSettings.domainNameLabel",
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

test("a name is held by one address of a region, and whoever asks is told so", async () => {
  await using api = startApi();
  await makeGroup(api);
  const free = async (label: string, region = "westeurope") => {
    const path = `/subscriptions/${customerSubscription}/providers/Microsoft.Network/locations/${region}/CheckDnsNameAvailability`;
    return api.call("customer", "GET", `${path}?domainNameLabel=${label}`);
  };
  const named = body({ dnsSettings: { domainNameLabel: "front" } });
  await make(api, address, { body: named });
  await make(api, address, { body: named });
  expect((await free("front")).body).toEqual({ available: false });
  expect((await free("back")).body).toEqual({ available: true });
  expect((await free("front", "northeurope")).body).toEqual({ available: true });
  expect((await api.call("customer", "GET", address)).body["properties"]).toMatchObject({
    dnsSettings: { domainNameLabel: "front" },
  });
  const other = at.network("publicIPAddresses", "other");
  expect(refusalsIn(await api.call("customer", "PUT", other, named))).toEqual([
    "DnsRecordInUse properties.dnsSettings.domainNameLabel",
  ]);
  expect(refusalsIn(await free(""))).toEqual(["InvalidParameter domainNameLabel"]);
  expect(refusalsIn(await free("front", "mars"))).toEqual(["LocationNotAvailable location"]);
});

test("what would be of a cloud service or a scale set is not there", async () => {
  await using api = startApi();
  await makeGroup(api);
  const compute = `${at.group}/providers/Microsoft.Compute`;
  const nic = "networkInterfaces/n/ipconfigurations/c/publicipaddresses";
  for (const path of [
    "cloudServices/web/publicipaddresses",
    `cloudServices/web/roleInstances/0/${nic}`,
    `virtualMachineScaleSets/web/virtualMachines/0/${nic}/one`,
  ]) {
    const { status, body: said } = await api.call("customer", "GET", `${compute}/${path}`);
    expect([status, said["error"]]).toMatchObject([404, { code: "ResourceNotFound" }]);
  }
});
