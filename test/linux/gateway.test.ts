/** Gateways on real nodes: another SKU without a lost packet, its rates in the datapath, and FastPath with its fall-back. */
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { systemClock } from "../../src/base/clock.ts";
import { argvIn } from "../../src/drivers/place-argv.ts";
import { run } from "../../src/drivers/run.ts";
import type { Place } from "../../src/fabric/probe.ts";
import * as bodies from "../../src/main/demo/bodies.ts";
import { converged, type LabServer, startLabServer, until, variantNamed } from "./lab-server.ts";
import { establishments, type Ordered, order, resets } from "./orders.ts";

const variant = variantNamed("exchange-l2");
const HOST = { node: "cloud-host", vrf: "default" };
const nodes = ["ams-primary", "ams-secondary", "cloud-host"];

let server: LabServer;
let lab = "";
let circuit: Ordered;
let names: bodies.Names;

beforeAll(async () => {
  const lines = await readFile(new URL("../../fabrics/lab.yaml", import.meta.url), "utf8");
  const edges = "edges: { primary: ams-primary, secondary: ams-secondary }";
  const fabric = lines.replace(edges, `fastPathAddresses: 2\n    ${edges}`);
  server = await startLabServer({ fabric });
  lab = (await server.folder.readLab()) ?? "";
  const [first] = await order(server.parties, variant);
  if (first === undefined) throw new Error("the variant orders a circuit");
  circuit = first;
  names = bodies.namesOf(variant, server.parties.customerSubscription);
  await until("packets are carried", async () => ((await ping(1)) === 1 ? true : undefined));
  await until("all sessions are up", async () =>
    (await establishments(lab, nodes)).size === 12 ? true : undefined,
  );
});

afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
});

async function ping(count: number, to = circuit.machine.ipv4): Promise<number> {
  const request = { from: variant.onPremises, to, count };
  return (await server.backend.probe.ping({ ...request, intervalMs: 20, timeoutMs: 1000 }))
    .received;
}

async function put(id: string, body: object, changes: object): Promise<void> {
  const { properties } = body as { properties: object };
  const { customer, operator } = server.parties;
  const asked = { ...body, properties: { ...properties, ...changes } };
  await operator.waitFor(await customer.put(id, asked));
  await converged(server.parties);
}

const size = (sku: object) =>
  put(names.gateway(0), bodies.gateway(variant, names, 0), {
    autoScaleConfiguration: undefined,
    ...sku,
  });
const fastPath = (expressRouteGatewayBypass: boolean) =>
  put(names.connection(0), bodies.connection(variant, names, 0), { expressRouteGatewayBypass });

/** Bytes and packets per second that the gateway's host polices by, each once. */
async function rates(): Promise<string[]> {
  const map = `/sys/fs/bpf/causeway/${lab}/cloud-host/maps/rates`;
  const argv = argvIn(lab, HOST, ["bpftool", "-j", "map", "dump", "pinned", map]);
  const cells = JSON.parse(await run({ argv, why: "read the rates" })) as {
    formatted: { value: { bytes_per_second: number; packets_per_second: number } };
  }[];
  const seen = cells.map(({ formatted: { value } }) =>
    [(value.bytes_per_second * 8) / 1_000_000, value.packets_per_second].join(" "),
  );
  return [...new Set(seen)];
}

/**
 * What a place's kernel sent and what came to it, whether or not its program was quick enough to take it (RFC 4113):
 * on a machine with too much to do, programs lose what the network brought.
 */
async function datagrams(place: Place): Promise<{ sent: number; came: number }> {
  const argv = argvIn(lab, place, ["cat", "/proc/net/snmp"]);
  const lines = (await run({ argv, why: "read the kernel's counters" })).split("\n");
  const [words = [], values = []] = lines
    .filter((line) => line.startsWith("Udp: "))
    .map((line) => line.split(" "));
  const of = (name: string) => Number(values[words.indexOf(name)]);
  return { sent: of("OutDatagrams"), came: of("InDatagrams") + of("InErrors") };
}

test("another SKU takes effect in place: no packet is lost and no session reset", async () => {
  expect(await rates()).toEqual(["40000 7000000"]);
  await size({ sku: { name: "ErGw1AZ" } });
  expect(await rates()).toEqual(["1000 100000"]);
  const before = await establishments(lab, nodes);
  const ends = new AbortController();
  const start = [await datagrams(variant.onPremises), await datagrams(circuit.machine)];
  const stream = await server.backend.probe.stream({
    ...{ from: variant.onPremises, to: circuit.machine, address: circuit.machine.ipv4 },
    ...{ intervalMs: 1, flows: 1, signal: ends.signal },
  });
  await systemClock.sleep(500);
  await size({ sku: { name: "ErGw3AZ" } });
  expect(await rates()).toEqual(["10000 1000000"]);
  await size({
    sku: { name: "ErGwScale" },
    autoScaleConfiguration: { bounds: { min: 2, max: 12 } },
  });
  expect(await rates()).toEqual(["12000 1400000"]);
  await systemClock.sleep(500);
  await stream.stop();
  ends.abort();
  await systemClock.sleep(500);
  const end = [await datagrams(variant.onPremises), await datagrams(circuit.machine)];
  const [host, machine] = end.map(({ sent, came }, at) => ({
    sent: sent - (start[at]?.sent ?? 0),
    came: came - (start[at]?.came ?? 0),
  }));
  expect(host?.sent).toBeGreaterThan(500);
  expect([machine?.came, host?.came]).toEqual([host?.sent, machine?.sent]);
  expect(resets(before, await establishments(lab, nodes))).toEqual([]);
});

test("a packet of 1500 bytes crosses the gateway whole, in both families", async () => {
  const whole = async (address: string, payload: number) => {
    const words = ["-c3", "-i0.05", "-W1", "-Mdo", `-s${payload}`, address];
    const argv = argvIn(lab, variant.onPremises, ["ping", ...words]);
    return run({ argv, why: "send large packets" });
  };
  // 1500 bytes less the headers of ICMP and of IPv4 or IPv6.
  expect(await whole(circuit.machine.ipv4, 1500 - 8 - 20)).toContain("3 received");
  expect(await whole(circuit.machine.ipv6, 1500 - 8 - 40)).toContain("3 received");
});

test("a connection's cap stands beside the gateway's rate, and goes when it is lifted", async () => {
  const cap = (causeway: object | null) =>
    put(names.connection(0), bodies.connection(variant, names, 0), { causeway });
  const before = await rates();
  await cap({ rateMbps: 20 });
  expect((await rates()).sort()).toEqual([...before, "20 0"].sort());
  await cap(null);
  expect(await rates()).toEqual(before);
});

/** Packets of ten pings over the gateway and past it, as the host and the edges counted them. */
async function ways(to = circuit.machine.ipv4): Promise<{ gateway: number; past: number }> {
  const count = async () => {
    const seen = new Map<string, number>();
    for (const name of nodes) {
      const node = server.backend.nodes.find((each) => each.name === name);
      const observation = await node?.observe(AbortSignal.timeout(20_000));
      for (const { meter, in: inward, out } of observation?.meters ?? [])
        seen.set(meter, (seen.get(meter) ?? 0) + inward.packets + out.packets);
    }
    return { gateway: seen.get("gateway/1") ?? 0, past: seen.get("fastpath/0") ?? 0 };
  };
  const before = await count();
  expect(await ping(100, to)).toBe(100);
  const after = await count();
  return { gateway: after.gateway - before.gateway, past: after.past - before.past };
}

type Shown = {
  readonly state?: string;
  readonly reason?: string;
  readonly fallBacks: number;
  readonly addresses: { readonly discardedPrefixes: readonly string[] };
};

async function shown(): Promise<Shown> {
  const { properties } = await server.parties.customer.get(names.connection(0));
  return (properties["causewayFastPath"] ?? {}) as Shown;
}

async function state(): Promise<string> {
  return (await shown()).state ?? "";
}

/** A session is up a second or two before its BFD is; what is lost in between, the hold timer alone would find. */
async function guarded(): Promise<true | undefined> {
  for (const name of nodes) {
    const node = server.backend.nodes.find((each) => each.name === name);
    const { sessions = [] } = (await node?.observe(AbortSignal.timeout(20_000))) ?? {};
    const ofForwarder = sessions.filter(({ address }) => address.startsWith("192.0.0."));
    if (ofForwarder.length === 0 || ofForwarder.some(({ bfd }) => bfd !== "Up")) return undefined;
  }
  return true;
}

test("FastPath leads past the gateway, and back to it while its forwarder is not heard", async () => {
  const before = await establishments(lab, nodes);
  const without = await ways();
  expect(without.gateway).toBeGreaterThanOrEqual(200);
  expect(without.past).toBe(0);
  await fastPath(true);
  await until("FastPath is active", async () => ((await state()) === "Active" ? true : undefined));
  const active = await ways();
  expect(active.past).toBeGreaterThanOrEqual(100);
  expect(active.gateway).toBeLessThan(150);
  await until("BFD guards the forwarder's sessions", guarded);

  await nft("add table inet lost");
  await nft("add chain inet lost in { type filter hook input priority 0; }");
  // The forwarder's two tunnels: VXLAN has its number behind eight bytes of UDP and four of its own (RFC 7348 5).
  await nft("add rule inet lost in udp dport 4789 @th,96,24 { 60000, 60001 } drop");
  await until("the gateway carries again", async () =>
    (await state()) === "FallenBack" ? true : undefined,
  );
  expect((await ways()).gateway).toBeGreaterThanOrEqual(200);
  await nft("delete table inet lost");
  await until("FastPath is active again", async () =>
    (await state()) === "Active" ? true : undefined,
  );
  expect((await ways()).past).toBeGreaterThanOrEqual(100);
  const { fallBacks } = await shown();
  expect(fallBacks).toBe(1);

  // The edges hold two addresses: the third machine's is beyond, and is met by the gateway.
  const { customer, operator } = server.parties;
  for (const index of [1, 2])
    await operator.waitFor(
      await customer.put(names.virtualMachine(index), bodies.virtualMachine(variant, names, 0)),
    );
  await until("one address is beyond", async () =>
    (await state()) === "Partial" ? true : undefined,
  );
  const { addresses, reason } = await shown();
  expect(addresses).toMatchObject({ limit: 2, received: 3, discarded: 1 });
  expect(reason).toContain("1 addresses go by the gateway");
  const [beyond = ""] = addresses.discardedPrefixes;
  expect(["10.20.1.6/32", "10.20.1.7/32"]).toContain(beyond);
  // It is told when it is decided, and takes effect when the edges' lists are typed.
  await until("the gateway meets it", async () =>
    (await ways(beyond.replace("/32", ""))).gateway >= 200 ? true : undefined,
  );

  await fastPath(false);
  expect(await ping(5)).toBe(5);
  expect(resets(before, await establishments(lab, nodes))).toEqual([]);
});

async function nft(line: string): Promise<void> {
  await run({ argv: argvIn(lab, HOST, ["nft", line]), why: "lose the forwarder's frames" });
}
