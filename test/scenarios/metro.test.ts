/** Metro circuits on simulated nodes: where their links end, and that one whole site may be lost. */
import { expect, test } from "vitest";
import * as bodies from "../../src/main/demo/bodies.ts";
import { addressesOf, orderCircuit, prepareCloud } from "../../src/main/demo/order.ts";
import { World } from "../../src/world/world.ts";
import { metroVariants, setSite, sites } from "./metro-orders.ts";

test.each(metroVariants)(
  "$name: a link at each site, and either site may be lost",
  async (variant) => {
    await using world = await World.start();
    await world.settle();
    const names = bodies.namesOf(variant, world.customerSubscription);
    await prepareCloud(world, variant, names);
    await orderCircuit(world, variant, { names, index: 0 });
    await world.settle();
    const circuit = await world.customer.get(names.circuit(0));
    expect(circuit.properties["resiliencyLevel"]).toBe("High");
    const peering = await world.customer.get(names.peering(0));
    const ends = [variant.handOff.primary, variant.handOff.secondary];
    expect([
      peering.properties["primaryAzurePort"],
      peering.properties["secondaryAzurePort"],
    ]).toEqual(ends.map(({ node, port }) => `${node}:${port}`));

    const { ipv4 } = await addressesOf(world, names.virtualMachine(0));
    const ping = { from: variant.onPremises, to: ipv4, count: 8, intervalMs: 10, timeoutMs: 500 };
    const answered = async () => (await world.probe.ping(ping)).received;
    expect(await answered()).toBe(8);
    for (const site of sites) {
      await setSite(world.probe, site, false);
      await world.clock.advance(5_000);
      expect([site, await answered()]).toEqual([site, 8]);
      await setSite(world.probe, site, true);
      await world.clock.advance(120_000);
    }
    for (const site of sites) await setSite(world.probe, site, false);
    await world.clock.advance(5_000);
    expect(await answered()).toBe(0);
  },
);

test("the links of a port at a metro are at its two sites, and elsewhere at one", async () => {
  await using world = await World.start();
  await world.settle();
  const placed: unknown[] = [];
  for (const variant of metroVariants.filter(({ order }) => order.kind === "direct")) {
    for (const location of [variant.location, "Amsterdam"]) {
      const names = bodies.namesOf(
        { ...variant, name: location.length.toString() },
        world.customerSubscription,
      );
      await world.customer.put(names.group, { location: variant.region });
      await world.customer.put(names.port, bodies.ports({ ...variant, location }));
      const { links } = (await world.customer.get(names.port)).properties as { links: Placed[] };
      placed.push(links.map(({ properties }) => properties.coloLocation));
    }
  }
  expect(placed).toEqual([
    ["Amsterdam", "Amsterdam 2"],
    ["Amsterdam", "Amsterdam"],
  ]);
});

type Placed = { readonly properties: { readonly coloLocation: string } };
