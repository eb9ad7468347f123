/** What one change may touch, and what it may not. */
import { expect, test } from "vitest";
import { startAgent } from "../../src/agent/agent.ts";
import { silentLog } from "../../src/base/log.ts";
import type { Fragment, IntentChange } from "../../src/fabric/intent.ts";
import * as bodies from "../../src/main/demo/bodies.ts";
import { World } from "../../src/world/world.ts";
import { generationsOf, held } from "./world-holdings.ts";
import { begin, order, statusOf } from "./world-orders.ts";

test("operations that were accepted end after a restart", async () => {
  await using world = await World.start();
  const { names, variant } = await begin(world, "exchange-l2");
  const operation = await world.customer.put(names.peering(0), bodies.peering(variant, 3));
  world.dieAfter(0);
  await expect(world.customer.get(names.circuit(0))).rejects.toThrow();
  await world.restart();
  expect(await statusOf(world, operation)).toBe("InProgress");
  await world.settle();
  expect(await statusOf(world, operation)).toBe("Succeeded");
});

test("what nobody was woken for is done a few seconds later", async () => {
  await using world = await World.start();
  const { names } = await order(world, "exchange-l2");
  const scope = `circuit:${names.circuit(0).toLowerCase()}`;
  await world.store.transaction((writer) => writer.markDirty([scope]));
  await world.clock.advance(100);
  expect(await world.unsettled()).toEqual([scope]);
  await world.clock.advance(5_000);
  expect(await world.unsettled()).toEqual([]);
  const fragment: Fragment = { kind: "port", key: "port/cage1", port: "cage1", enabled: true };
  const [grown] = await world.store.transaction((writer) =>
    writer.replaceFragments("port:test", [{ node: "polder", fragment }]),
  );
  await world.clock.advance(1_000);
  expect((await world.store.readReport("polder"))?.generation).toBe(grown?.generation);
});

test("a converged world stays as it is, however often it is planned again and by whom", async () => {
  await using world = await World.start();
  await order(world, "exchange-l2");
  await order(world, "ipvpn");
  await order(world, "direct-qinq");
  const [generations, holdings] = [await generationsOf(world), await held(world)];
  const owners = holdings.fragments.map((line) => line.split(" of ")[1] ?? "");
  const scopes = [...new Set(owners)].filter((owner) => !/^(site|services):/.test(owner));
  expect(scopes.length).toBeGreaterThan(5);
  await world.store.transaction((writer) => writer.markDirty(scopes));
  await world.restart();
  await world.settle();
  await world.clock.advance(15_000);
  expect(await generationsOf(world)).toEqual(generations);
  expect(await held(world)).toEqual(holdings);
});

test("a change to one circuit leaves the fragments of all others, and the nodes not concerned", async () => {
  await using world = await World.start();
  const alder = await order(world, "exchange-l2");
  await order(world, "exchange-l3");
  await order(world, "ethernet");
  const [generations, before] = [await generationsOf(world), (await held(world)).onNodes];
  const { variant, names } = alder;
  const body = bodies.peering(variant, 0) as { properties: object };
  await world.customer.put(names.peering(0), { properties: { ...body.properties, vlanId: 300 } });
  await world.settle();
  const after = (await held(world)).onNodes;
  const key = String((await world.customer.get(names.circuit(0))).properties["serviceKey"]);
  const changed = after.filter((line) => !before.includes(line));
  expect(changed.map((line) => line.split(" ")[0])).toEqual([
    "alder-ce",
    "ams-primary",
    "ams-secondary",
  ]);
  expect(changed.every((line) => line.includes(key.slice(0, 8)))).toBe(true);
  const now = await generationsOf(world);
  expect(Object.keys(now).filter((node) => now[node] !== generations[node])).toEqual([
    "ams-primary",
    "ams-secondary",
    "alder-ce",
  ]);
});

test("the same request twice has one effect (I3)", async () => {
  await using world = await World.start();
  const { variant, names } = await order(world, "exchange-l2");
  const generations = await generationsOf(world);
  const { etag } = await world.customer.get(names.circuit(0));
  for (const [id, body] of [
    [names.circuit(0), bodies.circuit(variant, names)],
    [names.peering(0), bodies.peering(variant, 0)],
    [names.connection(0), bodies.connection(variant, names, 0)],
    [names.virtualNetwork(0), bodies.virtualNetwork(variant, 0)],
    [names.gateway(0), bodies.gateway(variant, names, 0)],
    [names.virtualMachine(0), bodies.virtualMachine(variant, names, 0)],
  ] as const)
    expect(await statusOf(world, await world.customer.put(id, body))).toBe("Succeeded");
  await world.settle();
  expect((await world.customer.get(names.circuit(0))).etag).toBe(etag);
  expect(await generationsOf(world)).toEqual(generations);
});

test("circuits with the same C-tag and the same addresses never mix (I1)", async () => {
  await using world = await World.start();
  const [alder, birch] = [await order(world, "exchange-l2"), await order(world, "exchange-l3")];
  const machines = await Promise.all(
    [alder, birch].map(async ({ names }) => {
      const { properties } = await world.customer.get(names.virtualMachine(0));
      return (properties["privateIPAddresses"] as string[])[0] ?? "";
    }),
  );
  expect(machines[0]).toBe(machines[1]);
  const keys = await Promise.all(
    [alder, birch].map(async ({ names }) =>
      String((await world.customer.get(names.circuit(0))).properties["serviceKey"]),
    ),
  );
  for (const [index, { variant }] of [alder, birch].entries()) {
    const before = await packetsByCircuit(world);
    const ping = { count: 5, intervalMs: 10, timeoutMs: 1_000 };
    const to = machines[index] ?? "";
    const result = await world.probe.ping({ from: variant.onPremises, to, ...ping });
    expect(result).toEqual({ sent: 5, received: 5 });
    const after = await packetsByCircuit(world);
    const moved = [...after.keys()].filter((key) => after.get(key) !== before.get(key));
    // Gateways and connections have meters too, each its own circuit's.
    const circuits = moved.filter((key) => !/^(gateway|connection)\//.test(key));
    expect(circuits).toEqual([keys[index]]);
  }
  // With one circuit's machine gone, its customer reaches nobody: not the other's of the same address.
  await world.customer.delete(alder.names.virtualMachine(0));
  await world.settle();
  const lost = await world.probe.ping({
    from: alder.variant.onPremises,
    to: machines[0] ?? "",
    count: 5,
    intervalMs: 10,
    timeoutMs: 1_000,
  });
  expect(lost.received).toBe(0);
});

test("an agent whose store went back in time leaves the node as it is, and says so", async () => {
  await using world = await World.start();
  await order(world, "exchange-l2");
  const before = (await held(world)).onNodes;
  const older: IntentChange = {
    node: "ams-primary",
    since: 0,
    generation: 1,
    upserts: [],
    removals: [],
  };
  const errors: (string | undefined)[] = [];
  const agent = startAgent({
    node: world.fabric.node("ams-primary"),
    source: {
      pull: async () => older,
      push: async ({ error }) => {
        errors.push(error);
      },
      changed: (_, signal) => world.clock.sleep(60_000, signal),
    },
    clock: world.clock,
    log: silentLog,
  });
  await world.clock.advance(100);
  await agent.stop();
  expect(errors.join()).toMatch(/refuses generation 1: it holds \d/);
  expect((await held(world)).onNodes).toEqual(before);
});

async function packetsByCircuit(world: World): Promise<Map<string, number>> {
  const packets = new Map<string, number>();
  for (const { name } of world.inventory.nodes) {
    const { meters } = await world.node(name).observe(new AbortController().signal);
    for (const { meter, in: inward, out } of meters)
      packets.set(meter, (packets.get(meter) ?? 0) + inward.packets + out.packets);
  }
  return packets;
}
