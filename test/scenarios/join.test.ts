/** Global Reach: customers behind two joined circuits reach each other, and nobody else by that. */
import { expect, test } from "vitest";
import { parseFabricFile } from "../../src/fabric/fabric-file.ts";
import * as bodies from "../../src/main/demo/bodies.ts";
import { addressesOf } from "../../src/main/demo/order.ts";
import { World } from "../../src/world/world.ts";
import {
  hostOf,
  joinBody,
  joinId,
  namesOfSite,
  orderSite,
  type SiteName,
  threeSiteFabric,
  variantOf,
} from "./three-sites.ts";

async function threeSites(): Promise<World> {
  const { inventory } = parseFabricFile(threeSiteFabric());
  if (inventory === undefined) throw new Error("the fabric of three sites is wrong");
  const world = await World.start({ inventory });
  for (const name of ["a", "b", "c"] as const) await orderSite(world, name);
  await world.customer.put(joinId(world, "a", "b"), joinBody(world, { to: "b", third: 91 }));
  await world.customer.put(joinId(world, "c", "b"), joinBody(world, { to: "b", third: 92 }));
  await world.settle();
  return world;
}

/** Both families, from the one site's host to the other's. */
async function reaches(world: World, from: SiteName, to: SiteName): Promise<boolean[]> {
  const { ipv4, ipv6 } = hostOf(to);
  const pings = [ipv4, ipv6].map((address) =>
    world.probe.ping({
      from: hostOf(from).place,
      to: address,
      count: 1,
      intervalMs: 10,
      timeoutMs: 1000,
    }),
  );
  return (await Promise.all(pings)).map(({ received }) => received === 1);
}

const both = [true, true];
const none = [false, false];

test("A–B and B–C joined: A reaches B, C reaches B, and A does not reach C", async () => {
  await using world = await threeSites();
  expect(await reaches(world, "a", "b")).toEqual(both);
  expect(await reaches(world, "b", "a")).toEqual(both);
  expect(await reaches(world, "c", "b")).toEqual(both);
  expect(await reaches(world, "b", "c")).toEqual(both);
  expect(await reaches(world, "a", "c")).toEqual(none);
  expect(await reaches(world, "c", "a")).toEqual(none);
});

test("each family of a join says whether its sessions are up, at both circuits", async () => {
  await using world = await threeSites();
  const { properties } = await world.customer.get(joinId(world, "a", "b"));
  expect(properties).toMatchObject({
    provisioningState: "Succeeded",
    circuitConnectionStatus: "Connected",
    ipv6CircuitConnectionConfig: { circuitConnectionStatus: "Connected" },
  });
  const far = await world.customer.get<{ value: object[] }>(
    `${namesOfSite(world, "b").peering(0)}/peerConnections`,
  );
  expect(far.value).toHaveLength(2);
  expect(far.value).toMatchObject([
    { properties: { circuitConnectionStatus: "Connected" } },
    { properties: { circuitConnectionStatus: "Connected" } },
  ]);
});

test("a deleted join takes its routes and its number away and touches no other session", async () => {
  await using world = await threeSites();
  const sessions = world.fabric.converged().ends.size;
  const upSince = () =>
    new Map([...world.fabric.converged().memory].map(([key, { upSinceMs }]) => [key, upSinceMs]));
  const before = upSince();
  await world.customer.delete(joinId(world, "a", "b"));
  await world.settle();
  expect(await world.customer.find(joinId(world, "a", "b"))).toBeUndefined();
  expect(await reaches(world, "a", "b")).toEqual(none);
  expect(await reaches(world, "c", "b")).toEqual(both);
  // Two sides, two families, two ends.
  expect(world.fabric.converged().ends.size).toBe(sessions - 8);
  for (const [key, since] of upSince()) expect([key, since]).toEqual([key, before.get(key)]);
});

test("a virtual network is reached by its own circuit's customer and not over a join", async () => {
  await using world = await threeSites();
  const variant = variantOf("a");
  const names = namesOfSite(world, "a");
  const { customer } = world;
  await customer.put(names.virtualNetwork(0), bodies.virtualNetwork(variant, 0));
  await customer.put(names.virtualMachine(0), bodies.virtualMachine(variant, names, 0));
  await customer.put(names.gateway(0), bodies.gateway(variant, names, 0));
  await customer.put(names.connection(0), bodies.connection(variant, names, 0));
  await world.settle();
  const { ipv4 } = await addressesOf(world, names.virtualMachine(0));
  const ping = async (from: SiteName) => {
    const request = { to: ipv4, count: 1, intervalMs: 10, timeoutMs: 1000 };
    return (await world.probe.ping({ from: hostOf(from).place, ...request })).received;
  };
  expect([await ping("a"), await ping("b")]).toEqual([1, 0]);
  const routes = await world.node("cloud-host").routes("g1-0", AbortSignal.timeout(1000));
  expect(routes.filter(({ protocol }) => protocol === "bgp").map(({ prefix }) => prefix)).toEqual([
    "10.10.0.0/16",
    "fd10:10::/48",
  ]);
});
