import { cutLink, silenceLink } from "../../src/main/demo/cuts.ts";
import { Findings } from "../../src/main/demo/result.ts";
import type { Variant } from "../../src/main/demo/variants.ts";
import { type Bench, type Benchmark, type Lab, raiseLab } from "./benchmark.ts";
import type { Figure } from "./figures.ts";
import { chosenVariants, orderVariant, type StandingVariant } from "./standing-variant.ts";

export const blackout: Benchmark = {
  name: "blackout",
  story:
    "Longest time without an echo in any of six flows, a datagram each millisecond, around a fault on the primary link: the port set down at the edge, and frames that vanish both ways while the link stays up (BFD 300 ms × 3). BGP and BFD are up again before the next fault.",
  run,
};

const usual = ["exchange-l2", "ethernet", "ipvpn", "direct-dot1q"];

async function run(bench: Bench): Promise<Figure[]> {
  const lab = await raiseLab(bench);
  const figures: Figure[] = [];
  for (const variant of chosenVariants(bench.option("variants"), usual))
    figures.push(...(await faultsOf(bench, lab, variant)));
  await lab.clear();
  return figures;
}

async function faultsOf(bench: Bench, lab: Lab, variant: Variant): Promise<Figure[]> {
  const cuts = bench.number("cuts", 30);
  const standing = await orderVariant(lab, variant);
  const linkDown: number[] = [];
  const silent: number[] = [];
  for (let index = 0; index < cuts; index += 1) {
    linkDown.push(await fault(standing, cutLink));
    silent.push(await fault(standing, silenceLink));
    bench.say(
      `  ${variant.name} ${index + 1}/${cuts}: link down ${Math.round(linkDown.at(-1) ?? 0)} ms, silent ${Math.round(silent.at(-1) ?? 0)} ms`,
    );
  }
  await standing.takeAway();
  const figure = (name: string, samples: number[], most: number): Figure => ({
    name: `${variant.name}, ${name}`,
    unit: "ms",
    samples,
    target: { of: "p99", most },
  });
  return [figure("link down", linkDown, 100), figure("silent loss", silent, 1_100)];
}

async function fault({ context, settled }: StandingVariant, hurt: typeof cutLink): Promise<number> {
  await settled();
  const { place, ipv4 } = context.machine;
  // A blackout that is too long is a figure, not a reason to stop.
  return hurt({ ...context, machine: { place, address: ipv4 }, findings: new Findings() });
}
