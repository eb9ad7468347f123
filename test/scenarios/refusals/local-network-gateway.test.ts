import { expect, test } from "vitest";
import { at, make, makeGroup, refusalsIn, startApi } from "../../../src/api/api-fixture.ts";

const site = at.network("localNetworkGateways", "site");
const body = (properties: object) => ({ location: "westeurope", properties });

test("every field of another shape is refused at once", async () => {
  await using api = startApi();
  await makeGroup(api);
  const sent = body({
    gatewayIpAddress: "none",
    localNetworkAddressSpace: { addressPrefixes: ["10.0.0.1/8"] },
    bgpSettings: { asn: 0 },
  });
  expect([...refusalsIn(await api.call("customer", "PUT", site, sent))].sort()).toEqual([
    "InvalidParameter properties.bgpSettings.asn",
    "InvalidParameter properties.gatewayIpAddress",
    "InvalidParameter properties.localNetworkAddressSpace.addressPrefixes[0]",
  ]);
});

test("a far end is kept as it was sent", async () => {
  await using api = startApi();
  await makeGroup(api);
  await make(api, site, { body: body({ gatewayIpAddress: "198.51.100.1" }) });
  const { body: found } = await api.call("customer", "GET", site);
  expect(found["properties"]).toMatchObject({ gatewayIpAddress: "198.51.100.1" });
});
