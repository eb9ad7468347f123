/** FastPath: edges reach machines past the gateway while they can, and by the gateway when they cannot. */
import { expect, test } from "vitest";
import { ApiError } from "../../src/client/client.ts";
import * as bodies from "../../src/main/demo/bodies.ts";
import { labInventory, World, type WorldOptions } from "../../src/world/world.ts";
import { order, variantNamed } from "./world-orders.ts";

const name = "exchange-l2";
const variant = variantNamed(name);

async function ordered(sku: string, options: WorldOptions = {}) {
  const world = await World.start(options);
  const { names } = await order(world, name);
  const gateway = bodies.gateway(variant, names, 0) as { properties: object };
  await world.customer.put(names.gateway(0), {
    ...gateway,
    properties: { ...gateway.properties, sku: { name: sku }, autoScaleConfiguration: undefined },
  });
  await world.settle();
  return { world, names };
}

function fast(names: bodies.Names, expressRouteGatewayBypass: boolean): object {
  const body = bodies.connection(variant, names, 0) as { properties: object };
  return { ...body, properties: { ...body.properties, expressRouteGatewayBypass } };
}

/** Packets that passed each meter of the host, or of the edges, for ten pings. */
async function passed(world: World, machine: string): Promise<Record<string, number>> {
  const counts = async () => {
    const seen = new Map<string, number>();
    for (const node of ["cloud-host", "ams-primary", "ams-secondary"]) {
      const { meters } = await world.node(node).observe(AbortSignal.timeout(1000));
      for (const { meter, in: inward, out } of meters)
        seen.set(meter, (seen.get(meter) ?? 0) + inward.packets + out.packets);
    }
    return seen;
  };
  const before = await counts();
  const { properties } = await world.customer.get(machine);
  const [to = ""] = properties["privateIPAddresses"] as readonly string[];
  const ping = { from: variant.onPremises, to, count: 10, intervalMs: 10, timeoutMs: 1000 };
  expect(await world.probe.ping(ping)).toEqual({ sent: 10, received: 10 });
  const after = await counts();
  return Object.fromEntries(
    ["gateway/1", "fastpath/0"].map((meter) => [
      meter,
      (after.get(meter) ?? 0) - (before.get(meter) ?? 0),
    ]),
  );
}

test("with FastPath packets come past the gateway, whose capacity only the answers take", async () => {
  const { world, names } = await ordered("ErGw3AZ");
  await using _ = world;
  const machine = names.virtualMachine(0);
  expect(await passed(world, machine)).toEqual({ "gateway/1": 20, "fastpath/0": 0 });
  await world.customer.put(names.connection(0), fast(names, true));
  await world.settle();
  expect(await passed(world, machine)).toEqual({ "gateway/1": 10, "fastpath/0": 10 });
  const { properties } = await world.customer.get(names.connection(0));
  expect(properties).toMatchObject({
    expressRouteGatewayBypass: true,
    causewayFastPath: { state: "Active" },
  });
  await world.clock.advance(15_000);
  const metrics = await world.customer.text("/metrics");
  expect(metrics.match(/^causeway_fastpath_(routes|up)\{.*\} 1$/gm)).toHaveLength(4);
  await world.customer.put(names.connection(0), fast(names, false));
  await world.settle();
  expect(await passed(world, machine)).toEqual({ "gateway/1": 20, "fastpath/0": 0 });
});

test("only some SKUs have FastPath, and one that is in use keeps its SKU", async () => {
  const { world, names } = await ordered("ErGw2AZ");
  await using _ = world;
  const refused = await world.customer.put(names.connection(0), fast(names, true)).catch(String);
  expect(refused).toContain("FastPath needs UltraPerformance, ErGw3AZ or ErGwScale of 10 units");
  const gateway = bodies.gateway(variant, names, 0) as { properties: object };
  const sized = (sku: string) => ({
    ...gateway,
    properties: { ...gateway.properties, sku: { name: sku }, autoScaleConfiguration: undefined },
  });
  await world.customer.put(names.gateway(0), sized("ErGw3AZ"));
  await world.settle();
  await world.customer.put(names.connection(0), fast(names, true));
  await world.settle();
  const smaller = await world.customer.put(names.gateway(0), sized("ErGw2AZ")).catch((e) => e);
  expect(smaller).toBeInstanceOf(ApiError);
  expect(String(smaller)).toContain("connection-1 has FastPath and ErGw2AZ has none");
});

test("beyond the addresses of the edges the newest machines are met by the gateway, with the reason", async () => {
  const lab = labInventory();
  const peeringLocations = lab.peeringLocations.map((one) => ({ ...one, fastPathAddresses: 2 }));
  const { world, names } = await ordered("ErGw3AZ", { inventory: { ...lab, peeringLocations } });
  await using _ = world;
  const add = async (index: number) => {
    await world.customer.put(names.virtualMachine(index), bodies.virtualMachine(variant, names, 0));
    await world.settle();
  };
  await add(1);
  await world.customer.put(names.connection(0), fast(names, true));
  await world.settle();
  const shown = async () => {
    await world.clock.advance(15_000);
    return (await world.customer.get(names.connection(0))).properties["causewayFastPath"];
  };
  expect(await shown()).toMatchObject({
    ...{ state: "Active", families: ["ipv4"], fallBacks: 0 },
    addresses: { limit: 2, received: 2, level: "full", discarded: 0 },
  });
  await add(2);
  expect(await shown()).toMatchObject({
    state: "Partial",
    reason:
      "1 addresses go by the gateway: the edges reach 2 of this circuit past it, and 3 are announced.",
    addresses: { received: 3, discarded: 1, discardedPrefixes: ["10.20.1.7/32"] },
  });
  const past = { "gateway/1": 10, "fastpath/0": 10 };
  expect(await passed(world, names.virtualMachine(1))).toEqual(past);
  const byGateway = { "gateway/1": 20, "fastpath/0": 0 };
  expect(await passed(world, names.virtualMachine(2))).toEqual(byGateway);
  const metrics = await world.customer.text("/metrics");
  expect(metrics.match(/^causeway_fastpath_addresses_discarded\{.*\} 1$/gm)).toHaveLength(2);
  await world.customer.delete(names.virtualMachine(0));
  await world.settle();
  expect(await shown()).toMatchObject({ state: "Active", addresses: { discarded: 0 } });
  expect(await passed(world, names.virtualMachine(2))).toEqual(past);
});
