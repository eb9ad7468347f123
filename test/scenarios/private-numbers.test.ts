/** Private AS numbers on the peering to public services: said in the answer that takes them, and in no other. */
import { expect, test } from "vitest";
import { World } from "../../src/world/world.ts";
import { publicPeeringBody } from "./public-orders.ts";
import { order } from "./world-orders.ts";

test("a private number is warned of in the answer, stays read, can be sent back, and goes with it", async () => {
  await using world = await World.start();
  const { names } = await order(world, "direct-qinq");
  const id = `${names.circuit(0)}/peerings/MicrosoftPeering`;
  const body = publicPeeringBody("pine");
  const answered = await world.customer.put<{ properties: Record<string, unknown> }>(id, body);
  const warned = [
    {
      code: "PrivateAsnStripped",
      target: "properties.peerASN",
      message: expect.stringContaining("AS 65010 is private"),
    },
  ];
  expect(answered.body.properties["causewayWarnings"]).toEqual(warned);
  await world.settle();
  await world.clock.advance(5_000);
  const read = await world.customer.get(id);
  expect(read.properties["causewayWarnings"]).toEqual(warned);
  await world.customer.put(id, { ...read });
  await world.settle();
  expect((await world.customer.get(id)).etag).toBe(read.etag);
  // Its own number once is what every neighbor's path has.
  expect(await warnedSessions(world, id)).toEqual([]);

  const { properties } = publicPeeringBody("alder");
  const { peerASN } = properties;
  await world.customer.put(id, { properties: { ...body.properties, peerASN } });
  expect((await world.customer.get(id)).properties["causewayWarnings"]).toBeUndefined();
});

test("a private peering with a private number is warned of nothing", async () => {
  await using world = await World.start();
  const { names } = await order(world, "direct-dot1q");
  expect((await world.customer.get(names.peering(0))).properties).not.toHaveProperty(
    "causewayWarnings",
  );
  expect(await warnedSessions(world, names.peering(0))).toEqual([]);
});

async function warnedSessions(world: World, id: string): Promise<readonly unknown[]> {
  const path = `${id}/sessions`;
  const { value } = await world.customer.get<{ value: { state: string; warnings?: unknown }[] }>(
    path,
  );
  expect(value.map(({ state }) => state)).toEqual(value.map(() => "Established"));
  expect(value.length).toBeGreaterThan(0);
  return value.flatMap(({ warnings }) => (warnings === undefined ? [] : [warnings]));
}
