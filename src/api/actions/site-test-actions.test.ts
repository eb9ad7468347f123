import { expect, test } from "vitest";
import { type Api, at, good, make, makeGroup, refusalsIn, startApi } from "../api-fixture.ts";

const location = "westeurope";
const hubGateway = at.network("expressRouteGateways", "ergw");

async function ready(): Promise<Api> {
  const api = startApi();
  await makeGroup(api);
  await make(api, at.circuit("blue"), { body: good.circuit() });
  await make(api, at.vnet("vnet"), { body: good.vnet() });
  await make(api, at.gateway("gw"), { body: good.gateway() });
  const wan = at.network("virtualWans", "wan");
  const hub = at.network("virtualHubs", "hub");
  await make(api, wan, { body: { location } });
  const properties = { virtualWan: { id: wan }, addressPrefix: "10.9.0.0/24" };
  await make(api, hub, { body: { location, properties } });
  await make(api, hubGateway, { body: { location, properties: { virtualHub: { id: hub } } } });
  return api;
}

test.each([
  ["a network's gateway", at.gateway("gw")],
  ["a hub's gateway", hubGateway],
])("a site test of %s does not begin, and there is none to stop", async (_, path) => {
  await using api = await ready();
  const start = "startSiteFailoverTest";
  const at1 = await api.call("customer", "POST", `${path}/${start}?peeringLocation=Amsterdam`);
  expect(refusalsIn(at1)).toEqual([`NotOffered ${start}`]);
  const nowhere = await api.call("customer", "POST", `${path}/${start}?peeringLocation=Rome`);
  expect(refusalsIn(nowhere)).toEqual(["InvalidParameter peeringLocation", `NotOffered ${start}`]);
  const body = { peeringLocation: "Amsterdam", wasSimulationSuccessful: true, details: [] };
  const stop = await api.call("customer", "POST", `${path}/stopSiteFailoverTest`, body);
  expect(refusalsIn(stop)).toEqual(["NotOffered stopSiteFailoverTest"]);
});

test("no test is in the history", async () => {
  await using api = await ready();
  const words = [
    ...[at.gateway("gw"), hubGateway].flatMap((path) => [
      `${path}/getFailoverAllTestsDetails`,
      `${path}/getFailoverSingleTestDetails`,
    ]),
  ];
  for (const word of words) {
    const { status, body } = await api.call("customer", "POST", `${word}?fetchLatest=true`);
    expect([word, status, body]).toEqual([word, 200, []]);
  }
});

test("a hub's gateway knows no routes, and nothing is judged of it", async () => {
  await using api = await ready();
  const routes = await api.call("customer", "POST", `${hubGateway}/getRoutesInformation`);
  expect(routes.body).toEqual({ routeSets: [], circuitsMetadataMap: {} });
  const judged = await api.call("customer", "POST", `${hubGateway}/getResiliencyInformation`);
  expect(judged.body).toEqual({ components: [] });
});
