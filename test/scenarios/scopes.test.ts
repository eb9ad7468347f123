import { expect, test } from "vitest";
import {
  type Api,
  at,
  good,
  make,
  makeGroup,
  makeProvisioned,
  provision,
  startApi,
} from "../../src/api/api-fixture.ts";

const circuit = `circuit:${at.circuit("blue").toLowerCase()}`;
const vnet = `vnet:${at.vnet("vnet").toLowerCase()}`;

async function linked(): Promise<{ api: Api; key: string }> {
  const api = startApi();
  await makeGroup(api);
  const key = await makeProvisioned(api, "blue");
  await make(api, at.peering("blue"), { body: good.peering() });
  await make(api, at.vnet("vnet"), { body: good.vnet() });
  await make(api, at.gateway("gw"), { body: good.gateway() });
  await make(api, at.connection("link"), { body: good.connection() });
  return { api, key };
}

async function dirtyAfter(api: Api, change: () => Promise<unknown>): Promise<string[]> {
  await api.settle();
  await change();
  return (await api.store.dirtyScopes(99)).map(({ scope }) => scope).sort();
}

test("a change anywhere on a linked circuit concerns the circuit and its networks", async () => {
  const { api, key } = await linked();
  await using _ = api;
  const tagged = { tags: { a: "b" } };
  const both = [circuit, vnet];
  const put = (path: string, body: object) => () => api.call("customer", "PUT", path, body);
  expect(await dirtyAfter(api, put(at.circuit("blue"), { ...good.circuit(), ...tagged }))).toEqual(
    both,
  );
  expect(await dirtyAfter(api, put(at.peering("blue"), good.peering({ vlanId: 7 })))).toEqual(both);
  expect(await dirtyAfter(api, put(`${at.circuit("blue")}/authorizations/a`, {}))).toEqual(both);
  const noted = () => provision(api, key, "Provisioned", { serviceProviderNotes: "x" });
  expect(await dirtyAfter(api, noted)).toEqual(both);
  expect(await dirtyAfter(api, put(at.vnet("vnet"), { ...good.vnet(), ...tagged }))).toEqual(both);
  expect(await dirtyAfter(api, put(at.gateway("gw"), { ...good.gateway(), ...tagged }))).toEqual(
    both,
  );
  const subnet = put(`${at.vnet("vnet")}/subnets/more`, {
    properties: { addressPrefix: "10.1.9.0/24" },
  });
  expect(await dirtyAfter(api, subnet)).toEqual(both);
  const machine = {
    location: "westeurope",
    properties: { subnet: { id: `${at.vnet("vnet")}/subnets/default` } },
  };
  expect(await dirtyAfter(api, put(at.machine("vm"), machine))).toEqual(both);
  expect(
    await dirtyAfter(api, () => api.call("customer", "DELETE", at.connection("link"))),
  ).toEqual(both);
});

test("a port concerns itself and its circuits, a group nothing", async () => {
  await using api = startApi();
  expect(await dirtyAfter(api, () => makeGroup(api))).toEqual([]);
  await make(api, at.port("port"), { body: good.port() });
  await make(api, at.circuit("blue"), { body: good.directCircuit() });
  const tagged = { ...good.port(), tags: { a: "b" } };
  const change = () => api.call("customer", "PUT", at.port("port"), tagged);
  expect(await dirtyAfter(api, change)).toEqual([circuit, `port:${at.port("port").toLowerCase()}`]);
});
