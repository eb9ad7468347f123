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

test("a hub's gateway has no test, and there is none to stop", async () => {
  await using api = await ready();
  for (const word of ["startSiteFailoverTest", "stopSiteFailoverTest"]) {
    const answer = await api.call("customer", "POST", `${hubGateway}/${word}`, {});
    expect([answer.status, ...refusalsIn(answer)]).toEqual([400, `NotOffered ${word}`]);
  }
  for (const word of ["getFailoverAllTestsDetails", "getFailoverSingleTestDetails"]) {
    const { status, body } = await api.call("customer", "POST", `${hubGateway}/${word}`);
    expect([word, status, body]).toEqual([word, 200, []]);
  }
});

test("a site test of a gateway without circuits is refused with every reason, and none is in its history", async () => {
  await using api = await ready();
  const gateway = at.gateway("gw");
  const before = await api.store.read(gateway);
  const nowhere = await api.call(
    "customer",
    "POST",
    `${gateway}/startSiteFailoverTest?peeringLocation=Rome`,
  );
  expect(refusalsIn(nowhere)).toEqual(["InvalidParameter peeringLocation"]);
  const body = { peeringLocation: 7, details: [{ isVerified: "yes" }] };
  const stop = await api.call("customer", "POST", `${gateway}/stopSiteFailoverTest`, body);
  expect([stop.status, ...refusalsIn(stop)]).toEqual([
    400,
    "InvalidParameter peeringLocation",
    "InvalidParameter details[0].isVerified",
    `FailoverTestNotRunning ${gateway}`,
  ]);
  const all = `${gateway}/getFailoverAllTestsDetails`;
  expect((await api.call("customer", "POST", all)).body).toEqual([]);
  const wrong = await api.call("customer", "POST", `${all}?type=x&fetchLatest=y`);
  expect(refusalsIn(wrong)).toEqual(["InvalidParameter type", "InvalidParameter fetchLatest"]);
  expect(
    (await api.call("customer", "POST", `${gateway}/getFailoverSingleTestDetails`)).body,
  ).toEqual([]);
  expect(await api.store.read(gateway)).toEqual(before);
});

test("a hub's gateway knows no routes, and nothing is judged of it", async () => {
  await using api = await ready();
  const routes = await api.call("customer", "POST", `${hubGateway}/getRoutesInformation`);
  expect(routes.body).toEqual({ routeSets: [], circuitsMetadataMap: {} });
  const judged = await api.call("customer", "POST", `${hubGateway}/getResiliencyInformation`);
  expect(judged.body).toEqual({ components: [] });
});
