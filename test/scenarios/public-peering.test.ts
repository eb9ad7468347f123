/** The peering to public services, from order to packet, on the simulated fabric. */
import { expect, test } from "vitest";
import { publicVrf } from "../../src/plan/names.ts";
import { World } from "../../src/world/world.ts";
import { allow, type Customer, publicPeeringBody, services } from "./public-orders.ts";
import { type Ordered, order, remove } from "./world-orders.ts";

test("both peerings of a circuit are up at once, and services are reached through translation", async () => {
  await using world = await World.start();
  const { ordered, filter, peering } = await orderPublic(world, "exchange-l2", "alder");
  expect(await stateOf(world, peering)).toEqual(["Configured", "Configured"]);
  expect(await prefixesAt(world, ordered)).toEqual([]);
  expect(await reaches(world, "alder-host", services.storage.address)).toBe(0);

  await permit(world, filter, [services.storage.community]);
  await attach(world, { peering, filter, customer: "alder" });
  expect(await prefixesAt(world, ordered)).toEqual([services.storage.prefix, "2001:db8:f002::/48"]);
  for (const address of [services.storage.address, services.storage.address6])
    expect(await reaches(world, "alder-host", address)).toBe(3);
  expect(await reaches(world, "alder-host", services.sql.address)).toBe(0);
  const before = await uptimes(world, ordered);

  // The region's community lets every service of the region through.
  await permit(world, filter, ["12076:51002"]);
  expect(await prefixesAt(world, ordered)).toHaveLength(4);
  expect(await reaches(world, "alder-host", services.sql.address)).toBe(3);
  const after = await uptimes(world, ordered);
  expect(after.map((seconds, index) => seconds > (before[index] ?? 0))).toEqual(
    before.map(() => true),
  );

  await world.customer.put(peering, publicPeeringBody("alder"));
  await world.settle();
  expect(await prefixesAt(world, ordered)).toEqual([]);
  await world.customer.delete(peering);
  await world.settle();
  const key = await keyOf(world, ordered);
  expect(
    world.fabric.converged().wiring.state.nodes.get("ams-primary")?.vrfs.has(publicVrf(key)),
  ).toBe(false);
  await world.customer.delete(filter);
  await remove(world, ordered);
});

test("each peering has counters of its own, which are together the circuit's", async () => {
  await using world = await World.start();
  const { ordered, filter, peering } = await orderPublic(world, "exchange-l2", "alder");
  await permit(world, filter, [services.storage.community]);
  await attach(world, { peering, filter, customer: "alder" });
  const circuit = ordered.names.circuit(0);
  const bytesIn = async (of: string) => {
    const told = await world.customer.get<{ primarybytesIn: number; secondarybytesIn: number }>(
      `${of}/stats`,
    );
    return told.primarybytesIn + told.secondarybytesIn;
  };
  const all = async () => [
    await bytesIn(`${circuit}/peerings/AzurePrivatePeering`),
    await bytesIn(peering),
    await bytesIn(circuit),
  ];
  const [privately = 0, publicly = 0, total = 0] = await all();
  expect(privately + publicly).toBe(total);
  expect(await reaches(world, "alder-host", services.storage.address)).toBe(3);
  const echoes = 3 * 98;
  expect(await all()).toEqual([privately, publicly + echoes, total + echoes]);
  const { properties } = await world.customer.get(ordered.names.virtualMachine(0));
  const [machine = ""] = properties["privateIPAddresses"] as readonly string[];
  expect(await reaches(world, "alder-host", machine)).toBe(3);
  expect(await all()).toEqual([privately + echoes, publicly + echoes, total + 2 * echoes]);
  await world.clock.advance(15_000);
  const metrics = await world.customer.text("/metrics");
  const told = metrics.match(
    /^causeway_peering_bytes_total\{.*peering_type="MicrosoftPeering".*/gm,
  );
  expect(told).toHaveLength(4);
});

async function orderPublic(world: World, variant: string, customer: Customer) {
  await world.settle();
  const ordered = await order(world, variant);
  const { names } = ordered;
  const filter = `${names.group}/providers/Microsoft.Network/routeFilters/public`;
  const peering = `${names.circuit(0)}/peerings/MicrosoftPeering`;
  await world.customer.put(peering, publicPeeringBody(customer));
  await world.settle();
  return { ordered, filter, peering };
}

async function permit(world: World, filter: string, communities: readonly string[]) {
  await allow(world.customer, filter, { location: "westeurope", communities });
  await world.settle();
}

async function attach(
  world: World,
  { peering, filter, customer }: { peering: string; filter: string; customer: Customer },
) {
  await world.customer.put(peering, publicPeeringBody(customer, { filter }));
  await world.settle();
}

type Config = { advertisedPublicPrefixesState: string };

async function stateOf(world: World, peering: string): Promise<string[]> {
  const { properties } = await world.customer.get<{
    properties: {
      microsoftPeeringConfig: Config;
      ipv6PeeringConfig: { microsoftPeeringConfig: Config };
    };
  }>(peering);
  const { microsoftPeeringConfig: ipv4, ipv6PeeringConfig: ipv6 } = properties;
  return [ipv4, ipv6.microsoftPeeringConfig].map((each) => each.advertisedPublicPrefixesState);
}

/** Public prefixes that the customer's router has. */
async function prefixesAt(world: World, { variant }: Ordered): Promise<string[]> {
  const router = variant.onPremises.node.replace("-host", "-ce");
  const routes = await world.node(router).routes("default", new AbortController().signal);
  return routes
    .filter(({ protocol, prefix }) => protocol === "bgp" && /^(198\.19|2001:db8:f)/.test(prefix))
    .map(({ prefix }) => prefix)
    .sort();
}

async function reaches(world: World, node: string, to: string): Promise<number> {
  const request = { count: 3, intervalMs: 10, timeoutMs: 1000 };
  return (await world.probe.ping({ from: { node, vrf: "default" }, to, ...request })).received;
}

async function keyOf(world: World, { names }: Ordered): Promise<string> {
  return String((await world.customer.get(names.circuit(0))).properties["serviceKey"]);
}

async function uptimes(world: World, ordered: Ordered): Promise<number[]> {
  await world.clock.advance(2_000);
  const vrf = publicVrf(await keyOf(world, ordered));
  const { sessions } = await world.node("ams-primary").observe(new AbortController().signal);
  return sessions
    .filter((session) => session.vrf === vrf)
    .map(({ uptimeSeconds = -1 }) => uptimeSeconds);
}
