import { stateOf } from "../../src/routing/sample-fabrics.ts";
import { sampleSites } from "../../src/routing/sample-sites.ts";
import { judgeSingleFailures } from "../../src/verify/single-failures.ts";
import type { Bench, Benchmark } from "./benchmark.ts";
import type { Figure } from "./figures.ts";

export const failures: Benchmark = {
  name: "failures",
  story:
    "Every single failure of a simulated fabric judged: each cable pulled and each node gone, for all circuits whose frames cross it, until nothing changes any more, with eight flows there and back. A site for every fifty circuits, each circuit with a customer's router of its own; nothing is kept from one run to the next.",
  run,
};

const SIZES = [100, 300, 1_000, 3_000, 10_000];
const TARGET_SIZE = 1_000;

async function run(bench: Bench): Promise<Figure[]> {
  const runs = bench.number("runs", 3);
  return SIZES.map((size) => {
    const sites = sampleSites(size);
    const samples: number[] = [];
    let judged = 0;
    for (let turn = 0; turn < (size > TARGET_SIZE ? 1 : runs); turn += 1) {
      const state = stateOf(structuredClone({ cabling: sites.cabling, intents: sites.intents }));
      const started = performance.now();
      const { verdicts, broken } = judgeSingleFailures(state, sites.circuits);
      samples.push((performance.now() - started) / 1000);
      if (broken.length > 0) throw new Error(`${broken.length} circuits carry nothing`);
      judged = verdicts.length;
    }
    bench.say(`  ${size} circuits: ${judged} failures, ${samples[0]?.toFixed(2)} s`);
    const name = `${size} circuits, ${judged} failures`;
    const target = { of: "max", most: 5 } as const;
    return { name, unit: "s", samples, ...(size === TARGET_SIZE ? { target } : {}) };
  });
}
