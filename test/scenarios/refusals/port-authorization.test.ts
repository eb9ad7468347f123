import { expect, test } from "vitest";
import {
  type Api,
  at,
  good,
  make,
  makeGroup,
  otherSubscription,
  refusalsIn,
  startApi,
} from "../../../src/api/api-fixture.ts";

const group = `/subscriptions/${otherSubscription}/resourceGroups/rg`;
const theirs = (name: string) =>
  `${group}/providers/Microsoft.Network/expressRouteCircuits/${name}`;
const authorization = `${at.port("port")}/authorizations/one`;
const keyField = "properties.authorizationKey";

async function ready(): Promise<{ api: Api; key: string }> {
  const api = startApi();
  await makeGroup(api);
  await make(api, group, { who: "other", body: { location: "westeurope" } });
  await make(api, at.port("port"), { body: good.port() });
  const { properties } = await make(api, authorization, { body: { properties: {} } });
  return { api, key: String(properties?.["authorizationKey"]) };
}

const onPort = (authorizationKey?: string) => {
  const body = good.directCircuit();
  const key = authorizationKey === undefined ? {} : { authorizationKey };
  return { ...body, properties: { ...body.properties, ...key } };
};

test("a key cuts one circuit of another subscription from the port", async () => {
  const { api, key } = await ready();
  await using _ = api;
  const made = await api.call("other", "PUT", theirs("red"), onPort(key));
  expect(made.status).toBe(201);
  expect(JSON.stringify(made.body)).not.toContain(key);
  await api.settle();
  expect((await api.call("customer", "GET", authorization)).body["properties"]).toMatchObject({
    authorizationKey: key,
    authorizationUseStatus: "InUse",
    circuitResourceUri: theirs("red"),
    provisioningState: "Succeeded",
  });
  expect((await api.call("customer", "GET", at.port("port"))).body["properties"]).toMatchObject({
    circuits: [{ id: theirs("red") }],
    provisionedBandwidthInGbps: 2,
  });
});

test("a circuit keeps what it redeemed, with its key and without", async () => {
  const { api, key } = await ready();
  await using _ = api;
  await make(api, theirs("red"), { who: "other", body: onPort(key) });
  for (const sent of [key, undefined]) {
    const again = await api.call("other", "PUT", theirs("red"), onPort(sent));
    expect(again.status).toBe(200);
  }
});

test("what a circuit redeemed at one port tells it nothing of another", async () => {
  const { api, key } = await ready();
  await using _ = api;
  await make(api, theirs("red"), { who: "other", body: onPort(key) });
  const { properties, ...body } = onPort();
  const moved = (name: string) => ({
    ...body,
    properties: { ...properties, bandwidthInGbps: 3, expressRoutePort: { id: at.port(name) } },
  });
  const exists = await api.call("other", "PUT", theirs("red"), moved("port"));
  expect(refusalsIn(exists)).toEqual(["BandwidthNotOffered properties.bandwidthInGbps"]);
  await make(api, at.port("second"), { body: good.port() });
  for (const name of ["second", "none"]) {
    const answer = await api.call("other", "PUT", theirs("red"), moved(name));
    const field = "properties.expressRoutePort.id";
    expect(refusalsIn(answer)).toEqual([
      `ImmutableField ${field}`,
      `InvalidResourceReference ${field}`,
    ]);
  }
});

test("a key that is in use, wrong or missing, or for a provider's circuit, is refused", async () => {
  const { api, key } = await ready();
  await using _ = api;
  const none = await api.call("other", "PUT", theirs("red"), onPort());
  expect(refusalsIn(none)).toEqual(["InvalidResourceReference properties.expressRoutePort.id"]);
  const wrong = onPort("00000000-0000-4000-8000-00000000abcd");
  expect(refusalsIn(await api.call("other", "PUT", theirs("red"), wrong))).toEqual([
    `AuthorizationInvalid ${keyField}`,
  ]);
  await make(api, theirs("red"), { who: "other", body: onPort(key) });
  const second = await api.call("other", "PUT", theirs("two"), onPort(key));
  expect([second.status, ...refusalsIn(second)]).toEqual([409, `AuthorizationInvalid ${keyField}`]);
  const provider = good.circuit();
  const properties = { ...provider.properties, authorizationKey: key };
  const bought = await api.call("customer", "PUT", at.circuit("b"), { ...provider, properties });
  expect(refusalsIn(bought)).toEqual([`InvalidParameter ${keyField}`]);
});

test("an authorization in use stays, and is free again when its circuit is gone", async () => {
  const { api, key } = await ready();
  await using _ = api;
  await make(api, theirs("red"), { who: "other", body: onPort(key) });
  const held = await api.call("customer", "DELETE", authorization);
  expect([held.status, ...refusalsIn(held)]).toEqual([409, `ConflictError ${theirs("red")}`]);
  await api.call("other", "DELETE", theirs("red"));
  await api.settle();
  expect((await api.call("customer", "GET", authorization)).body["properties"]).toMatchObject({
    authorizationUseStatus: "Available",
  });
  expect((await api.call("customer", "DELETE", authorization)).status).toBe(202);
  expect((await api.call("customer", "GET", authorization)).status).toBe(404);
});

test("keys are listed by themselves, of ports' and of circuits' authorizations", async () => {
  const { api, key } = await ready();
  await using _ = api;
  const port = await api.call("customer", "POST", `${authorization}/listKeys`);
  expect([port.status, port.body]).toEqual([200, { authorizationKey: key }]);
  await make(api, at.circuit("blue"), { body: good.circuit() });
  const own = `${at.circuit("blue")}/authorizations/one`;
  const { properties } = await make(api, own, { body: {} });
  const circuit = await api.call("customer", "POST", `${own}/listKeys`);
  expect(circuit.body).toEqual({ authorizationKey: properties?.["authorizationKey"] });
  expect((await api.call("customer", "GET", `${own}/listKeys`)).status).toBe(405);
});
