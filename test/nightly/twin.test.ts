/** Other seeds each night: the number of the day. */
import { expect, test } from "vitest";
import { systemClock } from "../../src/base/clock.ts";
import { compareTwins } from "../twin/agreement.ts";

const DAY_MS = 86_400_000;
const SEEDS = 300;

test("three hundred random topologies end the same on FRR and on simulated nodes", async () => {
  const from = Math.floor(systemClock.now() / DAY_MS) * SEEDS;
  const result = await compareTwins("twinnight", { from, seeds: SEEDS, say: console.log });
  expect(result.disagreements).toEqual([]);
});
