/** Random edits of policies on an edge with several circuits: no session is reset by them, and what stands last is what is in force. */
import { expect } from "vitest";
import { systemClock } from "../../src/base/clock.ts";
import type { RoutePolicy, VrfFragment } from "../../src/fabric/intent.ts";
import { Dice } from "../twin/dice.ts";
import { randomPolicy } from "../twin/random-policy.ts";
import { circuitVrf, eventually, raiseBenchLab, soon } from "./drivers/bench-lab.ts";

const numbers = [1, 2, 3, 4, 5, 6];
const everything: RoutePolicy = [{ action: "permit" }];

export async function editPolicies(of: {
  lab: string;
  edits: number;
  seed: number;
}): Promise<void> {
  await using lab = await raiseBenchLab(of.lab, ["edge:p1-ce:up"]);
  const edge = new Map(numbers.map((number) => [number, end(1, number)]));
  await Promise.all([
    lab.converge("edge", [...edge.values()]),
    lab.converge(
      "ce",
      numbers.map((number) => end(2, number)),
    ),
  ]);
  for (const number of numbers) await lab.established("edge", `c${number}`);
  const since = systemClock.now();
  const dice = new Dice(of.seed);
  for (let edit = 0; edit < of.edits; edit += 1) {
    const number = dice.oneOf(numbers);
    edge.set(number, edited(end(1, number), dice));
    await lab.converge("edge", [...edge.values()]);
  }
  const elapsed = Math.floor((systemClock.now() - since) / 1000);
  // FRR tells whole seconds.
  for (const { uptimeSeconds = 0 } of (await lab.node("edge").observe(soon())).sessions)
    expect(uptimeSeconds).toBeGreaterThanOrEqual(elapsed - 1);
  await lab.converge(
    "edge",
    numbers.map((number) => end(1, number)),
  );
  for (const number of numbers) {
    await eventually(async () => {
      const routes = await lab.node("edge").routes(`c${number}`, soon());
      return routes.some(({ prefix }) => prefix === `10.2.${number}.0/24`) ? true : undefined;
    });
  }
}

function end(side: 1 | 2, number: number): VrfFragment {
  return circuitVrf(side, number, { port: side === 1 ? "p1" : "up", tags: [100, number] });
}

function edited(fragment: VrfFragment, dice: Dice): VrfFragment {
  const { bgp } = fragment;
  if (bgp === undefined) return fragment;
  const wishes = {
    networks: ["10.0.0.0/8", "10.2.0.0/16", "10.2.3.0/24", "10.1.0.0/16", "2001:db8::/32"],
    asn: 65_002,
    isLeaf: true,
  };
  const neighbors = bgp.neighbors.map((neighbor) => ({
    ...neighbor,
    importPolicy: dice.chance(80) ? randomPolicy(dice, wishes) : everything,
    exportPolicy: dice.chance(80) ? randomPolicy(dice, { ...wishes, asn: 65_001 }) : everything,
  }));
  return { ...fragment, bgp: { ...bgp, neighbors } };
}
