/** Nodes that hang, fail or cannot be read: what users are told, and that work goes on by itself. */
import { expect, test } from "vitest";
import * as bodies from "../../src/main/demo/bodies.ts";
import { World } from "../../src/world/world.ts";
import { begin, order, statusOf, variantNamed } from "./world-orders.ts";

type Wrong = { causewayError?: { code: string; message: string } };

async function complaintOf(world: World, id: string): Promise<string | undefined> {
  const { properties } = await world.customer.get(id);
  return (properties as Wrong).causewayError?.message;
}

test("a node that hangs keeps the operation in progress, and ends it once it answers", async () => {
  await using world = await World.start();
  const { names, variant } = await order(world, "ethernet");
  world.node("fra-primary").freeze();
  const changed = { properties: { ...peeringOf(variant.name).properties, vlanId: 200 } };
  const operation = await world.customer.put(names.peering(0), changed);
  await world.clock.advance(30_000);
  expect(await statusOf(world, operation)).toBe("InProgress");
  expect((await world.customer.get(names.peering(0))).properties.provisioningState).toBe(
    "Updating",
  );
  world.node("fra-primary").thaw();
  await world.settle();
  expect(await statusOf(world, operation)).toBe("Succeeded");
});

test("a node that refuses a change says why on the resource within 5 s, and recovers by itself (I5)", async () => {
  await using world = await World.start();
  const { names, variant } = await order(world, "exchange-l2");
  world.node("ams-primary").fail("circuit/", "no room in the tag map");
  const changed = { properties: { ...peeringOf(variant.name).properties, vlanId: 200 } };
  const operation = await world.customer.put(names.peering(0), changed);
  await world.clock.advance(5_000);
  expect(await complaintOf(world, names.peering(0))).toBe("ams-primary: no room in the tag map");
  world.node("ams-primary").fail();
  await world.settle();
  expect(await complaintOf(world, names.peering(0))).toBeUndefined();
  expect(await statusOf(world, operation)).toBe("Succeeded");
});

test("a settled circuit that its node can no longer keep says so within 5 s (I5)", async () => {
  await using world = await World.start();
  const { names } = await order(world, "exchange-l2");
  world.node("ams-secondary").fail("circuit/", "the interface is gone");
  await world.clock.advance(5_000);
  expect(await complaintOf(world, names.circuit(0))).toBe("ams-secondary: the interface is gone");
  expect((await world.customer.get(names.circuit(0))).properties.provisioningState).toBe(
    "Succeeded",
  );
  world.node("ams-secondary").fail();
  await world.clock.advance(5_000);
  expect(await complaintOf(world, names.circuit(0))).toBeUndefined();
});

test("a node that cannot be read says so on what it carries, and on nothing else (I5)", async () => {
  await using world = await World.start();
  const alder = await order(world, "exchange-l2");
  const cedar = await order(world, "ethernet");
  world.node("ams-primary").darken("FRR does not answer");
  await world.clock.advance(5_000);
  expect(await complaintOf(world, alder.names.circuit(0))).toBe("ams-primary: FRR does not answer");
  expect(await complaintOf(world, cedar.names.circuit(0))).toBeUndefined();
  world.node("ams-primary").darken();
  await world.clock.advance(10_000);
  expect(await complaintOf(world, alder.names.circuit(0))).toBeUndefined();
});

test("one customer's router that hangs, or fails, holds up no other customer", async () => {
  await using world = await World.start();
  const alder = await order(world, "exchange-l2");
  world.node("alder-ce").freeze();
  const changed = { properties: { ...peeringOf("exchange-l2").properties, vlanId: 200 } };
  const held = await world.customer.put(alder.names.peering(0), changed);
  const cedar = await begin(world, "ethernet");
  await world.clock.advance(10_000);
  expect(await statusOf(world, held)).toBe("InProgress");
  expect((await world.customer.get(cedar.names.circuit(0))).properties.provisioningState).toBe(
    "Succeeded",
  );
  world.node("alder-ce").fail("site", "no such interface");
  world.node("alder-ce").thaw();
  await world.clock.advance(10_000);
  expect(await complaintOf(world, alder.names.circuit(0))).toBe("alder-ce: no such interface");
  expect(await complaintOf(world, cedar.names.circuit(0))).toBeUndefined();
  world.node("alder-ce").fail();
  await world.settle();
});

test("an edge that hangs holds up its own connection, and no machine of the network", async () => {
  await using world = await World.start();
  const { names, variant } = await order(world, "ethernet");
  world.node("fra-primary").freeze();
  const heavier = {
    ...bodies.connection(variant, names, 0),
    properties: {
      ...(bodies.connection(variant, names, 0) as { properties: object }).properties,
      routingWeight: 7,
    },
  };
  await world.customer.put(names.peering(0), {
    properties: { ...peeringOf("ethernet").properties, vlanId: 200 },
  });
  const held = await world.customer.put(names.connection(0), heavier);
  const machine = await world.customer.put(
    names.virtualMachine(7),
    bodies.virtualMachine(variant, names, 0),
  );
  await world.clock.advance(5_000);
  expect([await statusOf(world, held), await statusOf(world, machine)]).toEqual([
    "InProgress",
    "Succeeded",
  ]);
  world.node("fra-primary").thaw();
  await world.settle();
  expect(await statusOf(world, held)).toBe("Succeeded");
});

test("an operation that its nodes refuse for a minute is called failed, and the same request tries again", async () => {
  await using world = await World.start();
  const { names, variant } = await order(world, "exchange-l2");
  const changed = { properties: { ...peeringOf(variant.name).properties, vlanId: 200 } };
  world.node("ams-primary").fail("circuit/", "no room in the tag map");
  const first = await world.customer.put(names.peering(0), changed);
  await world.clock.advance(90_000);
  expect(await statusOf(world, first)).toBe("Failed");
  world.node("ams-primary").fail();
  const second = await world.customer.put(names.peering(0), changed);
  await world.settle();
  expect(await statusOf(world, second)).toBe("Succeeded");
});

function peeringOf(name: string): { properties: object } {
  return bodies.peering(variantNamed(name), 0) as { properties: object };
}
