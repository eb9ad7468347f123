import { systemClock } from "../../src/base/clock.ts";
import { namesOf, peering } from "../../src/main/demo/bodies.ts";
import { cutLink, silenceLink } from "../../src/main/demo/cuts.ts";
import { Findings } from "../../src/main/demo/result.ts";
import type { Variant } from "../../src/main/demo/variants.ts";
import { type Bench, type Benchmark, type Lab, raiseLab } from "./benchmark.ts";
import type { Figure } from "./figures.ts";
import { chosenVariants, orderVariant, type StandingVariant } from "./standing-variant.ts";

export const blackout: Benchmark = {
  name: "blackout",
  story:
    "Longest time without an echo in any of 16 flows, a datagram each 4 ms and 4,000 a second in all, around a fault on the primary link: the port set down at the edge, and frames that vanish both ways while the link stays up (BFD 300 ms × 3, and once more 100 ms × 3 as the peering may ask). BGP and BFD are up again before the next fault.",
  run,
};

const usual = ["exchange-l2", "ethernet", "ipvpn", "direct-dot1q"];
/** Where timers are asked for by the peering's own customer; the other variants differ in nothing that BFD sees. */
const fast = "exchange-l2";
const FAST_BFD = { intervalMs: 100, multiplier: 3 };
const TIMERS_WITHIN_MS = 30_000;

async function run(bench: Bench): Promise<Figure[]> {
  const lab = await raiseLab(bench);
  const figures: Figure[] = [];
  for (const variant of chosenVariants(bench.option("variants"), usual))
    figures.push(...(await faultsOf(bench, lab, variant)));
  await lab.clear();
  return figures;
}

async function faultsOf(bench: Bench, lab: Lab, variant: Variant): Promise<Figure[]> {
  const cuts = bench.number("cuts", 25);
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
  const figure = (name: string, samples: number[], most: number): Figure => ({
    name: `${variant.name}, ${name}`,
    unit: "ms",
    samples,
    target: { of: "p99", most },
  });
  const figures = [figure("link down", linkDown, 100), figure("silent loss", silent, 1_100)];
  if (variant.name === fast) {
    const faster: number[] = [];
    await askForFastBfd(lab, variant);
    for (let index = 0; index < cuts; index += 1) {
      faster.push(await fault(standing, silenceLink));
      bench.say(
        `  ${variant.name} ${index + 1}/${cuts}: silent, BFD 100 ms × 3, ${Math.round(faster.at(-1) ?? 0)} ms`,
      );
    }
    figures.push(figure("silent loss, BFD 100 ms × 3", faster, 450));
  }
  await standing.takeAway();
  return figures;
}

/** The lab's router does its part by itself: the text for it is made of the same peering. */
async function askForFastBfd({ running, parties }: Lab, variant: Variant): Promise<void> {
  const { customer } = parties;
  const names = namesOf(variant, parties.customerSubscription);
  const { properties } = peering(variant, 0) as { properties: object };
  const body = { properties: { ...properties, causeway: { bfd: FAST_BFD } } };
  await customer.waitFor(await customer.put(names.peering(0), body));
  const edge = running.backend.nodes.find(({ name }) => name === variant.handOff.primary.node);
  for (const end = systemClock.now() + TIMERS_WITHIN_MS; ; await systemClock.sleep(200)) {
    const observed = await edge?.observe(AbortSignal.timeout(TIMERS_WITHIN_MS));
    const agreed = observed?.sessions.filter(
      ({ bfdTimers }) =>
        bfdTimers?.transmitMs === FAST_BFD.intervalMs &&
        bfdTimers.receiveMs === FAST_BFD.intervalMs,
    );
    // Both families.
    if (agreed?.length === 2) return;
    if (systemClock.now() > end) throw new Error("BFD did not come to 100 ms on the primary link");
  }
}

async function fault({ context, settled }: StandingVariant, hurt: typeof cutLink): Promise<number> {
  await settled();
  const { place, ipv4 } = context.machine;
  // A blackout that is too long is a figure, not a reason to stop.
  return hurt({ ...context, machine: { place, address: ipv4 }, findings: new Findings() });
}
