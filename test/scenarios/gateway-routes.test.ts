/** A gateway takes in as many routes as its SKU says: the newest beyond are discarded, and told of. */
import { expect, test } from "vitest";
import * as bodies from "../../src/main/demo/bodies.ts";
import { labInventory, World } from "../../src/world/world.ts";
import { order, variantNamed } from "./world-orders.ts";

const variant = variantNamed("exchange-l2");

/** Beside its own networks, one of each family, the site announces so many. */
async function announcing(count: number) {
  const lab = labInventory();
  const prefixes = Array.from(
    { length: count },
    (_, index) => `172.${16 + (index >> 8)}.${index & 255}.0/24` as const,
  );
  const sites = lab.sites.map((site) =>
    site.name === "alder" ? { ...site, prefixes: [...site.prefixes, ...prefixes] } : site,
  );
  const world = await World.start({ inventory: { ...lab, sites } });
  const { names } = await order(world, "exchange-l2");
  const { sku: _, ...circuit } = bodies.circuit(variant, names) as { sku: object };
  const premium = { tier: "Premium", family: "MeteredData" };
  await world.customer.put(names.circuit(0), { ...circuit, sku: premium });
  const size = async (sku: string) => {
    const { properties, ...rest } = bodies.gateway(variant, names, 0) as { properties: object };
    const changes = { sku: { name: sku }, autoScaleConfiguration: undefined };
    await world.customer.put(names.gateway(0), {
      ...rest,
      properties: { ...properties, ...changes },
    });
    await world.settle();
    await world.clock.advance(15_000);
  };
  return { world, names, size };
}

test("beyond its SKU's routes both instances discard the same newest, and a larger SKU takes them in", async () => {
  const { world, names, size } = await announcing(4_003);
  await using _ = world;
  await size("ErGw1AZ");
  const told = async () => {
    const { properties } = await world.customer.get(names.gateway(0));
    return properties["causewayRoutes"];
  };
  const learned = async (instance: 0 | 1) => {
    const routes = await world
      .node("cloud-host")
      .routes(`g1-${instance}`, AbortSignal.timeout(10_000));
    return routes.filter(({ protocol }) => protocol === "bgp").map(({ prefix }) => prefix);
  };
  const discarded = ["172.31.161.0/24", "172.31.162.0/24", "fd10:10::/48"];
  expect(await told()).toMatchObject({
    ...{ limit: 4_000, received: 4_005, level: "full", discarded: 5 },
    discardedPrefixes: expect.arrayContaining(discarded),
  });
  const [first, second] = [await learned(0), await learned(1)];
  expect(first).toHaveLength(4_000);
  expect(second).toEqual(first);
  expect(first).not.toContain("fd10:10::/48");
  const metrics = await world.customer.text("/metrics");
  expect(metrics).toMatch(/^causeway_gateway_routes\{.*\} 4005$/m);
  expect(metrics).toMatch(/^causeway_gateway_routes_discarded\{.*\} 5$/m);
  const events = await world.store.events(0, 10_000);
  const levels = events
    .filter(({ kind, resourceId }) => kind === "limit" && resourceId === names.gateway(0))
    .map(({ data }) => (data["after"] as { level: string }).level);
  expect(levels.at(-1)).toBe("full");

  await size("ErGw2AZ");
  expect(await told()).toMatchObject({ limit: 9_500, received: 4_005, discarded: 0 });
  expect(await learned(0)).toContain("fd10:10::/48");
}, 60_000);
