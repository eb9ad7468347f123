/** What a private peering's options do to its routes and sessions, on simulated nodes. */
import { expect, test } from "vitest";
import * as bodies from "../../src/main/demo/bodies.ts";
import { World } from "../../src/world/world.ts";
import { type Ordered, order } from "./world-orders.ts";

type Session = {
  readonly side: string;
  readonly family: string;
  readonly state: string;
  readonly uptimeSeconds?: number;
  readonly prefixesReceived?: number;
  readonly lastReset?: string;
  readonly bfd?: object;
  readonly prefixLimit?: object;
};

async function set(world: World, { variant, names }: Ordered, causeway: object | null) {
  const { properties } = bodies.peering(variant, 0) as { properties: object };
  await world.customer.put(names.peering(0), { properties: { ...properties, causeway } });
  await world.settle();
}

async function session(world: World, { names }: Ordered, family = "ipv4"): Promise<Session> {
  const path = `${names.peering(0)}/sessions`;
  const { value } = await world.customer.get<{ value: readonly Session[] }>(path);
  const found = value.find((one) => one.side === "primary" && one.family === family);
  if (found === undefined) throw new Error(JSON.stringify(value));
  return found;
}

async function spaceAtCustomer(world: World) {
  const routes = await world.node("alder-ce").routes("default", AbortSignal.timeout(10_000));
  return routes.find(({ prefix }) => prefix === "10.20.0.0/16");
}

test("filters and guards change what is taken in and given out, and reset nothing", async () => {
  await using world = await World.start();
  const ordered = await order(world, "exchange-l2");
  await world.clock.advance(5_000);
  const { uptimeSeconds = 0 } = await session(world, ordered);
  const received = async (causeway: object | null) => {
    await set(world, ordered, causeway);
    return (await session(world, ordered)).prefixesReceived;
  };
  expect(await received(null)).toBe(1);
  expect(await received({ importPrefixes: [{ prefix: "172.16.0.0/12" }] })).toBe(0);
  expect(await received({ importPrefixes: [{ prefix: "10.0.0.0/8", le: 16 }] })).toBe(1);
  expect(await received({ maximumLength: { ipv4: 15 } })).toBe(0);
  expect(await received({ exportPrefixes: [] })).toBe(1);
  expect(await spaceAtCustomer(world)).toBeUndefined();
  await set(world, ordered, { privateAsns: "Remove" });
  expect(await spaceAtCustomer(world)).toMatchObject({ path: [12076] });
  await set(world, ordered, null);
  expect(await spaceAtCustomer(world)).toMatchObject({ path: [12076, 65515] });
  const after = await session(world, ordered);
  expect(after.uptimeSeconds).toBeGreaterThanOrEqual(uptimeSeconds);
  expect(after.lastReset).toBeUndefined();
});

test("both ends do their part for GTSM, roles and BFD", async () => {
  await using world = await World.start();
  const ordered = await order(world, "exchange-l2");
  await set(world, ordered, {
    ...{ gtsm: true, role: "ProviderStrict", bfd: { intervalMs: 100, multiplier: 5 } },
  });
  expect(await session(world, ordered, "ipv6")).toMatchObject({
    state: "Established",
    bfd: { state: "Up", transmitMs: 100, receiveMs: 100, multiplier: 5 },
  });
  await set(world, ordered, { bfd: { enabled: false } });
  const { bfd, state } = await session(world, ordered);
  expect([state, bfd]).toEqual(["Established", undefined]);
});

test("in the managed models the provider's router does the customer's part", async () => {
  await using world = await World.start();
  const { names, variant } = await order(world, "exchange-l3");
  const { properties } = await world.customer.get(names.circuit(0));
  const body = bodies.peering(variant, 0) as { properties: object };
  const path = `/subscriptions/${world.providerSubscription}/resourceGroups/CrossConnection-Amsterdam/providers/Microsoft.Network/expressRouteCrossConnections/${String(properties["serviceKey"])}/peerings/AzurePrivatePeering`;
  await world.provider.put(path, {
    properties: { ...body.properties, causeway: { gtsm: true, role: "ProviderStrict" } },
  });
  await world.settle();
  expect((await session(world, { names, variant })).state).toBe("Established");
});

test("a limit of the peering's own is told with its level, and the original's ends the session", async () => {
  await using world = await World.start();
  const ordered = await order(world, "ipvpn");
  const limited = async (mode: "Discard" | "TearDown", ipv4: number) => {
    const { properties } = await world.customer.get(ordered.names.circuit(0));
    const body = bodies.peering(ordered.variant, 0) as { properties: object };
    const key = String(properties["serviceKey"]);
    const path = `/subscriptions/${world.providerSubscription}/resourceGroups/CrossConnection-Frankfurt/providers/Microsoft.Network/expressRouteCrossConnections/${key}/peerings/AzurePrivatePeering`;
    const causeway = { prefixLimit: { mode, ipv4 } };
    await world.provider.put(path, { properties: { ...body.properties, causeway } });
    await world.settle();
    return session(world, ordered);
  };
  // Three branches, a prefix each.
  expect(await limited("Discard", 4)).toMatchObject({
    prefixesReceived: 3,
    prefixLimit: { limit: 4, received: 3, level: "warning", discarded: 0 },
  });
  expect(await limited("Discard", 2)).toMatchObject({
    state: "Established",
    prefixesReceived: 2,
    prefixLimit: { level: "full", discarded: 1, discardedPrefixes: ["10.10.3.0/24"] },
  });
  expect((await limited("TearDown", 2)).state).toBe("Idle");
  expect((await limited("TearDown", 3)).state).toBe("Established");
});
