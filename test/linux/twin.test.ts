/** A sample of what `npm run twin` compares; the seed of the day's run is anybody's choice. */
import { expect, test } from "vitest";
import { compareTwins } from "../twin/agreement.ts";

test("random topologies and policies end the same on FRR and on simulated nodes", async () => {
  const result = await compareTwins("twintest", { from: 9001, seeds: 8, say: () => {} });
  expect(result.disagreements).toEqual([]);
  expect(result.facts).toBeGreaterThan(500);
});
