/** The optional limit of a Direct circuit: what its edges are asked for when it is set, changed and taken away. */
import { expect, test } from "vitest";
import type { WireResource } from "../../src/client/client.ts";
import type { Metered } from "../../src/fabric/intent.ts";
import { World } from "../../src/world/world.ts";
import { order } from "./world-orders.ts";

test("a limit is set later, follows the bandwidth and goes again, on both edges, and leaves the other circuit alone", async () => {
  await using world = await World.start();
  await world.settle();
  const { names } = await order(world, "direct-qinq");
  expect(await limits(world)).toEqual(["none", "none", "none", "none"]);

  await rewrite(world, names.circuit(0), { enableDirectPortRateLimit: true });
  const read = await world.customer.get(names.circuit(0));
  expect(read.properties["enableDirectPortRateLimit"]).toBe(true);
  expect(await limits(world)).toEqual(["2000 above 2400", "2000 above 2400", "none", "none"]);

  await rewrite(world, names.circuit(0), { bandwidthInGbps: 5 });
  expect(await limits(world)).toEqual(["5000 above 6000", "5000 above 6000", "none", "none"]);

  await rewrite(world, names.circuit(0), { enableDirectPortRateLimit: false });
  expect(await limits(world)).toEqual(["none", "none", "none", "none"]);
});

async function rewrite(world: World, id: string, changes: object): Promise<void> {
  const held: WireResource = await world.customer.get(id);
  await world.customer.put(id, { ...held, properties: { ...held.properties, ...changes } });
  await world.settle();
}

/** Of the customer's links, as they stand in the intents of the two edges. */
async function limits(world: World): Promise<string[]> {
  const nodes = ["ams-primary", "ams-secondary"];
  const intents = await Promise.all(nodes.map((node) => world.store.intentChange(node, 0)));
  const interfaces = intents
    .flatMap((intent) => intent?.upserts ?? [])
    .flatMap((fragment) => (fragment.kind === "vrf" ? fragment.interfaces : []));
  const links = interfaces.flatMap((at) =>
    at.kind === "subinterface" && at.meter !== undefined ? [limitOf(at)] : [],
  );
  return links.sort();
}

function limitOf({ policeMbps, policeAboveMbps }: Metered): string {
  return policeMbps === undefined ? "none" : `${policeMbps} above ${policeAboveMbps}`;
}
