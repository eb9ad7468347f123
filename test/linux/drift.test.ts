/** I5: what a node differs in from its intent becomes visible, with the reason, and is put right. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { changePrograms, type ProgramChange } from "../../src/drivers/datapath/hooks.ts";
import { TagsDriver } from "../../src/drivers/datapath/tags.ts";
import { type DaemonName, daemonPid, vtySocket } from "../../src/drivers/frr/daemons.ts";
import { Vty } from "../../src/drivers/frr/vty.ts";
import { BpfMap } from "../../src/drivers/native/bpf-map.ts";
import { argvIn } from "../../src/drivers/place-argv.ts";
import { argvAt, nodePaths } from "../../src/drivers/places.ts";
import { run } from "../../src/drivers/run.ts";
import { namespaceOfVrf } from "../../src/drivers/vrf-slots.ts";
import { circuitVrf, peeringInterface } from "../../src/plan/names.ts";
import {
  converged,
  type Health,
  type LabServer,
  startLabServer,
  until,
  variantNamed,
} from "./lab-server.ts";
import { nodeLines } from "./node-lines.ts";
import { establishments, type Ordered, order, resets, sessionsUp } from "./orders.ts";

/** On a quiet machine 5 s; this bound is for a machine that runs other things too. */
const REPAIRED_WITHIN_MS = 30_000;
const E1 = "ams-primary";
const E2 = "ams-secondary";
const ROUTERS = [
  E1,
  E2,
  "fra-primary",
  "fra-secondary",
  "cloud-host",
  "polder",
  "pine-ce",
  "oak-ce",
];

/** Four of each circuit on each edge, and their other ends. */
const SESSIONS = { nodes: ROUTERS, count: 4 * 16 };

let server: LabServer;
let lab = "";
/** Two circuits on one Direct pair, to be damaged; one on the NNI beside it, one in another city. */
let hurt: readonly [Ordered, Ordered];
let beside: Ordered;
let afar: Ordered;
const told: { readonly message: string; readonly fields: object }[] = [];

beforeAll(async () => {
  server = await startLabServer({
    log: (level, message, fields = {}) => {
      if (level === "warn") told.push({ message, fields });
    },
  });
  lab = (await server.folder.readLab()) ?? "";
  const names = ["direct-qinq", "exchange-l3", "direct-dot1q"];
  const orders = await Promise.all(names.map((name) => order(server.parties, variantNamed(name))));
  const [first, second, third, fourth] = orders.flat() as [Ordered, Ordered, Ordered, Ordered];
  hurt = [first, second];
  [beside, afar] = [third, fourth];
  await sessionsUp(lab, SESSIONS);
});

afterAll(() => server?.[Symbol.asyncDispose]());

test("links, addresses, tags, routes and namespaces changed by hand come back", async () => {
  const [one, two] = hurt;
  const inVrf = (node: string, { serviceKey }: Ordered) => at(node, circuitVrf(serviceKey));
  const device = (circuit: Ordered) => peeringInterface(circuit.serviceKey);
  await damage([E1, E2, "cloud-host"], "direct", [
    [
      /link add link direct1 name p-/,
      () => inVrf(E1, one)("ip", "link", "delete", "dev", device(one)),
    ],
    [/netns delete stray/, () => at(E1, "default")("ip", "netns", "add", "stray")],
    [
      /route del 203\.0\.113\.0\/24/,
      () => inVrf(E1, two)("ip", "route", "add", "203.0.113.0/24", "dev", device(two)),
    ],
    [
      /addr add 192\.168\.100\.6\/30/,
      () => inVrf(E2, one)("ip", "-4", "address", "flush", "dev", device(one)),
    ],
    [/put entries/, () => removeTags(E2, "direct1", two.stag ?? 0)],
    [
      /route replace 0\.0\.0\.0\/0/,
      () => at("cloud-host", one.machine.vrf)("ip", "route", "delete", "default"),
    ],
    [
      /link delete dev stray/,
      () => at("cloud-host", two.machine.vrf)("ip", "link", "add", "stray", "type", "bridge"),
    ],
  ]);
});

test("a filter of the port, an IPv6 address and a neighbor of BGP come back", async () => {
  const [one, two] = hurt;
  const vrf = namespaceOfVrf(nodePaths(lab, E2), circuitVrf(two.serviceKey));
  await damage([E1, E2], "direct", [
    [
      /attach port_ingress at direct1/,
      () => unhook(E1, { device: "direct1", detach: ["port_ingress"] }),
    ],
    [
      /addr add fd64::6\/126/,
      () =>
        at(E2, circuitVrf(one.serviceKey))(
          "ip",
          "address",
          "delete",
          "fd64::6/126",
          "dev",
          peeringInterface(one.serviceKey),
        ),
    ],
    [
      /bgpd: .*neighbor 192\.168\.101\.5/,
      () => typed(E2, "bgpd", [`router bgp 12076 vrf ${vrf}`, "no neighbor 192.168.101.5"]),
    ],
  ]);
});

async function unhook(node: string, change: Omit<ProgramChange, "attach">): Promise<void> {
  const changes = [{ attach: [], ...change }];
  const signal = AbortSignal.timeout(10_000);
  expect(await changePrograms(nodePaths(lab, node), "default", changes, signal)).toEqual([]);
}

for (const daemon of ["bfdd", "bgpd", "zebra"] as const)
  test(`a killed ${daemon} is started again with all that it had`, async () => {
    await damage([E1], "elsewhere", [
      [
        /routing daemons were started/,
        async () => {
          process.kill((await daemonPid(nodePaths(lab, E1), daemon)) ?? 0, "SIGKILL");
        },
      ],
    ]);
  });

test("what cannot be put right is on the resource and in health with the reason, until it can", async () => {
  const circuit = () => server.parties.customer.get(hurt[0].circuitId);
  await at(E2, "default")("ip", "link", "delete", "dev", "direct1");
  const shown = await until("the circuit says why", async () => {
    const { properties } = await circuit();
    const error = properties["causewayError"] as { code: string; message: string } | undefined;
    return error !== undefined && /ams-secondary: .*direct1/.test(error.message)
      ? error
      : undefined;
  });
  expect(shown.code).toBe("NodeNotConverged");
  const health = await server.parties.operator.get<Health>("/causeway/health");
  expect(health).toMatchObject({ status: "failing", nodesFailing: expect.arrayContaining([E2]) });
  const others = await server.parties.customer.get(beside.circuitId);
  expect(others.properties["causewayError"]).toBeUndefined();

  await server.backend.raise();
  await converged(server.parties);
  await until("the circuit is well", async () =>
    (await circuit()).properties["causewayError"] === undefined ? true : undefined,
  );
  await sessionsUp(lab, SESSIONS);
});

type Damage = readonly [expected: RegExp, make: () => Promise<unknown>];

/**
 * Makes the damage and waits until the nodes are as they were, the repair was told, and every session is
 * up again. Sessions of circuits that were not touched are the same as before.
 */
async function damage(
  nodes: readonly string[],
  untouched: "direct" | "elsewhere",
  damages: readonly Damage[],
): Promise<void> {
  const sessions = await establishments(lab, ROUTERS);
  const before = await linesOf(nodes);
  told.length = 0;
  for (const [, make] of damages) await make();
  const started = performance.now();
  expect(changes(before, await nowOf(nodes)), "the damage").not.toEqual([]);
  const missing = () =>
    damages.filter(([expected]) => !told.some((each) => expected.test(JSON.stringify(each))));
  await until(
    "every repair is told",
    async () => (missing().length === 0 ? true : undefined),
    REPAIRED_WITHIN_MS,
  ).catch((error: Error) => {
    const patterns = missing().map(([expected]) => String(expected));
    throw new Error(`${error.message}: ${patterns.join(", ")} in ${JSON.stringify(told)}`);
  });
  const seen = performance.now() - started;
  let differences: readonly string[] = [];
  await until(
    "the nodes are as they were",
    async () => {
      differences = changes(before, await nowOf(nodes));
      return differences.length === 0 ? true : undefined;
    },
    REPAIRED_WITHIN_MS,
  ).catch(() => expect(differences).toEqual([]));
  expect(seen).toBeLessThan(REPAIRED_WITHIN_MS);
  const kept = [...sessions].filter(([key]) => isUntouched(key, untouched));
  expect(kept.length).toBeGreaterThan(0);
  await sessionsUp(lab, SESSIONS);
  expect(resets(new Map(kept), await establishments(lab, ROUTERS))).toEqual([]);
  await converged(server.parties);
}

/** Beside the damaged Direct ports: all of the other circuits. Elsewhere: what is not at the damaged node. */
function isUntouched(key: string, which: "direct" | "elsewhere"): boolean {
  const [node = "", vrf = ""] = key.split(" ");
  if (which === "elsewhere") return node.startsWith("fra-") || node === "oak-ce";
  const others = [beside, afar].map(({ serviceKey }) =>
    namespaceOfVrf(nodePaths(lab, node), circuitVrf(serviceKey)),
  );
  return others.includes(vrf) || node === "oak-ce";
}

async function linesOf(nodes: readonly string[]): Promise<readonly string[]> {
  return (await Promise.all(nodes.map((node) => nodeLines(lab, node)))).flat();
}

/** A node is read with the help of its daemons; one that is dying may break off. */
function nowOf(nodes: readonly string[]): Promise<readonly string[]> {
  return linesOf(nodes).catch((error: Error) => [error.message]);
}

function changes(before: readonly string[], now: readonly string[]): string[] {
  const [then, since] = [new Set(before), new Set(now)];
  return [
    ...before.filter((line) => !since.has(line)).map((line) => `- ${line}`),
    ...now.filter((line) => !then.has(line)).map((line) => `+ ${line}`),
  ];
}

function at(node: string, vrf: string) {
  return (...argv: string[]) =>
    run({ argv: argvIn(lab, { node, vrf }, argv), why: "damage a node" });
}

async function removeTags(node: string, port: string, outer: number): Promise<void> {
  const paths = nodePaths(lab, node);
  const words = ["ip", "-j", "link", "show", "dev", port] as const;
  const text = await run({ argv: argvAt(paths, "default", words), why: "read the port's index" });
  const index = (JSON.parse(text) as { ifindex: number }[])[0]?.ifindex ?? 0;
  const head = Buffer.alloc(6);
  head.writeUInt32LE(index);
  head.writeUInt16LE(outer, 4);
  const start = head.toString("hex");
  const { cells } = await new TagsDriver(paths).observe(AbortSignal.timeout(20_000));
  const key = [...(cells.get("entries")?.keys() ?? [])].find((each) => each.startsWith(start));
  if (key === undefined) throw new Error(`no entry for ${port} ${outer}`);
  using map = new BpfMap(`${paths.pins}/maps/entries`);
  map.remove(key);
}

async function typed(node: string, daemon: DaemonName, lines: readonly string[]): Promise<void> {
  await using vty = await Vty.open(vtySocket(nodePaths(lab, node), daemon));
  for (const line of ["enable", "configure terminal", ...lines, "end"]) {
    const { ok, text } = await vty.ask(line);
    if (!ok) throw new Error(`${line}: ${text}`);
  }
}
