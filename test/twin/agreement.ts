/** Holds the simulated fabric against FRR and the kernel, seed by seed. */
import { systemClock } from "../../src/base/clock.ts";
import { type TwinCase, twinCase } from "./case.ts";
import { type Disagreement, disagreements } from "./finding.ts";
import { type LinuxTwin, linuxTwin } from "./linux-side.ts";
import { type SimulatedTwin, simulatedTwin } from "./simulated-side.ts";

/** So many cases stand at once on the same nodes. */
export const CASES_AT_ONCE = 20;
/** FRR's timers are done by then, on a busy machine too. */
const SETTLED_AFTER_MS = 45_000;
const LOOK_AGAIN_MS = 1_000;

export type TwinResult = {
  readonly seeds: number;
  readonly agree: number;
  /** Facts that were compared: prefixes of tables, sessions, paths of RIBs, pings. */
  readonly facts: number;
  readonly disagreements: readonly Disagreement[];
};

export async function compareTwins(
  lab: string,
  { from, seeds, say }: { from: number; seeds: number; say: (line: string) => void },
): Promise<TwinResult> {
  await using linux = await linuxTwin(lab);
  const found: Disagreement[] = [];
  let facts = 0;
  for (let first = from; first < from + seeds; first += CASES_AT_ONCE) {
    const count = Math.min(CASES_AT_ONCE, from + seeds - first);
    const cases = Array.from({ length: count }, (_, slot) => twinCase(first + slot, slot));
    const simulated = await simulatedTwin(cases);
    await linux.become(cases);
    const until = systemClock.now() + SETTLED_AFTER_MS;
    for (const one of cases) {
      const { differences, compared } = await settled({ one, simulated, linux, until });
      found.push(...differences);
      facts += compared;
      if (differences.length > 0) say(`seed ${one.seed}: ${differences.length} disagreements`);
    }
    say(`seeds ${first} to ${first + count - 1} are compared`);
  }
  const differing = new Set(found.map(({ seed }) => seed));
  return { seeds, agree: seeds - differing.size, facts, disagreements: found };
}

/** Looks until both say the same or the time is over. */
async function settled(request: {
  one: TwinCase;
  simulated: SimulatedTwin;
  linux: LinuxTwin;
  until: number;
}): Promise<{ differences: Disagreement[]; compared: number }> {
  const { one, simulated, linux, until } = request;
  const pings = simulated.decided(one);
  const expected = await simulated.facts(one, pings);
  const compared = [...expected.values()].reduce((sum, each) => sum + each.size, 0);
  for (;;) {
    const differences = disagreements(one.seed, expected, await linux.facts(one, pings));
    if (differences.length === 0 || systemClock.now() > until) return { differences, compared };
    await systemClock.sleep(LOOK_AGAIN_MS);
  }
}
