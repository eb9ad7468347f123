/** Which way packets take between a network and its circuits, and what either side is told of the other. */
import { expect, test } from "vitest";
import type { RouteObservation } from "../../src/fabric/report.ts";
import * as bodies from "../../src/main/demo/bodies.ts";
import { World } from "../../src/world/world.ts";
import { type Ordered, order } from "./world-orders.ts";

const SITE = "10.10.0.0/16";

async function routesOf(
  world: World,
  node: string,
  vrf: string,
): Promise<readonly RouteObservation[]> {
  return world.node(node).routes(vrf, AbortSignal.timeout(10_000));
}

async function routeTo(world: World, prefix: string, vrf = "g1-0", node = "cloud-host") {
  return (await routesOf(world, node, vrf)).find((route) => route.prefix === prefix);
}

async function put(world: World, id: string, body: object): Promise<void> {
  await world.customer.put(id, body);
  await world.settle();
}

/** The first variant's gateway on the second one's circuit too. */
async function joinBoth(world: World): Promise<{ near: Ordered; far: Ordered; second: string }> {
  const near = await order(world, "exchange-l2");
  const far = await order(world, "ethernet");
  // Every variant's networks have the same addresses.
  await world.customer.delete(far.names.connection(0));
  await world.settle();
  const second = `${near.names.group}/providers/Microsoft.Network/connections/second`;
  await put(world, second, connection(near, far));
  return { near, far, second };
}

function connection(near: Ordered, far: Ordered, routingWeight = 0) {
  const { properties, ...rest } = bodies.connection(near.variant, near.names, 0) as {
    properties: object;
  };
  return {
    ...rest,
    properties: { ...properties, peer: { id: far.names.circuit(0) }, routingWeight },
  };
}

async function uptimes(world: World): Promise<readonly number[]> {
  const { sessions } = await world.node("cloud-host").observe(AbortSignal.timeout(10_000));
  return sessions.map(({ uptimeSeconds = -1 }) => uptimeSeconds);
}

test("equal circuits share the traffic over all their links, and a weight draws all of it without a reset", async () => {
  await using world = await World.start();
  const { near, far, second } = await joinBoth(world);
  expect((await routeTo(world, SITE))?.nextHops).toHaveLength(4);
  await world.clock.advance(5_000);
  const before = await uptimes(world);
  await put(world, second, connection(near, far, 100));
  const drawn = await routeTo(world, SITE);
  expect(drawn).toMatchObject({ weight: 100 });
  expect(drawn?.nextHops).toHaveLength(2);
  const after = await uptimes(world);
  expect(after.every((uptime, index) => uptime >= (before[index] ?? 0))).toBe(true);
  await put(world, second, connection(near, far));
  expect((await routeTo(world, SITE))?.nextHops).toHaveLength(4);
});

test("a network's community goes to the customer with its region's, and never without one of its own", async () => {
  await using world = await World.start();
  const { variant, names } = await order(world, "exchange-l2");
  const carried = () => {
    const { groups } = world.fabric.converged();
    const group = groups.get("alder-ce/default");
    return group?.selections.get("alder-ce/default")?.get("10.20.0.0/16")?.best.communities;
  };
  expect(carried()).toEqual([]);
  const { properties, ...rest } = bodies.virtualNetwork(variant, 0) as { properties: object };
  const bgpCommunities = { virtualNetworkCommunity: "12076:20007" };
  await put(world, names.virtualNetwork(0), {
    ...rest,
    properties: { ...properties, bgpCommunities },
  });
  expect(carried()).toEqual(["12076:20007", "12076:50002"]);
  const shown = await world.customer.get(names.virtualNetwork(0));
  expect(shown.properties["bgpCommunities"]).toEqual({
    ...bgpCommunities,
    regionalCommunity: "12076:50002",
  });
});

const spokeOf = (group: string, index: number) =>
  `${group}/providers/Microsoft.Network/virtualNetworks/spoke-${index}`;

/** A network of its own beside the variant's, with a machine, that uses the variant's gateway. */
async function addSpoke(world: World, { variant, names }: Ordered, index: number): Promise<string> {
  const spoke = spokeOf(names.group, index);
  const hub = names.virtualNetwork(0);
  await put(world, spoke, bodies.virtualNetwork(variant, 10 + index));
  const machine = names.virtualMachine(0).replace(/[^/]+$/, `spoke-vm-${index}`);
  await put(world, machine, {
    location: variant.region,
    properties: { subnet: { id: `${spoke}/subnets/servers` } },
  });
  const half = (id: string, more: object) => ({
    properties: { remoteVirtualNetwork: { id }, ...more },
  });
  await put(
    world,
    `${hub}/virtualNetworkPeerings/to-spoke-${index}`,
    half(spoke, { allowGatewayTransit: true }),
  );
  await put(
    world,
    `${spoke}/virtualNetworkPeerings/to-hub`,
    half(hub, { useRemoteGateways: true }),
  );
  return machine;
}

async function placeOf(world: World, machineId: string) {
  const { value } = await world.operator.get<{
    value: readonly { resourceId: string; node: string; vrf: string }[];
  }>("/causeway/places");
  const place = value.find(({ resourceId }) => resourceId === machineId);
  if (place === undefined) throw new Error(`${machineId} is nowhere`);
  return { node: place.node, vrf: place.vrf };
}

async function reaches(world: World, machineId: string, to: string): Promise<boolean> {
  const from = await placeOf(world, machineId);
  const { received } = await world.probe.ping({
    ...{ from, to, count: 1, intervalMs: 100, timeoutMs: 500 },
  });
  return received === 1;
}

test("a network that uses another's gateway is told of, reaches the site, and not its neighbour", async () => {
  await using world = await World.start();
  const ordered = await order(world, "exchange-l2");
  const machine = await addSpoke(world, ordered, 1);
  await addSpoke(world, ordered, 2);
  const told = await routeTo(world, "10.31.0.0/16", "default", "alder-ce");
  expect(told?.nextHops).toHaveLength(2);
  for (const site of ["10.10.1.10", "fd10:10:0:1::10"])
    expect(await reaches(world, machine, site)).toBe(true);
  const { received } = await world.probe.ping({
    from: ordered.variant.onPremises,
    ...{ to: "10.31.1.5", count: 1, intervalMs: 100, timeoutMs: 500 },
  });
  expect(received).toBe(1);
  // The hub's machine, through the gateway; a machine of another spoke, not at all.
  expect(await reaches(world, machine, "10.20.1.5")).toBe(true);
  expect(await reaches(world, machine, "10.32.1.5")).toBe(false);

  const half = `${spokeOf(ordered.names.group, 1)}/virtualNetworkPeerings/to-hub`;
  await world.customer.delete(half);
  await world.settle();
  expect(await routeTo(world, "10.31.0.0/16", "default", "alder-ce")).toBeUndefined();
  expect(await reaches(world, machine, "10.10.1.10")).toBe(false);
});

test("a summary is told in place of what it covers, and what it does not cover is told beside it", async () => {
  await using world = await World.start();
  const ordered = await order(world, "exchange-l2");
  const machine = await addSpoke(world, ordered, 1);
  const { properties, ...rest } = bodies.virtualNetwork(ordered.variant, 0) as {
    properties: object;
  };
  const summarizedGatewayPrefixes = { addressPrefixes: ["10.16.0.0/12"] };
  await put(world, ordered.names.virtualNetwork(0), {
    ...rest,
    properties: { ...properties, summarizedGatewayPrefixes },
  });
  const told = (await routesOf(world, "alder-ce", "default"))
    .filter(({ protocol, prefix }) => protocol === "bgp" && !prefix.includes(":"))
    .map(({ prefix }) => prefix);
  expect(told.sort()).toEqual(["10.16.0.0/12"]);
  expect(await reaches(world, machine, "10.10.1.10")).toBe(true);
  // Nothing is there: the packet ends at the gateway.
  const { received } = await world.probe.ping({
    from: ordered.variant.onPremises,
    ...{ to: "10.25.0.1", count: 1, intervalMs: 100, timeoutMs: 500 },
  });
  expect(received).toBe(0);
});
