/** A gateway without the circuits of one peering location: by the API, on simulated nodes. */
import { expect, test } from "vitest";
import * as bodies from "../../src/main/demo/bodies.ts";
import { World } from "../../src/world/world.ts";
import { refusal } from "./refusal.ts";
import { type Ordered, order, remove } from "./world-orders.ts";

type Row = { readonly [field: string]: unknown };
const SITE = "10.10.0.0/16";

/** A gateway with a circuit in Amsterdam and one in Frankfurt. */
async function twoSites(world: World): Promise<{ near: Ordered; far: Ordered; second: string }> {
  const near = await order(world, "exchange-l2");
  const far = await order(world, "ethernet");
  // Every variant's networks have the same addresses.
  await world.customer.delete(far.names.connection(0));
  await world.settle();
  const second = `${near.names.group}/providers/Microsoft.Network/connections/second`;
  const { properties, ...rest } = bodies.connection(near.variant, near.names, 0) as {
    properties: object;
  };
  const peer = { id: far.names.circuit(0) };
  await world.customer.put(second, { ...rest, properties: { ...properties, peer } });
  await world.settle();
  await world.clock.advance(15_000);
  return { near, far, second };
}

const startAt = (gateway: string, location: string) =>
  `${gateway}/startSiteFailoverTest?peeringLocation=${location}`;

async function rows(world: World, gateway: string, which: "All" | "Single"): Promise<Row[]> {
  const words = {
    All: "AllTestsDetails?type=SingleSiteFailover&fetchLatest=true",
    Single: "SingleTestDetails",
  };
  return (await world.customer.post<Row[]>(`${gateway}/getFailover${words[which]}`)).body;
}

/** Ways that a gateway has to the customers' networks. */
async function waysOut(world: World, vrf: string): Promise<number> {
  const routes = await world.node("cloud-host").routes(vrf, AbortSignal.timeout(10_000));
  return routes.find(({ prefix }) => prefix === SITE)?.nextHops.length ?? 0;
}

async function uptimes(world: World, node: string, vrf: RegExp): Promise<readonly number[]> {
  const { sessions } = await world.node(node).observe(AbortSignal.timeout(10_000));
  return sessions.filter((one) => vrf.test(one.vrf)).map(({ uptimeSeconds = -1 }) => uptimeSeconds);
}

test("a test keeps one location's circuits from the gateway, and from no other, until it is stopped", async () => {
  await using world = await World.start();
  const { near, far } = await twoSites(world);
  await order(world, "direct-qinq");
  await world.clock.advance(15_000);
  const gateway = near.names.gateway(0);
  const vrfs = ["g1-0", "g1-1"];
  for (const vrf of vrfs) expect(await waysOut(world, vrf)).toBe(4);
  const others = await uptimes(world, "cloud-host", /^g[^1]-/);
  expect(others.length).toBeGreaterThan(0);
  const customers = await uptimes(world, "alder-ce", /./);

  const { body: information } = await world.customer.post<Row>(`${gateway}/getRoutesInformation`);
  const [ams, fra] = [near.names.circuit(0), far.names.circuit(0)];
  const both = [ams, fra].map((circuit) => ({ circuit, pri: "65010", sec: "65010" }));
  expect(information).toEqual({
    lastComputedTime: expect.any(String),
    routeSets: [
      {
        ...{ name: "Amsterdam, Frankfurt", locations: ["Amsterdam", "Frankfurt"] },
        details: { [SITE]: expect.arrayContaining(both), "fd10:10::/48": expect.anything() },
      },
    ],
    circuitsMetadataMap: {
      [ams]: { name: ams.split("/").at(-1), location: "Amsterdam" },
      [fra]: { name: fra.split("/").at(-1), location: "Frankfurt" },
    },
  });

  await world.customer.post(startAt(gateway, "Amsterdam"));
  expect(await rows(world, gateway, "All")).toMatchObject([{ status: "Starting" }]);
  await world.settle();
  await world.clock.advance(5_000);
  for (const vrf of vrfs) expect(await waysOut(world, vrf)).toBe(2);
  // The customer's own sessions, and the gateways of other networks on the same edges, are as they were.
  for (const [node, vrf, held] of [
    ["alder-ce", /./, customers],
    ["cloud-host", /^g[^1]-/, others],
  ] as const) {
    const now = await uptimes(world, node, vrf);
    expect(now.every((uptime, index) => uptime > (held[index] ?? 0))).toBe(true);
  }
  const [running] = await rows(world, gateway, "All");
  expect(running).toEqual({
    ...{ peeringLocation: "Amsterdam", status: "Running", testType: "SingleSiteFailover" },
    ...{ testGuid: expect.any(String), startTime: expect.any(String), issues: [] },
    circuits: [
      {
        nrpResourceUri: near.names.circuit(0),
        name: near.names.circuit(0).split("/").at(-1),
        connectionName: near.names.connection(0).split("/").at(-1),
      },
    ],
    connections: [
      {
        nrpResourceUri: near.names.connection(0),
        name: near.names.connection(0).split("/").at(-1),
        ...{ status: "Disconnected", lastUpdatedTime: expect.any(String) },
      },
    ],
  });
  await world.restart();
  const [single] = await rows(world, gateway, "Single");
  expect(single).toEqual({
    ...{ peeringLocation: "Amsterdam", status: "Running", startTimeUtc: expect.any(String) },
    redundantRoutes: [
      { peeringLocations: ["Amsterdam", "Frankfurt"], routes: [SITE, "fd10:10::/48"] },
    ],
    nonRedundantRoutes: [],
    failoverConnectionDetails: [
      { failoverConnectionName: "second", failoverLocation: "Frankfurt" },
    ],
  });

  const details = [{ failoverConnectionName: "second", isVerified: true }];
  const body = { peeringLocation: "Amsterdam", wasSimulationSuccessful: true, details };
  await world.customer.post(`${gateway}/stopSiteFailoverTest`, body);
  await world.settle();
  await world.clock.advance(15_000);
  for (const vrf of vrfs) expect(await waysOut(world, vrf)).toBe(4);
  expect(await rows(world, gateway, "Single")).toMatchObject([
    { status: "Completed", wasSimulationSuccessful: true, failoverConnectionDetails: details },
  ]);
  expect(await rows(world, gateway, "All")).toMatchObject([
    { status: "Completed", connections: [{ status: "Disconnected" }] },
  ]);
}, 60_000);

test("the last location is not taken away, nor a second one, and reasons come all at once", async () => {
  await using world = await World.start();
  const { near, far } = await twoSites(world);
  const gateway = near.names.gateway(0);
  const stop = `${gateway}/stopSiteFailoverTest`;
  const begin = (location: string) => world.customer.post(startAt(gateway, location));
  expect(await refusal(world.customer.post(stop, {}))).toEqual([409, "FailoverTestNotRunning"]);
  expect(await refusal(begin(""))).toEqual([400, "InvalidParameter"]);
  expect(await refusal(begin("London"))).toEqual([400, "InvalidParameter"]);
  await world.probe.setPort(far.variant.handOff.primary, false);
  await world.probe.setPort(far.variant.handOff.secondary, false);
  await world.clock.advance(30_000);
  expect(await refusal(begin("Amsterdam"))).toEqual([409, "PathNotRedundant"]);
  expect(await rows(world, gateway, "All")).toEqual([]);
  await world.probe.setPort(far.variant.handOff.primary, true);
  await world.clock.advance(30_000);

  await begin("Amsterdam");
  await world.settle();
  await world.clock.advance(5_000);
  expect(await refusal(begin("Frankfurt"))).toEqual([
    ...[409, "FailoverTestRunning", "PathNotRedundant"],
  ]);
  const wrong = { peeringLocation: "Frankfurt", details: [{ failoverConnectionName: "none" }] };
  expect(await refusal(world.customer.post(stop, wrong))).toEqual([
    ...[400, "InvalidParameter", "InvalidParameter"],
  ]);
  expect(await rows(world, gateway, "All")).toMatchObject([{ status: "Running" }]);
}, 60_000);

test("a gateway is deleted with its test, and nothing of it is left (I7)", async () => {
  await using world = await World.start();
  const { near, second } = await twoSites(world);
  await world.customer.post(startAt(near.names.gateway(0), "Amsterdam"));
  await world.settle();
  expect(await world.store.listRecords("failoverTest")).toHaveLength(1);
  await world.customer.delete(second);
  await world.settle();
  await remove(world, near);
  expect(await world.customer.find(near.names.gateway(0))).toBeUndefined();
  expect(await world.store.listRecords("failoverTest")).toEqual([]);
}, 60_000);
