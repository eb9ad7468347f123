/** What a circuit declares as its largest packet holds all the way, and is refused where it cannot. */
import { expect, test } from "vitest";
import * as bodies from "../../src/main/demo/bodies.ts";
import { addressesOf } from "../../src/main/demo/order.ts";
import { World } from "../../src/world/world.ts";
import { order, variantNamed } from "./world-orders.ts";

async function ordered(name: string) {
  const world = await World.start();
  const variant = variantNamed(name);
  const { names } = await order(world, name);
  const { value } = await world.operator.get<{
    value: readonly { node: string; vrf: string; resourceId: string }[];
  }>("/causeway/places");
  const machine = value.find(({ resourceId }) => resourceId === names.virtualMachine(0));
  if (machine === undefined) throw new Error("the machine is somewhere");
  const { node, vrf } = machine;
  const { ipv4 } = await addressesOf(world, names.virtualMachine(0));
  const declare = async (causeway: object | null) => {
    const { properties, ...rest } = bodies.circuit(variant, names) as { properties: object };
    await world.customer.put(names.circuit(0), {
      ...rest,
      properties: { ...properties, causeway },
    });
    await world.settle();
  };
  const ping = async (from: { node: string; vrf: string }, to: string, bytes: number) => {
    const one = { count: 1, intervalMs: 10, timeoutMs: 100 };
    const { received, pathMtu } = await world.probe.ping({ from, to, ...one, bytes });
    return { received, pathMtu };
  };
  const both = async (bytes: number) => [
    await ping(variant.onPremises, ipv4, bytes),
    await ping({ node, vrf }, "10.10.1.10", bytes),
  ];
  return { world, names, declare, both };
}

const whole = { received: 1, pathMtu: undefined };

test("a Direct circuit carries 9000 bytes and not one more, and the ordinary size again without the declaration", async () => {
  const { world, names, declare, both } = await ordered("direct-dot1q");
  await using _ = world;
  const tooLarge = (pathMtu: number) => ({ received: 0, pathMtu });
  expect(await both(1_500)).toEqual([whole, whole]);
  expect(await both(1_501)).toEqual([tooLarge(1_500), tooLarge(1_500)]);
  await declare({ mtu: 9_000 });
  expect(await both(9_000)).toEqual([whole, whole]);
  expect(await both(9_001)).toEqual([tooLarge(9_000), tooLarge(9_000)]);
  await declare({ mtu: 1_400 });
  expect(await both(1_400)).toEqual([whole, whole]);
  expect(await both(1_401)).toEqual([tooLarge(1_400), tooLarge(1_400)]);
  const { properties } = await world.customer.get(names.circuit(0));
  expect(properties["causeway"]).toEqual({ mtu: 1_400 });
  await declare(null);
  expect(await both(1_500)).toEqual([whole, whole]);
});

test("a provider's circuit carries 1400 where that is declared, and 9000 is refused beside what else is wrong", async () => {
  const { world, declare, both } = await ordered("exchange-l3");
  await using _ = world;
  await declare({ mtu: 1_400 });
  expect(await both(1_400)).toEqual([whole, whole]);
  expect((await both(1_401)).map(({ received }) => received)).toEqual([0, 0]);
  const refusal = await declare({ mtu: 9_000 }).catch(String);
  expect(refusal).toContain("packets of 9000 bytes are carried on Direct circuits alone");
});
