import { argvIn } from "../../src/drivers/place-argv.ts";
import type { Place } from "../../src/fabric/probe.ts";
import { HOST_ADDRESSES, type Variant } from "../../src/main/demo/variants.ts";
import { type Bench, type Benchmark, type Lab, raiseLab } from "./benchmark.ts";
import type { Figure } from "./figures.ts";
import { iperf } from "./iperf.ts";
import { chosenVariants, orderVariant } from "./standing-variant.ts";

export const policing: Benchmark = {
  name: "policing",
  story:
    "What one link of a provider's circuit lets through of 1.5 times its bandwidth in datagrams, in IP bytes a second at the receiver; the second link is shut, the first seconds with the burst are left out. TCP for information.",
  run,
};

const BANDWIDTHS_MBPS = [50, 200, 1000] as const;
const OVERLOAD = 1.5;
const TOLERANCE = 0.03;

async function run(bench: Bench): Promise<Figure[]> {
  const lab = await raiseLab(bench);
  const [variant] = chosenVariants(bench.option("variants") ?? "exchange-l2");
  if (variant?.order.kind !== "provider")
    throw new Error("policing is measured on a provider's variant; Direct circuits have none");
  const { order } = variant;
  const figures: Figure[] = [];
  for (const mbps of BANDWIDTHS_MBPS) {
    const ordered = { ...variant, order: { ...order, bandwidthMbps: mbps } };
    figures.push(...(await measured(bench, lab, { variant: ordered, mbps })));
  }
  await lab.clear();
  return figures;
}

async function measured(
  bench: Bench,
  lab: Lab,
  { variant, mbps }: { variant: Variant; mbps: number },
): Promise<Figure[]> {
  const { probe } = lab.running.backend;
  const standing = await orderVariant(lab, variant);
  await standing.settled();
  await probe.setPort(variant.handOff.secondary, false);
  const name = (await lab.running.folder.readLab()) ?? "";
  const at = (place: Place) => (argv: readonly string[]) => argvIn(name, place, argv);
  const { place, ipv4 } = standing.context.machine;
  const [onPremises, machine] = [at(variant.onPremises), at(place)];
  const ways = {
    "to cloud": { from: onPremises, to: machine, address: ipv4 },
    "to on-premises": { from: machine, to: onPremises, address: HOST_ADDRESSES.ipv4 },
  };
  const seconds = bench.number("seconds", 5);
  const runs = bench.number("runs", 3);
  const figures: Figure[] = [];
  for (const [direction, way] of Object.entries(ways)) {
    const udp: number[] = [];
    for (let index = 0; index < runs; index += 1) {
      const load = { udpMbps: mbps * OVERLOAD, seconds, omitSeconds: 2 };
      udp.push((await iperf({ ...way, ...load })).l3Mbps ?? 0);
    }
    const tcp = (await iperf({ ...way, seconds, omitSeconds: 2, flows: 4 })).mbps;
    const off = udp.map((each) => (100 * each) / mbps - 100);
    bench.say(
      `  ${mbps} Mbit/s ${direction}: datagrams off by ${off.map((each) => each.toFixed(2)).join(", ")} %; TCP ${tcp.toFixed(1)} Mbit/s`,
    );
    const target = {
      of: "every",
      least: mbps * (1 - TOLERANCE),
      most: mbps * (1 + TOLERANCE),
    } as const;
    figures.push(
      { name: `${mbps} ${direction}, datagrams`, unit: "Mbit/s", samples: udp, target },
      { name: `${mbps} ${direction}, TCP payload`, unit: "Mbit/s", samples: [tcp] },
    );
  }
  await probe.setPort(variant.handOff.secondary, true);
  await standing.takeAway();
  return figures;
}
