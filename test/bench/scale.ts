import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { systemClock } from "../../src/base/clock.ts";
import type { Client } from "../../src/client/client.ts";
import { leftovers, razeCabling } from "../../src/drivers/cabling.ts";
import { vtySocket } from "../../src/drivers/frr/daemons.ts";
import { parseSessions } from "../../src/drivers/frr/observation.ts";
import { Vty } from "../../src/drivers/frr/vty.ts";
import { nodePaths } from "../../src/drivers/places.ts";
import { eachOf } from "../../src/drivers/run.ts";
import { namespaceOfVrf } from "../../src/drivers/vrf-slots.ts";
import { signedIn } from "../../src/main/commands/signed-in.ts";
import { DataFolder } from "../../src/main/data-folder.ts";
import { circuitVrf } from "../../src/plan/names.ts";
import { type Bench, type Benchmark, temporaryFolder } from "./benchmark.ts";
import type { Figure } from "./figures.ts";
import { type Program, startProgram } from "./program.ts";
import { BANDWIDTH_MBPS, EDGES, LOCATION, PROVIDER, REGION, scaleFabric } from "./scale-fabric.ts";

export const scale: Benchmark = {
  name: "scale",
  story:
    "200 circuits of one provider, each with an IPv4 peering, BFD and a VRF of its own on both edges and on the customer's router, ordered at once from a server process: until every session of both links is established; then one more, several times, each from its order's request; and the largest resident set of the server process in all that time. Twenty subscriptions order ten circuits each, as the limits ask.",
  run,
};

const command = fileURLToPath(new URL("../../bin/causeway.mjs", import.meta.url));
/** limits.circuitsPerRegion: a subscription has ten in a region. */
const PER_SUBSCRIPTION = 10;
const ALL_WITHIN_MS = 300_000;
const ONE_WITHIN_MS = 30_000;

type Fabric = {
  readonly lab: string;
  readonly server: Program;
  readonly operator: Client;
  readonly provider: Client;
  readonly providerSubscription: string;
};

async function run(bench: Bench): Promise<Figure[]> {
  const count = bench.number("circuits", 200);
  const more = bench.number("runs", 5);
  const fabric = await raise(bench, count + more);
  const started = systemClock.now();
  await eachOf(
    Array.from({ length: count }, (_, index) => index),
    8,
    (index) => order(fabric, index),
  );
  const ordered = (systemClock.now() - started) / 1000;
  await established(fabric, count);
  const all = (systemClock.now() - started) / 1000;
  bench.say(
    `  ${count} circuits: ordered in ${ordered.toFixed(1)} s, up after ${all.toFixed(1)} s`,
  );
  const load = await processorShare(fabric.server.pid, 10_000);
  bench.say(`  at rest the server takes ${load.toFixed(1)} % of a core`);
  const single: number[] = [];
  for (let index = count; index < count + more; index += 1) {
    const { elapsed, steps } = await oneMore(fabric, index);
    single.push(elapsed);
    bench.say(`  one more: ${elapsed.toFixed(2)} s (${steps})`);
    await systemClock.sleep(2_000);
  }
  const memory = (await statusKib(fabric.server.pid, "VmHWM")) / 1024;
  bench.say(`  largest resident set ${memory.toFixed(0)} MiB`);
  return [
    { name: `${count} circuits, all sessions established`, unit: "s", samples: [all] },
    { name: `${count} circuits, orders accepted`, unit: "s", samples: [ordered] },
    { name: "one more circuit", unit: "s", samples: single, target: { of: "max", most: 2 } },
    {
      name: "server's resident set",
      unit: "MB",
      samples: [memory * 1.048576],
      target: { of: "max", most: 300 },
    },
    { name: "server at rest", unit: "% of a core", samples: [load] },
  ];
}

async function raise(bench: Bench, circuits: number): Promise<Fabric> {
  const data = await temporaryFolder(bench);
  const file = join(data, "scale.yaml");
  await writeFile(file, scaleFabric(circuits));
  const folder = new DataFolder(data);
  bench.atEnd(async () => {
    const lab = await folder.readLab();
    if (lab === undefined) return;
    await razeCabling(lab);
    const left = await leftovers(lab);
    if (left.length > 0) throw new Error(`The lab left behind: ${left.join("; ")}`);
  });
  const words = ["up", "--data", data, "--fabric", file, "--listen", "127.0.0.1:0", "--json"];
  const server = await startProgram(bench, [command, ...words, "--nodes", "linux"]);
  // Its first line says that it answers.
  await server.firstLine;
  const operator = await signedIn(data, "operator");
  const provider = await signedIn(data, "provider");
  const fabric = {
    lab: (await folder.readLab()) ?? "",
    server,
    operator: operator.client,
    provider: provider.client,
    providerSubscription: provider.principal.subscriptionId,
  };
  await converged(fabric);
  return fabric;
}

async function converged({ operator }: Fabric): Promise<void> {
  for (const end = systemClock.now() + ONE_WITHIN_MS; ; await systemClock.sleep(100)) {
    const { status } = await operator.get<{ status: string }>("/causeway/health");
    if (status === "converged") return;
    if (systemClock.now() > end) throw new Error(`The fabric is ${status} after 30 s.`);
  }
}

/** The customer's order, the provider's step, the customer's peering. Gives the service key. */
async function order(fabric: Fabric, index: number): Promise<string> {
  const { operator, provider, providerSubscription } = fabric;
  const number = String(Math.floor(index / PER_SUBSCRIPTION)).padStart(12, "0");
  const group = `/subscriptions/5ca1e000-0000-4000-8000-${number}/resourceGroups/scale`;
  const circuit = `${group}/providers/Microsoft.Network/expressRouteCircuits/circuit-${index}`;
  await operator.put(group, { location: REGION });
  const { body } = await operator.put(circuit, {
    location: REGION,
    sku: { name: "Standard_MeteredData", tier: "Standard", family: "MeteredData" },
    properties: {
      serviceProviderProperties: {
        serviceProviderName: PROVIDER,
        peeringLocation: LOCATION,
        bandwidthInMbps: BANDWIDTH_MBPS,
      },
    },
  });
  const key = String(body.properties["serviceKey"]);
  await provider.put(
    `/subscriptions/${providerSubscription}/resourceGroups/CrossConnection-${LOCATION}/providers/Microsoft.Network/expressRouteCrossConnections/${key}`,
    { properties: { serviceProviderProvisioningState: "Provisioned" } },
  );
  await operator.put(`${circuit}/peerings/AzurePrivatePeering`, {
    properties: {
      peeringType: "AzurePrivatePeering",
      peerASN: 65010,
      vlanId: 100,
      primaryPeerAddressPrefix: "192.168.100.0/30",
      secondaryPeerAddressPrefix: "192.168.100.4/30",
      sharedKey: "scaleKey2026",
    },
  });
  return key;
}

/** As the edges' own bgpd says it: the server has enough to do. */
async function established({ lab }: Fabric, count: number): Promise<void> {
  for (const end = systemClock.now() + ALL_WITHIN_MS; ; await systemClock.sleep(250)) {
    const up = await Promise.all(
      EDGES.map(async (edge) => {
        const text = await ask(lab, edge, "show bgp vrf all summary established json");
        return parseSessions({ summary: text, failed: "", bfd: "" }).length;
      }),
    );
    if (up.every((each) => each >= count)) return;
    if (systemClock.now() > end)
      throw new Error(
        `${up.join(" and ")} of ${count} sessions came up in ${ALL_WITHIN_MS / 1000} s`,
      );
  }
}

async function oneMore(fabric: Fabric, index: number): Promise<{ elapsed: number; steps: string }> {
  const started = systemClock.now();
  const since = () => (systemClock.now() - started) / 1000;
  const key = await order(fabric, index);
  const accepted = since();
  const ups = await Promise.all(EDGES.map((edge) => sessionUp(fabric, edge, key, since)));
  const steps = `accepted ${accepted.toFixed(2)}, ${ups.map((each) => each.join(" ")).join("; ")}`;
  return { elapsed: since(), steps };
}

async function sessionUp(
  { lab }: Fabric,
  edge: string,
  key: string,
  since: () => number,
): Promise<string[]> {
  const paths = nodePaths(lab, edge);
  const vrf = circuitVrf(key);
  const steps: string[] = [];
  const step = (name: string) => {
    if (!steps.some((each) => each.startsWith(name))) steps.push(`${name} ${since().toFixed(2)}`);
  };
  // One for all questions: what is measured shares these processors with who measures.
  await using vty = await bgpdOf(lab, edge);
  for (; since() < ONE_WITHIN_MS / 1000; await systemClock.sleep(20)) {
    const namespace = namespaceOfVrf(paths, vrf);
    if (namespace === vrf) continue;
    step("slot");
    const { text } = await vty.ask(`show bgp vrf ${namespace} summary json`);
    if (text.includes('"state"')) step("configured");
    if (!text.includes('"state":"Established"')) continue;
    step("established");
    return steps;
  }
  throw new Error(`the session on ${edge} did not come up: ${steps.join(", ")}`);
}

async function ask(lab: string, node: string, line: string): Promise<string> {
  await using vty = await bgpdOf(lab, node);
  return (await vty.ask(line)).text;
}

async function bgpdOf(lab: string, node: string): Promise<Vty> {
  const vty = await Vty.open(vtySocket(nodePaths(lab, node), "bgpd"));
  await vty.ask("enable");
  return vty;
}

export async function statusKib(pid: number, field: string): Promise<number> {
  const text = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(new RegExp(`${field}:\\s+(\\d+)`).exec(text)?.[1]);
}

/** User and system time of the process alone: programs that it starts are not in it. */
async function processorShare(pid: number, ms: number): Promise<number> {
  const ticks = async () => {
    const text = await readFile(`/proc/${pid}/stat`, "utf8");
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return Number(fields[11]) + Number(fields[12]);
  };
  const before = await ticks();
  await systemClock.sleep(ms);
  return (((await ticks()) - before) * 10 * 100) / ms;
}
