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

async function withNetwork(): Promise<Api> {
  const api = startApi();
  await makeGroup(api);
  await make(api, at.vnet("vnet"), { body: good.vnet() });
  return api;
}

const subnetId = "properties.ipConfigurations[0].properties.subnet.id";

function gatewayWith(changes: object, location = "westeurope") {
  return { location, properties: { ...good.gateway().properties, ...changes } };
}
function scaled(bounds: object) {
  return { sku: { name: "ErGwScale" }, autoScaleConfiguration: { bounds } };
}
const standingIn = (id: string) => ({ ipConfigurations: [{ properties: { subnet: { id } } }] });

test.each([
  ["a VPN gateway", gatewayWith({ gatewayType: "Vpn" }), "InvalidParameter properties.gatewayType"],
  [
    "an unknown SKU",
    gatewayWith({ sku: { name: "Huge" } }),
    "InvalidParameter properties.sku.name",
  ],
  [
    "a tier that contradicts the name",
    gatewayWith({ sku: { name: "ErGw1AZ", tier: "ErGw2AZ" } }),
    "SkuInvalid properties.sku.tier",
  ],
  [
    "units of a SKU that has none",
    gatewayWith({ autoScaleConfiguration: { bounds: { min: 2 } } }),
    "SkuInvalid properties.autoScaleConfiguration",
  ],
  [
    "more units than there are",
    gatewayWith(scaled({ min: 2, max: 41 })),
    "InvalidParameter properties.autoScaleConfiguration.bounds.max",
  ],
  [
    "a least that is more than the most",
    gatewayWith(scaled({ min: 5, max: 4 })),
    "InvalidParameter properties.autoScaleConfiguration.bounds.min",
  ],
  [
    "one unit that grows",
    gatewayWith(scaled({ min: 1, max: 4 })),
    "InvalidParameter properties.autoScaleConfiguration.bounds.min",
  ],
  [
    "no configuration",
    gatewayWith({ ipConfigurations: [] }),
    "InvalidParameter properties.ipConfigurations",
  ],
  [
    "another subnet",
    gatewayWith(standingIn(`${at.vnet("vnet")}/subnets/default`)),
    `InvalidResourceReference ${subnetId}`,
  ],
  [
    "a network that does not exist",
    gatewayWith(standingIn(`${at.vnet("none")}/subnets/GatewaySubnet`)),
    `InvalidResourceReference ${subnetId}`,
  ],
  [
    "an address that does not exist",
    gatewayWith({
      ipConfigurations: [
        {
          properties: {
            subnet: { id: `${at.vnet("vnet")}/subnets/GatewaySubnet` },
            publicIPAddress: { id: at.network("publicIPAddresses", "none") },
          },
        },
      ],
    }),
    "InvalidResourceReference properties.ipConfigurations[0].properties.publicIPAddress.id",
  ],
  ["another region", gatewayWith({}, "eastus"), "InvalidResourceLocation location"],
])("%s is refused", async (_, body, expected) => {
  await using api = await withNetwork();
  const answer = await api.call("customer", "PUT", at.gateway("gw"), body);
  expect(refusalsIn(answer)).toEqual([expected]);
});

test("a GatewaySubnet of IPv6 alone holds no gateway", async () => {
  await using api = await withNetwork();
  const body = {
    location: "westeurope",
    properties: {
      addressSpace: { addressPrefixes: ["fd00:1::/48"] },
      subnets: [{ name: "GatewaySubnet", properties: { addressPrefix: "fd00:1::/64" } }],
    },
  };
  await make(api, at.vnet("six"), { body });
  const answer = await api.call("customer", "PUT", at.gateway("gw"), good.gateway("six"));
  expect(refusalsIn(answer)).toEqual([`AddressSpaceInvalid ${subnetId}`]);
});

test("a network has one gateway, whose two instances have addresses of the subnet", async () => {
  await using api = await withNetwork();
  await make(api, at.gateway("gw"), { body: good.gateway() });
  const row = await api.store.read(at.gateway("gw"));
  expect(row?.assigned).toEqual({
    number: 1,
    instanceAddresses: { ipv4: ["10.1.255.5", "10.1.255.6"] },
  });
  const second = await api.call("customer", "PUT", at.gateway("gw2"), good.gateway());
  expect([second.status, ...refusalsIn(second)]).toEqual([409, `GatewayExists ${subnetId}`]);
  const moved = gatewayWith(standingIn(`${at.vnet("none")}/subnets/GatewaySubnet`));
  const answer = await api.call("customer", "PUT", at.gateway("gw"), moved);
  expect(refusalsIn(answer)).toEqual([`ImmutableField ${subnetId}`]);
});

test("a smaller SKU still carries what is joined, and a joined gateway stays", async () => {
  await using api = await withNetwork();
  await make(api, at.gateway("gw"), { body: good.gateway("vnet", "ErGw2AZ") });
  for (let index = 0; index < 5; index += 1) {
    const circuit = `c${index}`;
    const place = index < 2 ? "Amsterdam" : "New York";
    const premium = { sku: { tier: "Premium", family: "MeteredData" } };
    await makeProvisioned(api, circuit, { ...good.circuit(50, place), ...premium });
    await make(api, at.peering(circuit), { body: good.peering() });
    await make(api, at.connection(circuit), { body: good.connection(circuit) });
  }
  const smaller = await api.call("customer", "PUT", at.gateway("gw"), good.gateway());
  expect([smaller.status, ...refusalsIn(smaller)]).toEqual([
    409,
    "LimitExceeded properties.sku.name",
  ]);
  const deleted = await api.call("customer", "DELETE", at.gateway("gw"));
  expect(refusalsIn(deleted)).toHaveLength(5);
});

test("a gateway that scales has two units where none are asked for, and as many circuits as they carry", async () => {
  await using api = await withNetwork();
  const bare = gatewayWith({ sku: { name: "ErGwScale" } });
  const { properties } = await make(api, at.gateway("gw"), { body: bare });
  expect(properties?.["autoScaleConfiguration"]).toEqual({ bounds: { min: 2, max: 2 } });
  const grown = gatewayWith(scaled({ max: 10 }));
  const answer = await api.call("customer", "PUT", at.gateway("gw"), grown);
  expect([answer.status, answer.body["properties"]]).toMatchObject([
    200,
    { autoScaleConfiguration: { bounds: { min: 2, max: 10 } } },
  ]);
});

test("a gateway becomes another of its own family and no other", async () => {
  await using api = await withNetwork();
  await make(api, at.gateway("gw"), { body: good.gateway("vnet", "Standard") });
  const zonal = good.gateway("vnet", "ErGw1AZ");
  const crossed = await api.call("customer", "PUT", at.gateway("gw"), zonal);
  expect([crossed.status, ...refusalsIn(crossed)]).toEqual([409, "SkuInvalid properties.sku.name"]);
  const larger = good.gateway("vnet", "UltraPerformance");
  expect((await api.call("customer", "PUT", at.gateway("gw"), larger)).status).toBe(200);
});
