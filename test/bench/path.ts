import { argvIn } from "../../src/drivers/place-argv.ts";
import { HOST_ADDRESSES } from "../../src/main/demo/variants.ts";
import { type Bench, type Benchmark, raiseLab } from "./benchmark.ts";
import { type Figure, summaryOf } from "./figures.ts";
import { iperf } from "./iperf.ts";
import { type Ends, type PathKind, raisePlainPath } from "./plain-path.ts";
import { chosenVariants, orderVariant } from "./standing-variant.ts";

export const path: Benchmark = {
  name: "path",
  story:
    "One TCP flow through all of direct-qinq (host, customer's edge, two tags, edge VRF, VXLAN, gateway, virtual machine), each time beside the same flow over plain kernel routing: the ratio of each pair of runs. `plain` passes the same number of namespaces and routers over veth pairs and bridges, without tags, tunnels, FRR and BPF; `tunnelled` keeps VXLAN; `shortest` is hosts and routers alone.",
  run,
};

type Direction = "to cloud" | "to on-premises";
const directions: readonly Direction[] = ["to cloud", "to on-premises"];
const baselines: readonly PathKind[] = ["plain", "tunnelled", "shortest"];
const RATIO_LEAST = 0.9;

async function run(bench: Bench): Promise<Figure[]> {
  const lab = await raiseLab(bench);
  const [variant] = chosenVariants("direct-qinq");
  if (variant === undefined) throw new Error("the demo has direct-qinq");
  const standing = await orderVariant(lab, variant);
  await standing.settled();
  const name = (await lab.running.folder.readLab()) ?? "";
  const { machine } = standing.context;
  const circuit: Ends = {
    onPremises: (argv) => argvIn(name, variant.onPremises, argv),
    machine: (argv) => argvIn(name, machine.place, argv),
    onPremisesAddress: HOST_ADDRESSES.ipv4,
    machineAddress: machine.ipv4,
  };
  const figures: Figure[] = [];
  const plains = new Map<PathKind, Ends>();
  for (const kind of baselines) plains.set(kind, await raisePlainPath(bench, kind));
  for (const direction of directions)
    figures.push(...(await compare(bench, direction, { circuit, plains })));
  await standing.takeAway();
  await lab.clear();
  return figures;
}

/** Circuit, baseline, circuit, baseline: what else the machine does meets both alike. */
async function compare(
  bench: Bench,
  direction: Direction,
  { circuit, plains }: { circuit: Ends; plains: ReadonlyMap<PathKind, Ends> },
): Promise<Figure[]> {
  const runs = bench.number("runs", 9);
  const seconds = bench.number("seconds", 3);
  const rates: number[] = [];
  const ratios = new Map<PathKind, number[]>(baselines.map((kind) => [kind, []]));
  const plainRates = new Map<PathKind, number[]>(baselines.map((kind) => [kind, []]));
  for (let index = 0; index < runs; index += 1) {
    const said: string[] = [];
    for (const [kind, ends] of plains) {
      const own = await flow(circuit, direction, seconds);
      const other = await flow(ends, direction, seconds);
      rates.push(own);
      plainRates.get(kind)?.push(other);
      ratios.get(kind)?.push(own / other);
      said.push(`${kind} ${(own / other).toFixed(3)} (${gbit(own)} / ${gbit(other)})`);
    }
    bench.say(`  ${direction} ${index + 1}/${runs}: ${said.join(", ")} Gbit/s`);
  }
  return [
    ...baselines.map((kind): Figure => {
      const samples = ratios.get(kind) ?? [];
      const figure = { name: `${direction}, ratio to ${kind}`, unit: "", samples };
      return kind === "plain"
        ? { ...figure, target: { of: "median", least: RATIO_LEAST } }
        : figure;
    }),
    { name: `${direction}, circuit`, unit: "Mbit/s", samples: rates },
    ...baselines.map((kind) => ({
      name: `${direction}, ${kind}`,
      unit: "Mbit/s",
      samples: plainRates.get(kind) ?? [],
      note: `median ${gbit(summaryOf(plainRates.get(kind) ?? []).median)} Gbit/s`,
    })),
  ];
}

async function flow(ends: Ends, direction: Direction, seconds: number): Promise<number> {
  const { onPremises, machine, onPremisesAddress, machineAddress } = ends;
  const way =
    direction === "to cloud"
      ? { from: onPremises, to: machine, address: machineAddress }
      : { from: machine, to: onPremises, address: onPremisesAddress };
  return (await iperf({ ...way, seconds, omitSeconds: 1 })).mbps;
}

function gbit(mbps: number): string {
  return (mbps / 1000).toFixed(1);
}
