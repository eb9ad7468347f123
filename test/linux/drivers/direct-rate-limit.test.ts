/** The optional limit of a Direct circuit: a fifth more may pass, and who sends more than that is held to the rate. */
import { expect, test } from "vitest";
import { systemClock } from "../../../src/base/clock.ts";
import type { Metered } from "../../../src/fabric/intent.ts";
import type { Counters } from "../../../src/fabric/report.ts";
import { sendLoad } from "../marked-load.ts";
import { type BenchLab, circuitVrf, raiseBenchLab, soon } from "./bench-lab.ts";

const RATE_MBPS = 20;
/** So long that a seventh more is more than a full bucket makes up for. */
const SECONDS = 3;
const graced = { policeMbps: RATE_MBPS, policeAboveMbps: 1.2 * RATE_MBPS };

test("a seventh more passes whole, twice as much is cut to the rate, and calm gives the grace back", async () => {
  await using lab = await raiseBenchLab("grace", ["edge:p1-ce:up"]);
  await lab.converge("ce", [circuitVrf(2, 1, { port: "up", tags: [100, 1] })]);
  await limit(lab, graced);
  await lab.established("edge", "c1");
  await passesWhole(lab, 1.15);

  const before = await counted(lab);
  const tenthMore = send(lab, 1.1, SECONDS);
  await send(lab, 1.1, SECONDS / 2);
  const half = change(before, await counted(lab));
  await tenthMore;
  const all = change(before, await counted(lab));
  // 2.2 times the rate: a quarter of a second's bucket, and then the rate. 1.2 of it would let through two thirds.
  expect(half.bytes / (half.bytes + half.droppedBytes)).toBeLessThan(0.64);
  expect(half.bytes / (half.bytes + half.droppedBytes)).toBeGreaterThan(0.45);
  // What passed before does not now: the bucket was never full again.
  expect(all.droppedBytes).toBeGreaterThan(half.droppedBytes);
  await passesWhole(lab, 1.15);

  await limit(lab, {});
  await passesWhole(lab, 4, 1);
});

/** Tried again: a sender that stood still makes up for it at once, which may be more than a bucket holds. */
async function passesWhole(lab: BenchLab, load: number, seconds = SECONDS): Promise<void> {
  const dropped: number[] = [];
  for (let tries = 0; tries < 4; tries += 1) {
    await systemClock.sleep(1_200);
    const before = await counted(lab);
    await send(lab, load, seconds);
    const { droppedBytes } = change(before, await counted(lab));
    if (droppedBytes === 0) return;
    dropped.push(droppedBytes);
  }
  expect(dropped).toEqual([]);
}

async function limit(lab: BenchLab, rate: Metered): Promise<void> {
  await lab.converge("edge", [
    circuitVrf(1, 1, { port: "p1", tags: [100, 1], meter: "m1", ...rate }),
  ]);
}

/** From the customer, as a multiple of the rate. */
async function send(lab: BenchLab, load: number, seconds: number): Promise<void> {
  const flows = [{ address: "192.168.1.1", dscp: 0, mbps: load * RATE_MBPS }];
  await sendLoad(lab.lab, { node: "ce", vrf: "c1" }, { flows, seconds });
}

async function counted(lab: BenchLab): Promise<Counters> {
  const { meters } = await lab.node("edge").observe(soon());
  const found = meters.find(({ meter }) => meter === "m1");
  if (found === undefined) throw new Error("the edge has no meter");
  return found.in;
}

function change(before: Counters, after: Counters): Pick<Counters, "bytes" | "droppedBytes"> {
  return {
    bytes: after.bytes - before.bytes,
    droppedBytes: after.droppedBytes - before.droppedBytes,
  };
}
