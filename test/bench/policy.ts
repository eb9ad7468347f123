import { systemClock } from "../../src/base/clock.ts";
import { limits } from "../../src/domain/limits.ts";
import { vtySocket } from "../../src/drivers/frr/daemons.ts";
import { Vty } from "../../src/drivers/frr/vty.ts";
import { nodePaths } from "../../src/drivers/places.ts";
import type { Neighbor, RoutePolicy, VrfFragment } from "../../src/fabric/intent.ts";
import { denied, exact, inside, RESERVED } from "../../src/plan/edge-policy.ts";
import { EDGE_BFD } from "../../src/plan/edge-timers.ts";
import { type BenchLab, raiseBenchLab } from "../linux/drivers/bench-lab.ts";
import type { Bench, Benchmark } from "./benchmark.ts";
import type { Figure } from "./figures.ts";
import { RouteAsker } from "./route-asker.ts";

export const policy: Benchmark = {
  name: "policy",
  story:
    "A customer's router, two edges and two gateway instances on real FRR: from the moment when the customer begins to announce until the last prefix is in both instances' forwarding tables, and from a change of weight or filter that comes to the nodes until it is in force there: a weight when the last prefix of both instances follows it, and nothing of the change before is under way. Policies are those of the plan. No session may be reset.",
  run: measureAll,
};

const LAB = "benchpolicy";
const CUSTOMER_ASN = 65_010;
const CLOUD_ASN = 12_076;
const GATEWAY_ASN = 65_515;
const EDGES = [1, 2] as const;
const INSTANCES = [0, 1] as const;
const WITHIN_MS = 60_000;
const CALM_MS = 2_000;

const cables = EDGES.flatMap((edge) => [
  `ce:p${edge}-e${edge}:p0`,
  ...INSTANCES.map((instance) => `e${edge}:g${instance}-gw:e${edge}${instance}`),
]);

type Edge = (typeof EDGES)[number];

/** As in the plan: a network's space goes one way, all but reserved space the other. */
const SPACE = "10.20.0.0/16";
const ofCloud: RoutePolicy = [{ action: "permit", prefixes: exact([SPACE]) }];
const ofCustomer: RoutePolicy = [...denied(inside([SPACE, ...RESERVED])), { action: "permit" }];

async function measureAll(bench: Bench): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const [count, most] of [
    [limits.privatePrefixes.ipv4, 2_000],
    [limits.privatePrefixes.ipv4Premium, 5_000],
  ] as const)
    figures.push(...(await measured(bench, count, most)));
  return figures;
}

async function measured(bench: Bench, count: number, most: number): Promise<Figure[]> {
  const lab = await raiseBenchLab(LAB, cables);
  const clear = bench.atEnd(() => lab[Symbol.asyncDispose]());
  const prefixes = Array.from(
    { length: count },
    (_, index) => `10.${100 + (index >> 8)}.${index & 255}.0/24`,
  );
  await Promise.all([
    lab.converge("ce", [customer(prefixes)]),
    weigh(lab, {}),
    ...EDGES.map((edge) => lab.converge(`e${edge}`, [edgeVrf(edge, count, ofCustomer)])),
  ]);
  const runs = bench.number("runs", 3);
  await using stack = new AsyncDisposableStack();
  const askers = INSTANCES.map((one) =>
    stack.use(new RouteAsker(LAB, { node: "gw", vrf: `g${one}` })),
  );
  const learnt = await learning(askers, { runs, count });
  bench.say(`  ${count} prefixes: ${learnt.map(Math.round).join(", ")} ms`);
  // What the edges tell others of so many takes them a while longer.
  await systemClock.sleep(CALM_MS);
  const sessions = await uptimes(lab);
  const weights = await weighted(lab, askers, { runs, prefixes });
  const filters = await filtered(lab, askers, { runs, count });
  const print = (samples: readonly number[]) => samples.map(Math.round).join(", ");
  bench.say(`  weight: ${print(weights)} ms; filter: ${print(filters)} ms`);
  const resets = (await uptimes(lab)).filter((now, at) => now < (sessions[at] ?? 0)).length;
  await clear();
  const change = { of: "max", most: 500 } as const;
  return [
    { name: `${count} prefixes learnt`, unit: "ms", samples: learnt, target: { of: "max", most } },
    { name: `weight, beside ${count} prefixes`, unit: "ms", samples: weights, target: change },
    { name: `filter, beside ${count} prefixes`, unit: "ms", samples: filters, target: change },
    {
      ...{ name: `sessions reset, ${count} prefixes`, unit: "", samples: [resets] },
      target: { of: "max", most: 0 },
    },
  ];
}

/** Forgotten and learnt again. */
async function learning(
  askers: readonly RouteAsker[],
  { runs, count }: { runs: number; count: number },
): Promise<number[]> {
  const learnt: number[] = [];
  const has = async (wanted: number) => {
    const tables = await Promise.all(askers.map((asker) => asker.ways()));
    return tables.every(({ length }) => length === wanted);
  };
  const hold = (isOn: boolean) => typed(EDGES.flatMap((edge) => held(edge, isOn)));
  for (let index = 0; index < runs; index += 1) {
    await hold(true);
    await until(() => has(0));
    const started = performance.now();
    await hold(false);
    await until(() => has(count));
    learnt.push(performance.now() - started);
  }
  return learnt;
}

const PROBED = "10.100.0.0/24";

/** The first address of a prefix of 24 bits. */
function hostIn(prefix: string): string {
  return prefix.replace(/0\/24$/, "1");
}

type Change = {
  change(on: boolean): Promise<unknown>;
  isIn(ways: 1 | 2): Promise<boolean>;
  /** Takes too long to be asked all the time: looked at once, and where it does not hold yet, waited for. */
  isWhole?(ways: 1 | 2): Promise<boolean>;
};

/** How long until there is one way out where there were two, and two again. */
async function changes(
  runs: number,
  { change, isIn, isWhole = () => Promise.resolve(true) }: Change,
): Promise<number[]> {
  const found: number[] = [];
  for (let index = 0; index < runs; index += 1) {
    for (const on of [true, false]) {
      const started = performance.now();
      const made = change(on);
      const ways = on ? 1 : 2;
      await until(() => isIn(ways));
      let took = performance.now() - started;
      if (!(await isWhole(ways))) {
        await until(() => isWhole(ways));
        took = performance.now() - started;
      }
      found.push(took);
      await made;
    }
  }
  return found;
}

function weigh(lab: BenchLab, weights: Partial<Record<Edge, number>>): Promise<unknown> {
  const fragments = INSTANCES.map((instance) => gateway(instance, weights));
  return lab.converge("gw", fragments);
}

/** The last prefix of each instance is asked for until it follows; then all have to, or the time runs on. */
async function weighted(
  lab: BenchLab,
  askers: readonly RouteAsker[],
  { runs, prefixes }: { runs: number; prefixes: readonly string[] },
): Promise<number[]> {
  const last = hostIn(prefixes.at(-1) ?? "");
  const isIn = async (ways: number) => {
    for (const asker of askers) if ((await asker.waysTo(last)) !== ways) return false;
    return true;
  };
  const isWhole = async (ways: number) => {
    const tables = await Promise.all(askers.map((asker) => asker.ways()));
    return tables.every(
      (each) => each.length === prefixes.length && each.every((count) => count === ways),
    );
  };
  const change = (isWeighted: boolean) => weigh(lab, isWeighted ? { 2: 100 } : {});
  return changes(runs, { change, isIn, isWhole });
}

/** The second edge no longer takes the probed prefix in. */
async function filtered(
  lab: BenchLab,
  [asker]: readonly RouteAsker[],
  { runs, count }: { runs: number; count: number },
): Promise<number[]> {
  const without: RoutePolicy = [{ action: "deny", prefixes: [{ prefix: PROBED }] }, ...ofCustomer];
  const change = (on: boolean) =>
    lab.converge("e2", [edgeVrf(2, count, on ? without : ofCustomer)]);
  const isIn = async (ways: number) => (await asker?.waysTo(hostIn(PROBED))) === ways;
  return changes(runs, { change, isIn });
}

async function uptimes(lab: BenchLab): Promise<number[]> {
  const nodes = ["e1", "e2", "gw"].map((name) => lab.node(name));
  const seen = await Promise.all(nodes.map((node) => node.observe(AbortSignal.timeout(30_000))));
  return seen.flatMap(({ sessions }) => sessions.map(({ uptimeSeconds = -1 }) => uptimeSeconds));
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (const end = performance.now() + WITHIN_MS; !(await isSo()); await systemClock.sleep(5))
    if (performance.now() > end) throw new Error(`not within ${WITHIN_MS} ms`);
}

/** A list that lets nothing out, on or off: bgpd announces at once when it goes. */
function held(edge: Edge, isOn: boolean): string[] {
  return [`${isOn ? "" : "no "}neighbor 192.168.${edge}.2 prefix-list held out`];
}

async function typed(lines: readonly string[]): Promise<void> {
  await using vty = await Vty.open(vtySocket(nodePaths(LAB, "ce"), "bgpd"));
  const enter = ["enable", "configure terminal", "ip prefix-list held seq 5 deny any"];
  const inside = [`router bgp ${CUSTOMER_ASN}`, "address-family ipv4 unicast"];
  for (const line of [...enter, ...inside, ...lines, "end"]) {
    const { ok, text } = await vty.ask(line);
    if (!ok) throw new Error(`${line}: ${text}`);
  }
}

function neighbor(address: string, remoteAsn: number, rest: Partial<Neighbor> = {}): Neighbor {
  return {
    ...{ address, remoteAsn, description: "", enabled: true, families: ["ipv4"] },
    ...{ keepaliveSeconds: 60, holdSeconds: 180, bfd: EDGE_BFD },
    importPolicy: [{ action: "permit" }],
    exportPolicy: [{ action: "permit" }],
    ...rest,
  };
}

type Port = { readonly name: string; readonly address: string };

function vrf(
  name: string,
  ports: readonly Port[],
  bgp: { asn: number; host: number; networks?: readonly string[]; neighbors: readonly Neighbor[] },
): VrfFragment {
  const { asn, host, networks = [], neighbors } = bgp;
  return {
    ...{ kind: "vrf", key: `vrf/${name}`, name, routes: [] },
    interfaces: ports.map((port, index) => ({
      ...{ kind: "subinterface", name: `if${index}`, port: port.name, tags: [], mtu: 1500 },
      mac: `02:00:00:00:${host.toString(16).padStart(2, "0")}:0${index}`,
      addresses: [port.address],
    })),
    bgp: { asn, routerId: `10.255.0.${host}`, networks, maximumPaths: 16, neighbors },
  };
}

function customer(networks: readonly string[]): VrfFragment {
  const ports = EDGES.map((edge) => ({ name: `p${edge}`, address: `192.168.${edge}.1/30` }));
  const neighbors = EDGES.map((edge) => neighbor(`192.168.${edge}.2`, CLOUD_ASN));
  return vrf("default", ports, { asn: CUSTOMER_ASN, host: 9, networks, neighbors });
}

function edgeVrf(edge: Edge, count: number, importPolicy: RoutePolicy): VrfFragment {
  const ports = [
    { name: "p0", address: `192.168.${edge}.2/30` },
    ...INSTANCES.map((one) => ({ name: `g${one}`, address: `192.168.1${edge}${one}.2/30` })),
  ];
  const limit = { maximumPrefixes: { ipv4: count, ipv6: 100 }, beyondMaximum: "discard" } as const;
  const neighbors = [
    neighbor(`192.168.${edge}.1`, CUSTOMER_ASN, { ...limit, importPolicy, exportPolicy: ofCloud }),
    ...INSTANCES.map((one) =>
      neighbor(`192.168.1${edge}${one}.1`, GATEWAY_ASN, {
        ...{ importPolicy: ofCloud, exportPolicy: ofCustomer },
      }),
    ),
  ];
  return vrf("c", ports, { asn: CLOUD_ASN, host: edge, neighbors });
}

function gateway(instance: 0 | 1, weights: Partial<Record<Edge, number>>): VrfFragment {
  const ports = EDGES.map((edge) => ({
    ...{ name: `e${edge}${instance}`, address: `192.168.1${edge}${instance}.1/30` },
  }));
  const neighbors = EDGES.map((edge) => {
    const setWeight = weights[edge];
    const weighted = {
      action: "permit" as const,
      ...(setWeight === undefined ? {} : { setWeight }),
    };
    return neighbor(`192.168.1${edge}${instance}.2`, CLOUD_ASN, {
      ...{ importPolicy: [weighted], exportPolicy: ofCloud },
    });
  });
  return vrf(`g${instance}`, ports, { asn: GATEWAY_ASN, host: 20 + instance, neighbors });
}
