import { expect, test } from "vitest";
import { at, good, make, makeGroup, refusalsIn, startApi } from "../../../src/api/api-fixture.ts";

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

test("what would carry another's circuits is refused, all of it at once", async () => {
  await using api = await withNetworks();
  const body = towards(at.vnet("other"), { useRemoteGateways: true, allowGatewayTransit: true });
  expect([...refusalsIn(await api.call("customer", "PUT", peering, body))].sort()).toEqual([
    "InvalidParameter properties.allowGatewayTransit",
    "InvalidParameter properties.useRemoteGateways",
  ]);
});

test("a peering stands in its network, never says that it is carried, and has no twin", async () => {
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
