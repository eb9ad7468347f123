/** Two virtual networks on one circuit: apart, unless both gateways let the other in; and the cap of a connection. */
import { expect, test } from "vitest";
import * as bodies from "../../src/main/demo/bodies.ts";
import { addressesOf } from "../../src/main/demo/order.ts";
import { World } from "../../src/world/world.ts";
import { order, variantNamed } from "./world-orders.ts";

const variant = variantNamed("direct-qinq");

/** Both networks of the variant's two circuits, on the first circuit. */
async function twoNetworks() {
  const world = await World.start();
  const { names } = await order(world, variant.name);
  const { customer } = world;
  await customer.delete(names.connection(1));
  await world.settle();
  const second = bodies.connection(variant, names, 1) as { properties: object };
  const peer = { id: names.circuit(0) };
  await customer.put(names.connection(1), {
    ...second,
    properties: { ...second.properties, peer },
  });
  await world.settle();
  const allow = async (index: number, allowRemoteVnetTraffic: boolean) => {
    const body = bodies.gateway(variant, names, index) as { properties: object };
    const properties = { ...body.properties, allowRemoteVnetTraffic };
    await customer.put(names.gateway(index), { ...body, properties });
    await world.settle();
  };
  const { value } = await world.operator.get<{
    value: { resourceId: string; node: string; vrf: string }[];
  }>("/causeway/places");
  const from = value.find(({ resourceId }) => resourceId === names.virtualMachine(0));
  if (from === undefined) throw new Error("the first machine is somewhere");
  const to = await addressesOf(world, names.virtualMachine(1));
  const received = async () => {
    const request = { from, count: 2, intervalMs: 10, timeoutMs: 1000 };
    const pings = [to.ipv4, to.ipv6].map((address) =>
      world.probe.ping({ ...request, to: address }),
    );
    return (await Promise.all(pings)).map((ping) => ping.received);
  };
  return { world, names, allow, received };
}

test("networks of one circuit reach each other when both gateways allow it, and not before", async () => {
  const { world, allow, received } = await twoNetworks();
  await using _ = world;
  expect(await received()).toEqual([0, 0]);
  await allow(0, true);
  expect(await received()).toEqual([0, 0]);
  await allow(1, true);
  expect(await received()).toEqual([2, 2]);
  await allow(0, false);
  expect(await received()).toEqual([0, 0]);
});

test("a connection's cap is kept by a PUT without it, and is at most the circuit's", async () => {
  const { world, names } = await twoNetworks();
  await using _ = world;
  const body = bodies.connection(variant, names, 0) as { properties: object };
  const capped = (causeway?: object | null) =>
    world.customer.put(names.connection(0), {
      ...body,
      properties: { ...body.properties, ...(causeway === undefined ? {} : { causeway }) },
    });
  expect(String(await capped({ rateMbps: 2001 }).catch((error) => error))).toContain(
    "2001 Mbps are more than the 2000 of the circuit",
  );
  expect(String(await capped({ rate: 1 }).catch((error) => error))).toContain("causeway.rate");
  await capped({ rateMbps: 20 });
  const { body: kept } = await capped();
  expect(kept.properties["causeway"]).toEqual({ rateMbps: 20 });
  const { body: gone } = await capped(null);
  expect(gone.properties).not.toHaveProperty("causeway");
});
