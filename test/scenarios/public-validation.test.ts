/** Who may announce what: verdicts on prefixes, and what becomes of routes when the registry's data changes. */
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Inventory } from "../../src/fabric/inventory.ts";
import { crossConnectionId } from "../../src/main/demo/order.ts";
import { publicVrf } from "../../src/plan/names.ts";
import { SERVICES_VRF } from "../../src/plan/services.ts";
import { labInventory, World } from "../../src/world/world.ts";
import { allow, type Customer, pools, publicPeeringBody, services } from "./public-orders.ts";
import { type Ordered, order, variantNamed } from "./world-orders.ts";

const ALL = ["12076:51002", "12076:51041"];

test.each([
  ["a pool on each link", "ethernet", "cedar", "germanywestcentral"],
  ["prefixes of a private AS that were approved", "direct-qinq", "pine", "westeurope"],
  ["the provider's router in between", "exchange-l3", "birch", "westeurope"],
] as const)("with %s, services are reached over %s", async (_, variant, customer, location) => {
  await using world = await World.start();
  const { id } = await filteredCircuit(world, { variant, customer, location });
  expect(await statesOf(world, id)).toEqual(["Configured", "Configured"]);
  for (const to of [services.storage.address, services.storage.address6])
    expect(await reaches(world, `${customer}-host`, to)).toBe(3);
  // Inside stays inside: the services' hosts know public addresses alone.
  const told = await prefixesIn(world, "public-host", SERVICES_VRF);
  expect(told.filter((prefix) => /^(10\.|fd|192\.168)/.test(prefix))).toEqual([]);
  expect(told.length).toBeGreaterThan(0);
});

test("half a pool is announced on each link, and lost with it", async () => {
  await using world = await World.start();
  const { key } = await publicCircuit(world, "ethernet", "cedar");
  const at = (edge: string) => prefixesIn(world, edge, publicVrf(key));
  expect(await at("fra-primary")).toEqual(["198.18.32.0/25", "2001:db8:32::/49"]);
  expect(await at("fra-secondary")).toEqual(["198.18.32.128/25", "2001:db8:32:8000::/49"]);
  await world.probe.setPort({ node: "cedar-ce", port: "wan1" }, false);
  await world.clock.advance(2_000);
  const left = await prefixesIn(world, "public-host", SERVICES_VRF);
  expect(left).toEqual(["198.18.32.128/25", "2001:db8:32:8000::/49"]);
});

test.each([
  ["a pool on both links", "exchange-l2", "alder", "westeurope", false],
  ["a pool on each link", "ethernet", "cedar", "germanywestcentral", true],
] as const)(
  "with %s, what a lost link takes along",
  async (_, variant, customer, location, isPerLink) => {
    await using world = await World.start();
    await filteredCircuit(world, { variant, customer, location });
    const { signal } = new AbortController();
    const stream = () =>
      world.probe.stream({
        from: { node: `${customer}-host`, vrf: "default" },
        to: { node: "public-host", vrf: SERVICES_VRF },
        ...{ address: services.storage.address, intervalMs: 10, flows: 16, signal },
      });
    const running = await stream();
    await world.clock.advance(1_000);
    await world.probe.setPort({ node: `${customer}-ce`, port: "wan1" }, false);
    await world.clock.advance(10_000);
    const { blackoutMs } = await running.stop();
    // Flows that were translated to the lost link's half have no way back; the others go on.
    if (isPerLink) expect(blackoutMs).toBeGreaterThan(9_000);
    else expect(blackoutMs).toBeLessThan(2_000);
    const later = await stream();
    await world.clock.advance(1_000);
    const { sent, received } = await later.stop();
    expect(received).toBe(sent);
  },
);

test("what is not the customer's is not taken in, and why is told", async () => {
  await using world = await World.start();
  const { id, key } = await publicCircuit(world, "direct-dot1q", "oak");
  expect(await statesOf(world, id)).toEqual(["ValidationNeeded", "ValidationNeeded"]);
  expect(await prefixesIn(world, "fra-primary", publicVrf(key))).toEqual([]);
  const { properties } = await world.customer.get(id);
  expect(properties).toMatchObject({
    microsoftPeeringConfig: {
      advertisedPublicPrefixInfo: [{ validationState: "AsnValidationFailed" }],
    },
    causewayPublicPrefixes: [
      {
        prefix: "198.18.48.0/24",
        reason: expect.stringContaining("registered with AS 64450 (RADB)"),
      },
      { prefix: "2001:db8:48::/48", reason: expect.stringContaining("have a route object made") },
    ],
  });
});

test("a fabric without registries validates nothing, and says who can", async () => {
  const { publicPeering, ...inventory } = labInventory();
  const { publicRanges = [] } = publicPeering ?? {};
  await using world = await World.start({
    inventory: { ...inventory, publicPeering: { publicRanges } },
  });
  const { id } = await publicCircuit(world, "exchange-l2", "alder");
  expect(await statesOf(world, id)).toEqual(["ValidationNeeded", "ValidationNeeded"]);
  const { properties } = await world.customer.get(id);
  expect(JSON.stringify(properties["causewayPublicPrefixes"])).toContain(
    "ask the operator to feed one",
  );
});

test("files are read again when they change, and routes come and go with what they say", async () => {
  const folder = mkdtempSync(join(tmpdir(), "causeway-registry-"));
  try {
    const lab = labInventory();
    const { registry, publicRanges = [] } = lab.publicPeering ?? {};
    const [irr, vrps] = [join(folder, "irr.txt"), join(folder, "vrps.json")];
    copyFileSync(registry?.irr[0] ?? "", irr);
    copyFileSync(registry?.vrps[0] ?? "", vrps);
    const places = { irr: [irr], vrps: [vrps], rtr: [], approvals: [] };
    const inventory: Inventory = { ...lab, publicPeering: { publicRanges, registry: places } };
    await using world = await World.start({ inventory });
    const { id, key } = await publicCircuit(world, "exchange-l2", "alder");
    const taken = () => prefixesIn(world, "ams-primary", publicVrf(key));
    expect(await taken()).toEqual(["198.18.16.0/24", "2001:db8:16::/48"]);

    const roas = [{ prefix: "198.18.16.0/24", maxLength: 24, asn: 64_499 }];
    writeFileSync(vrps, JSON.stringify({ roas }));
    await reread(world);
    expect(await taken()).toEqual(["2001:db8:16::/48"]);
    expect(await statesOf(world, id)).toEqual(["ValidationNeeded", "Configured"]);

    writeFileSync(vrps, "{ broken");
    await reread(world);
    expect(await statesOf(world, id)).toEqual(["ValidationNeeded", "Configured"]);

    writeFileSync(vrps, JSON.stringify({ roas: [] }));
    writeFileSync(irr, "route: 198.18.16.0/24\norigin: AS64410\nsource: RIPE\n");
    await reread(world);
    expect(await taken()).toEqual(["198.18.16.0/24"]);
    expect(await statesOf(world, id)).toEqual(["Configured", "ValidationNeeded"]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("two customers reach the same services and never each other", async () => {
  await using world = await World.start();
  const alder = await publicCircuit(world, "exchange-l2", "alder");
  const pine = await publicCircuit(world, "direct-qinq", "pine");
  for (const [customer, { id, names }] of [
    ["alder", alder],
    ["pine", pine],
  ] as const) {
    const filter = `${names.group}/providers/Microsoft.Network/routeFilters/public`;
    await allow(world.customer, filter, { location: "westeurope", communities: ALL });
    await world.customer.put(id, publicPeeringBody(customer, { filter }));
  }
  await world.settle();
  for (const host of ["alder-host", "pine-host"])
    expect(await reaches(world, host, services.sql.address)).toBe(3);
  expect(await reaches(world, "alder-host", "198.18.64.1")).toBe(0);
  const known = await prefixesIn(world, "ams-primary", publicVrf(alder.key));
  expect(known.filter((prefix) => prefix.startsWith("198.18.64."))).toEqual([]);
  const told = await prefixesIn(world, "alder-ce", "default");
  expect(told.filter((prefix) => /^198\.18\.|^2001:db8:64/.test(prefix))).toEqual([]);
});

/** With all that a filter can let in. */
async function filteredCircuit(
  world: World,
  { variant, customer, location }: { variant: string; customer: Customer; location: string },
): Promise<{ id: string }> {
  const { id, names } = await publicCircuit(world, variant, customer);
  const filter = `${names.group}/providers/Microsoft.Network/routeFilters/public`;
  await allow(world.customer, filter, { location, communities: ALL });
  await world.customer.put(id, publicPeeringBody(customer, { filter }));
  await world.settle();
  return { id };
}

async function publicCircuit(
  world: World,
  variant: string,
  customer: Customer,
): Promise<Ordered & { id: string; key: string }> {
  await world.settle();
  const ordered = await order(world, variant);
  const { names } = ordered;
  const key = String((await world.customer.get(names.circuit(0))).properties["serviceKey"]);
  const id = `${names.circuit(0)}/peerings/MicrosoftPeering`;
  const body = publicPeeringBody(customer);
  const line = `${crossConnectionId(world, variantNamed(variant), key)}/peerings/MicrosoftPeering`;
  if (ordered.variant.peeringBy === "provider") await world.provider.put(line, body);
  else await world.customer.put(id, body);
  await world.settle();
  expect(pools[customer].ipv4).toHaveLength(1);
  return { ...ordered, id, key };
}

/** As the server does every second. */
async function reread(world: World): Promise<void> {
  await world.holdings.refresh();
  await world.clock.advance(500);
  await world.settle();
}

type Config = { advertisedPublicPrefixesState: string };

async function statesOf(world: World, id: string): Promise<string[]> {
  const { properties } = await world.customer.get(id);
  const { microsoftPeeringConfig: ipv4, ipv6PeeringConfig: ipv6 } = properties as {
    microsoftPeeringConfig: Config;
    ipv6PeeringConfig: { microsoftPeeringConfig: Config };
  };
  return [ipv4, ipv6.microsoftPeeringConfig].map((each) => each.advertisedPublicPrefixesState);
}

async function prefixesIn(world: World, node: string, vrf: string): Promise<string[]> {
  const routes = await world.node(node).routes(vrf, new AbortController().signal);
  return routes
    .filter(({ protocol }) => protocol === "bgp")
    .map(({ prefix }) => prefix)
    .filter((prefix) => !/^198\.19|^2001:db8:f/.test(prefix))
    .sort();
}

async function reaches(world: World, node: string, to: string): Promise<number> {
  const request = { count: 3, intervalMs: 10, timeoutMs: 1000 };
  return (await world.probe.ping({ from: { node, vrf: "default" }, to, ...request })).received;
}
