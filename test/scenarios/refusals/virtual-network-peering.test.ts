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

const peering = `${at.vnet("vnet")}/virtualNetworkPeerings/to-other`;

async function withNetworks() {
  const api = startApi();
  await makeGroup(api);
  await make(api, at.vnet("vnet"), { body: good.vnet() });
  await make(api, at.vnet("other"), { body: good.vnet("10.2.0.0/16") });
  await make(api, at.vnet("same"), { body: good.vnet("10.1.0.0/16") });
  return api;
}

const towards = (id: string, more: object = {}) => ({
  properties: { remoteVirtualNetwork: { id }, ...more },
});

test.each([
  ["no network", towards(at.vnet("none")), "InvalidResourceReference"],
  ["itself", towards(at.vnet("vnet")), "InvalidResourceReference"],
  ["one that overlaps", towards(at.vnet("same")), "AddressSpaceOverlap"],
])("a peering with %s is refused", async (_, body, code) => {
  await using api = await withNetworks();
  const answer = await api.call("customer", "PUT", peering, body);
  expect(refusalsIn(answer)).toEqual([`${code} properties.remoteVirtualNetwork.id`]);
});

const back = `${at.vnet("other")}/virtualNetworkPeerings/to-vnet`;
const useRemote = { useRemoteGateways: true };
const allowTransit = { allowGatewayTransit: true };

/** `other` has a gateway on circuit `blue`, and allows its use. */
async function withHub() {
  const api = await withNetworks();
  await makeProvisioned(api, "blue");
  await make(api, at.peering("blue"), { body: good.peering() });
  await make(api, at.gateway("gw"), { body: good.gateway("other") });
  await make(api, at.connection("link"), { body: good.connection() });
  await make(api, back, { body: towards(at.vnet("vnet"), allowTransit) });
  return api;
}

const use = (api: Api, more: object = useRemote) =>
  api.call("customer", "PUT", peering, towards(at.vnet("other"), more));

test("a network uses another's gateway where that has one and allows it", async () => {
  await using api = await withNetworks();
  expect(refusalsIn(await use(api))).toEqual([
    "GatewayTransitMissing properties.useRemoteGateways",
  ]);
  await make(api, at.gateway("gw"), { body: good.gateway("other") });
  await make(api, back, { body: towards(at.vnet("vnet")) });
  expect(refusalsIn(await use(api))).toEqual([
    "GatewayTransitMissing properties.useRemoteGateways",
  ]);
  await make(api, back, { body: towards(at.vnet("vnet"), allowTransit) });
  const { status, body } = await use(api);
  expect([status, body["properties"]]).toMatchObject([201, { peeringState: "Connected" }]);
});

test("a network with a gateway uses no other, and one that uses another gets none", async () => {
  await using api = await withHub();
  expect((await use(api)).status).toBe(201);
  const own = await api.call("customer", "PUT", at.gateway("own"), good.gateway("vnet"));
  expect(refusalsIn(own)).toEqual([
    "GatewayExists properties.ipConfigurations[0].properties.subnet.id",
  ]);
  expect((await use(api, {})).status).toBe(200);
  await make(api, at.gateway("own"), { body: good.gateway("vnet") });
  expect(refusalsIn(await use(api))).toEqual(["GatewayExists properties.useRemoteGateways"]);
});

test("what is reached over the gateway's circuits must not overlap, at once or later", async () => {
  await using api = await withHub();
  await make(api, at.vnet("third"), { body: good.vnet("10.9.0.0/16") });
  await make(api, at.gateway("g3"), { body: good.gateway("third") });
  await make(api, at.connection("l3"), { body: good.connection("blue", "g3") });
  const spaces = (...addressPrefixes: string[]) => ({
    location: "westeurope",
    properties: { addressSpace: { addressPrefixes } },
  });
  await make(api, at.vnet("vnet"), { body: spaces("10.1.0.0/16", "10.9.0.0/24") });
  expect(refusalsIn(await use(api))).toEqual(["AddressSpaceOverlap properties.useRemoteGateways"]);
  await make(api, at.vnet("vnet"), { body: spaces("10.1.0.0/16") });
  expect((await use(api)).status).toBe(201);
  const wider = spaces("10.1.0.0/16", "10.9.0.0/24");
  const later = await api.call("customer", "PUT", at.vnet("vnet"), wider);
  expect(refusalsIn(later)).toEqual([
    "AddressSpaceOverlap properties.addressSpace.addressPrefixes",
  ]);
});

test("what is in use is neither switched off nor deleted", async () => {
  await using api = await withHub();
  expect((await use(api)).status).toBe(201);
  const off = await api.call("customer", "PUT", back, towards(at.vnet("vnet")));
  expect(refusalsIn(off)).toEqual(["ConflictError properties.allowGatewayTransit"]);
  const gone = await api.call("customer", "DELETE", at.gateway("gw"));
  expect(refusalsIn(gone)).toContain(`ConflictError ${at.vnet("vnet")}`);
});

test("a network uses one gateway", async () => {
  await using api = await withHub();
  expect((await use(api)).status).toBe(201);
  await make(api, at.vnet("third"), { body: good.vnet("10.9.0.0/16") });
  await make(api, at.gateway("g3"), { body: good.gateway("third") });
  const there = `${at.vnet("third")}/virtualNetworkPeerings/to-vnet`;
  await make(api, there, { body: towards(at.vnet("vnet"), allowTransit) });
  const second = `${at.vnet("vnet")}/virtualNetworkPeerings/to-third`;
  const answer = await api.call("customer", "PUT", second, towards(at.vnet("third"), useRemote));
  expect(refusalsIn(answer)).toEqual(["ConflictError properties.useRemoteGateways"]);
});

test("a peering stands in its network, says that it is carried only where it is, that it is carried, and has no twin", async () => {
  await using api = await withNetworks();
  await make(api, peering, { body: towards(at.vnet("other")) });
  const { body } = await api.call("customer", "GET", at.vnet("vnet"));
  expect(body).toMatchObject({
    properties: {
      virtualNetworkPeerings: [
        {
          name: "to-other",
          properties: {
            peeringState: "Initiated",
            remoteAddressSpace: { addressPrefixes: ["10.2.0.0/16"] },
          },
        },
      ],
    },
  });
  const twin = `${at.vnet("vnet")}/virtualNetworkPeerings/again`;
  const answer = await api.call("customer", "PUT", twin, towards(at.vnet("other")));
  expect(refusalsIn(answer)).toEqual(["ConflictError properties.remoteVirtualNetwork.id"]);
});
