import { expect, test } from "vitest";
import { systemClock } from "../base/clock.ts";
import { silentLog } from "../base/log.ts";
import type { Intent, IntentChange, SegmentFragment } from "../fabric/intent.ts";
import type { FabricNode, IntentSource, Report } from "../fabric/report.ts";
import { mergeChange, startAgent } from "./agent.ts";

const segment = (key: string, mtu = 1500): SegmentFragment => ({
  kind: "segment",
  key,
  name: key,
  ports: [],
  mtu,
});
const change = (
  since: number,
  generation: number,
  upserts: SegmentFragment[],
  removals: string[] = [],
): IntentChange => ({
  node: "n",
  since,
  generation,
  upserts,
  removals,
});

/** A source that holds changes until they are pulled, and a node that remembers what it was told. */
function stage(changes: IntentChange[], verifyMs = 60) {
  const reports: Report[] = [];
  const converged: Intent[] = [];
  let failing = 0;
  let wake = () => {};
  let lookMs = 0;
  const source: IntentSource = {
    pull: async (_, held) => changes.find(({ generation }) => generation > held) ?? changes[0],
    push: async (report) => void reports.push(report),
    changed: (_, signal) =>
      new Promise((resolve) => {
        wake = resolve;
        signal.addEventListener("abort", () => resolve());
      }),
  };
  const node: FabricNode = {
    name: "n",
    generation: 0,
    async converge(intent, signal) {
      if (failing-- > 0) throw new Error("the wire is cut");
      if (intent.generation === converged.at(-1)?.generation) {
        await systemClock.sleep(lookMs, signal);
        signal.throwIfAborted();
      }
      converged.push(intent);
      return intent.fragments.map(({ key }) => ({ key, state: "applied" }));
    },
    async observe(signal) {
      await systemClock.sleep(lookMs, signal);
      signal.throwIfAborted();
      return { sessions: [], neighbors: [], meters: [], ports: [] };
    },
    routes: async () => [],
  };
  const timing = { observeMs: 10, calmMs: 10, verifyMs, repeatMs: 1000, backOffMsMax: 20 };
  const agent = startAgent({ node, source, clock: systemClock, log: silentLog, timing });
  return {
    reports,
    converged,
    agent,
    fail: (times: number) => {
      failing = times;
    },
    lookFor: (ms: number) => {
      lookMs = ms;
    },
    publish(next: IntentChange) {
      changes.push(next);
      wake();
    },
  };
}

test("changes add up to the whole intent, and an older one is passed over", async () => {
  const { agent, converged, publish } = stage([change(0, 1, [segment("a"), segment("b")])]);
  await systemClock.sleep(30);
  publish(change(1, 2, [segment("b", 9000)], ["a"]));
  await systemClock.sleep(40);
  await agent.stop();
  expect(converged.at(-1)).toEqual({ node: "n", generation: 2, fragments: [segment("b", 9000)] });
  expect(converged.map(({ generation }) => generation)).toEqual(
    [1, 2].concat(converged.slice(2).map(() => 2)),
  );
});

test("the same intent is verified again and again, and an unchanged report is not repeated", async () => {
  const { agent, converged, reports } = stage([change(0, 1, [segment("a")])]);
  await systemClock.sleep(250);
  await agent.stop();
  expect(converged.length).toBeGreaterThanOrEqual(3);
  expect(reports.length).toBeLessThanOrEqual(2);
  const length = converged.length;
  await systemClock.sleep(100);
  expect(converged.length).toBe(length);
});

test("a node that cannot be reached is reported with the reason, and tried again", async () => {
  const { agent, converged, reports, fail } = stage([change(0, 1, [segment("a")])]);
  fail(2);
  await systemClock.sleep(300);
  await agent.stop();
  expect(reports.some(({ error }) => error === "the wire is cut")).toBe(true);
  expect(converged.length).toBeGreaterThan(0);
  expect(reports.at(-1)?.error).toBeUndefined();
});

test("what was ordered does not wait for a look at the node", async () => {
  const { agent, converged, reports, publish, lookFor } = stage(
    [change(0, 1, [segment("a")])],
    2000,
  );
  await systemClock.sleep(50);
  lookFor(1000);
  await systemClock.sleep(50);
  publish(change(1, 2, [segment("b")]));
  await systemClock.sleep(50);
  expect(converged.at(-1)?.generation).toBe(2);
  expect(reports.every(({ error }) => error === undefined)).toBe(true);
  await agent.stop();
});

test("orders without end keep nobody from looking at the node", async () => {
  const { agent, reports, publish, lookFor } = stage([change(0, 1, [segment("a")])], 100);
  await systemClock.sleep(50);
  const before = reports.length;
  lookFor(30);
  for (let generation = 2; generation < 30; generation += 1) {
    publish(change(generation - 1, generation, [segment(`s${generation}`)]));
    await systemClock.sleep(10);
  }
  expect(reports.slice(before).some(({ observation }) => observation !== undefined)).toBe(true);
  await agent.stop();
});

test("orders without end keep nobody from verifying the node", async () => {
  const { agent, converged, publish, lookFor } = stage([change(0, 1, [segment("a")])], 100);
  await systemClock.sleep(50);
  lookFor(30);
  const before = converged.length;
  for (let generation = 2; generation < 60; generation += 1) {
    publish(change(generation - 1, generation, [segment(`s${generation}`)]));
    await systemClock.sleep(10);
  }
  const held = converged.slice(before).map(({ generation }) => generation);
  expect(held.some((generation, index) => generation === held[index - 1])).toBe(true);
  await agent.stop();
});

test("a change from zero replaces everything", () => {
  const held = { node: "n", generation: 3, fragments: [segment("a")] };
  expect(mergeChange(held, change(0, 4, [segment("c")])).fragments).toEqual([segment("c")]);
});
