/** The peering to public services on real routers: validation, filters, translation, both peerings at once. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { LinkTraffic } from "../../../src/cli/traffic-lines.ts";
import { FrrDriver } from "../../../src/drivers/frr/frr.ts";
import { argvIn } from "../../../src/drivers/place-argv.ts";
import { argvAt, nodePaths } from "../../../src/drivers/places.ts";
import { run } from "../../../src/drivers/run.ts";
import { namespaceOfVrf } from "../../../src/drivers/vrf-slots.ts";
import type { Place } from "../../../src/fabric/probe.ts";
import { namesOf } from "../../../src/main/demo/bodies.ts";
import { crossConnectionId } from "../../../src/main/demo/order.ts";
import { macOf, publicVrf } from "../../../src/plan/names.ts";
import { SERVICES_VRF } from "../../../src/plan/services.ts";
import { allow, PUBLIC_TAG, publicPeeringBody, services } from "../../scenarios/public-orders.ts";
import { converged, type LabServer, snapshotLab, until, variantNamed } from "../lab-server.ts";
import { establishments, type Ordered, order, sessionsUp } from "../orders.ts";
import { sendFrames } from "../raw-frames.ts";
import { borrowLab } from "./borrowed-lab.ts";

const HOST: Place = { node: "alder-host", vrf: "default" };
const SERVICE: Place = { node: "public-host", vrf: SERVICES_VRF };
/** Both families of both peerings, on both links. */
const CUSTOMER = { nodes: ["alder-ce"], count: 8 };
const ROUTERS = ["ams-primary", "ams-secondary", "alder-ce", "public-host"];

let server: LabServer;
let lab = "";
let alder: Ordered;
let filter = "";
let peering = "";
let bare: readonly string[] = [];

beforeAll(async () => {
  server = await borrowLab();
  lab = (await server.folder.readLab()) ?? "";
  const [first] = await order(server.parties, variantNamed("exchange-l2"));
  if (first === undefined) throw new Error("no circuit");
  alder = first;
  const names = namesOf(alder.variant, server.parties.customerSubscription);
  filter = `${names.group}/providers/Microsoft.Network/routeFilters/public`;
  peering = `${alder.circuitId}/peerings/MicrosoftPeering`;
  await converged(server.parties);
  bare = await snapshotLab(lab);
  await put(publicPeeringBody("alder"));
});

afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
});

test("both peerings are up at once, and without a filter nothing is told", async () => {
  await sessionsUp(lab, CUSTOMER);
  const { properties } = await server.parties.customer.get(peering);
  expect(properties).toMatchObject({
    microsoftPeeringConfig: { advertisedPublicPrefixesState: "Configured" },
    ipv6PeeringConfig: { microsoftPeeringConfig: { advertisedPublicPrefixesState: "Configured" } },
  });
  expect(await toldPrefixes("ipv4")).toEqual({});
  expect(await received(services.storage.address)).toBe(0);
  expect(await received(alder.machine.ipv4)).toBe(3);
});

test("a filter lets its services through with their communities, and hosts reach them by translation", async () => {
  await permit([services.storage.community]);
  await put(publicPeeringBody("alder", { filter }));
  const communities = ["12076:51002", "12076:52002"];
  await until("the service's prefixes are told", async () =>
    Object.keys(await toldPrefixes("ipv6")).length > 0 ? true : undefined,
  );
  expect(await toldPrefixes("ipv4")).toEqual({ "198.19.2.0/24": { communities, path: "12076" } });
  expect(await toldPrefixes("ipv6")).toEqual({
    "2001:db8:f002::/48": { communities, path: "12076" },
  });
  for (const address of [services.storage.address, services.storage.address6]) await reach(address);
  expect(await received(services.sql.address)).toBe(0);
  const { storage } = services;
  const tcp = { from: HOST, to: SERVICE, address: storage.address, seconds: 1, flows: 2 };
  expect(await server.backend.probe.tcp(tcp)).toHaveProperty("mbps");
  const seen = await routesAt("public-host", SERVICES_VRF);
  expect(seen.filter((prefix) => /^(10\.|fd10:|192\.168\.)/.test(prefix))).toEqual([]);
});

test("a change of the filter resets no session", async () => {
  const before = await establishments(lab, ROUTERS);
  await permit([services.storage.community, services.sql.community]);
  await reach(services.sql.address);
  await permit([services.sql.community]);
  await until("the storage is told no more", async () =>
    Object.keys(await toldPrefixes("ipv4")).join() === services.sql.prefix ? true : undefined,
  );
  expect(await establishments(lab, ROUTERS)).toEqual(before);
});

test("the edges tell of this peering what they have", async () => {
  const { customer } = server.parties;
  type Table = { value: Record<string, string>[] };
  const read = async (table: string) =>
    (await customer.post<Table>(`${peering}/${table}/primary`)).body.value;
  expect((await read("arpTables")).map(({ ipAddress }) => ipAddress)).toEqual([
    "198.18.0.1",
    "198.18.0.2",
  ]);
  const networks = (await read("routeTables")).map(({ network }) => network);
  expect(networks).toContain("198.18.16.0/24");
  expect(networks).toContain(services.storage.prefix);
  const neighbors = (await read("routeTablesSummary")).map(({ neighbor }) => neighbor);
  expect(neighbors).toContain("198.18.0.1");
});

test("each peering's bytes are counted by themselves, and together they are the circuit's", async () => {
  const { customer } = server.parties;
  type Stats = Record<`${"primary" | "secondary"}bytes${"In" | "Out"}`, number>;
  const bytes = async (of: string) => {
    const told = await customer.get<Stats>(`${of}/stats`);
    return told.primarybytesIn + told.secondarybytesIn;
  };
  const read = async () => ({
    privately: await bytes(`${alder.circuitId}/peerings/AzurePrivatePeering`),
    publicly: await bytes(peering),
  });
  const sent = async (to: string) => {
    const before = await read();
    const words = ["ping", "-n", "-q", "-c", "50", "-i", "0.01", "-s", "1400", to];
    await run({ argv: argvIn(lab, HOST, words), why: "send echoes" });
    const after = await read();
    return {
      privately: after.privately - before.privately,
      publicly: after.publicly - before.publicly,
    };
  };
  // Beside the 70,000 bytes of echoes there are only BGP and BFD.
  const most = 20_000;
  const privately = await sent(alder.machine.ipv4);
  expect(privately.privately).toBeGreaterThan(50 * 1_400);
  expect(privately.publicly).toBeLessThan(most);
  const publicly = await sent(services.sql.address);
  expect(publicly.publicly).toBeGreaterThan(50 * 1_400);
  expect(publicly.privately).toBeLessThan(most);
  // What came between the looks is counted too.
  const all = await bytes(alder.circuitId);
  const last = await read();
  expect(Math.abs(last.privately + last.publicly - all)).toBeLessThan(most);
});

test("a mark of the private peering comes to the machine as it was sent, and the public peering's classes are counted", async () => {
  const { ipv4, ...place } = alder.machine;
  const hook = "type filter hook prerouting priority 0; policy accept;";
  const rule = "icmp type echo-request ip dscp ef counter";
  const input = ["table ip marks {", "chain in {", hook, rule, "}", "}", ""].join("\n");
  const at = (...words: string[]) => argvIn(lab, place, ["nft", ...words]);
  await run({ argv: at("-f", "-"), input, why: "count marks" });
  try {
    await marked(ipv4);
    const text = await run({ argv: at("list", "table", "ip", "marks"), why: "read marks" });
    expect(text).toContain("packets 5 ");
  } finally {
    await run({ argv: at("delete", "table", "ip", "marks"), why: "count no more" });
  }
  const voice = async () => {
    const { value } = await server.parties.customer.get<{ value: LinkTraffic[] }>(
      `${alder.circuitId}/traffic`,
    );
    const inward = value.filter(({ direction }) => direction === "in");
    return inward.reduce((total, { classes }) => total + (classes?.voice.packets ?? 0), 0);
  };
  // What came by the private peering is in no class.
  expect(await voice()).toBe(0);
  await marked(services.sql.address);
  expect(await voice()).toBe(5);
});

test("a pool on both links outlives the loss of one", async () => {
  const { probe } = server.backend;
  const lost = { node: "alder-ce", port: "wan1" };
  await sessionsUp(lab, CUSTOMER);
  const { size } = await establishments(lab, ROUTERS);
  await probe.setPort(lost, false);
  try {
    await reach(services.sql.address);
    await reach(services.sql.address6);
  } finally {
    await probe.setPort(lost, true);
  }
  await sessionsUp(lab, { nodes: ROUTERS, count: size });
});

test("sources that are not the customer's never come to a service, in either family", async () => {
  const sources = ["198.18.64.9", "2001:db8:64::9", "198.18.16.9", "2001:db8:16::9"];
  const family = (text: string) => (text.includes(":") ? "ip6" : "ip");
  const rules = sources.map((source) => `${family(source)} saddr ${source} counter`);
  const hook = "type filter hook prerouting priority 0; policy accept;";
  const input = ["table inet seen {", "chain in {", hook, ...rules, "}", "}", ""].join("\n");
  const paths = nodePaths(lab, "public-host");
  const at = (...words: string[]) =>
    argvAt(paths, namespaceOfVrf(paths, SERVICES_VRF) ?? "", ["nft", ...words]);
  await run({ argv: at("-f", "-"), input, why: "count sources" });
  try {
    const counts = async () => {
      const text = await run({ argv: at("list", "table", "inet", "seen"), why: "read counters" });
      return [...text.matchAll(/packets (\d+)/g)].map(([, count]) => Number(count));
    };
    await until("the customer's own sources are seen", async () => {
      // Foreign ones first: where the own are seen, those had their time. Again, for the link was just lost.
      for (const source of sources) {
        const to = source.includes(":") ? services.sql.address6 : services.sql.address;
        const frame = {
          tags: [alder.stag ?? 0, PUBLIC_TAG],
          destinationMac: macOf(`ams-primary/${alder.serviceKey}/public`),
          ...{ source, destination: to, port: 9, text: "foreign" },
        };
        await sendFrames(lab, { node: "alder-ce", port: "wan1" }, { frame, count: 5 });
      }
      const [, , ipv4 = 0, ipv6 = 0] = await counts();
      return ipv4 > 0 && ipv6 > 0 ? true : undefined;
    });
    expect((await counts()).slice(0, 2)).toEqual([0, 0]);
  } finally {
    await run({ argv: at("delete", "table", "inet", "seen"), why: "count no more" });
  }
});

test("deletion leaves nothing, and the private peering as it was", async () => {
  const before = await establishments(lab, ROUTERS);
  const { customer } = server.parties;
  await customer.waitFor(await customer.delete(peering));
  await converged(server.parties);
  expect(await snapshotLab(lab)).toEqual(bare);
  const argv = argvAt(nodePaths(lab, "alder-ce"), "default", ["nft", "list", "tables"]);
  expect(await run({ argv, why: "look for translations" })).not.toContain("causeway_nat");
  const after = await establishments(lab, ROUTERS);
  expect([...after].filter(([key, count]) => before.get(key) !== count)).toEqual([]);
  expect(after.size).toBeGreaterThan(0);
});

test("prefixes that are not the customer's are not taken in, though its router announces them", async () => {
  const [oak] = await order(server.parties, variantNamed("direct-dot1q"));
  const id = `${oak?.circuitId}/peerings/MicrosoftPeering`;
  const { customer } = server.parties;
  await customer.waitFor(await customer.put(id, publicPeeringBody("oak")));
  const vrf = publicVrf(oak?.serviceKey ?? "");
  type Neighbors = { routes?: object; totalPrefixCounter?: number };
  await until("oak announces its pool", async () => {
    const told = await askJson<Neighbors>(
      "oak-ce",
      "show bgp ipv4 neighbors 198.18.0.18 advertised-routes json",
    );
    return (told.totalPrefixCounter ?? 0) > 0 ? true : undefined;
  });
  const held = await routesAt("fra-primary", vrf);
  expect(held.filter((prefix) => prefix.startsWith("198.18.48."))).toEqual([]);
  const { properties } = await customer.get(id);
  expect(properties["causewayPublicPrefixes"]).toEqual([
    {
      prefix: "198.18.48.0/24",
      state: "AsnValidationFailed",
      reason: expect.stringContaining("AS 64450"),
    },
    { prefix: "2001:db8:48::/48", state: "ValidationNeeded", reason: expect.any(String) },
  ]);
});

test("in a managed model the provider's router has both peerings in one VRF, and translates", async () => {
  const [birch] = await order(server.parties, variantNamed("exchange-l3"));
  const { customer, provider } = server.parties;
  const line = crossConnectionId(
    server.parties,
    variantNamed("exchange-l3"),
    birch?.serviceKey ?? "",
  );
  const id = `${birch?.circuitId}/peerings/MicrosoftPeering`;
  const from: Place = { node: "birch-host", vrf: "default" };
  await reach(birch?.machine.ipv4 ?? "", from);
  const byProvider = `${line}/peerings/MicrosoftPeering`;
  await provider.waitFor(await provider.put(byProvider, publicPeeringBody("birch")));
  await customer.waitFor(await customer.put(id, publicPeeringBody("birch", { filter })));
  for (const { address, address6 } of [services.sql])
    for (const to of [address, address6]) await reach(to, from);
  await reach(birch?.machine.ipv6 ?? "", from);
  await customer.waitFor(await customer.delete(id));
  await customer.waitFor(await customer.delete(filter));
  await reach(birch?.machine.ipv4 ?? "", from);
});

/** Five echoes as voice is marked: EF, in the upper six bits. */
async function marked(to: string): Promise<void> {
  const words = ["-n", "-q", "-c", "5", "-i", "0.05", "-Q", "0xb8", to];
  await run({ argv: argvIn(lab, HOST, ["ping", ...words]), why: "send marked echoes" });
}

async function put(body: object): Promise<void> {
  const { customer } = server.parties;
  await customer.waitFor(await customer.put(peering, body));
  await converged(server.parties);
}

async function permit(communities: readonly string[]): Promise<void> {
  await allow(server.parties.customer, filter, { location: "westeurope", communities });
  await converged(server.parties);
}

async function askJson<Shape>(node: string, line: string): Promise<Shape> {
  return JSON.parse(await new FrrDriver(nodePaths(lab, node)).ask("bgpd", line)) as Shape;
}

type Paths = { path?: string; nexthops?: object[] }[];

/** Public prefixes at the customer's router, with what they carry. */
async function toldPrefixes(
  family: "ipv4" | "ipv6",
): Promise<Record<string, { communities: string[]; path: string }>> {
  const { routes } = await askJson<{ routes: Record<string, Paths> }>(
    "alder-ce",
    `show bgp ${family} unicast json`,
  );
  const told: Record<string, { communities: string[]; path: string }> = {};
  for (const [prefix, [first]] of Object.entries(routes)) {
    if (!/^(198\.19|2001:db8:f)/.test(prefix)) continue;
    const { paths } = await askJson<{ paths: { community?: { list: string[] } }[] }>(
      "alder-ce",
      `show bgp ${family} unicast ${prefix} json`,
    );
    told[prefix] = {
      communities: [...(paths[0]?.community?.list ?? [])].sort(),
      path: (first?.path ?? "").trim(),
    };
  }
  return told;
}

async function routesAt(node: string, vrf: string): Promise<string[]> {
  const namespace = namespaceOfVrf(nodePaths(lab, node), vrf);
  const text = await askJson<{ routes: object }>(
    node,
    `show bgp vrf ${namespace} ipv4 unicast json`,
  );
  return Object.keys(text.routes);
}

async function received(to: string, from = HOST): Promise<number> {
  const ping = { from, to, count: 3, intervalMs: 50, timeoutMs: 500 };
  return (await server.backend.probe.ping(ping)).received;
}

async function reach(to: string, from = HOST): Promise<void> {
  await until(`${to} answers`, async () => ((await received(to, from)) === 3 ? true : undefined));
}
