/** What a minute's average hides: two senders of one mean, told apart by single milliseconds. */
import { expect, test } from "vitest";
import type { VrfFragment } from "../../../src/fabric/intent.ts";
import { LOAD_BOUNDS, type Traffic } from "../../../src/fabric/report.ts";
import { sendLoad } from "../marked-load.ts";
import { type BenchLab, raiseBenchLab, soon } from "./bench-lab.ts";

const RATE_MBPS = 50;
const MEAN_MBPS = 10;
const SECONDS = 3;
const BYTES_A_MILLISECOND = (RATE_MBPS * 1e6) / 8 / 1000;

test("a bursty sender and a smooth one of the same mean are told apart by their milliseconds", async () => {
  await using lab = await raiseBenchLab("bursts", ["edge:p1-ce:up"]);
  await lab.converge("edge", [peering(1, "smooth"), peering(1, "bursty")]);
  await lab.converge("ce", [peering(2, "smooth"), peering(2, "bursty")]);
  await send(lab, "smooth", 2);
  await send(lab, "bursty", 100);
  const [smooth, bursty] = [await metered(lab, "smooth"), await metered(lab, "bursty")];
  // Neither lost anything, and the mean is one: only the milliseconds differ.
  expect([smooth.droppedPackets, bursty.droppedPackets]).toEqual([0, 0]);
  expect(bursty.bytes / smooth.bytes).toBeGreaterThan(0.9);
  expect(bursty.bytes / smooth.bytes).toBeLessThan(1.1);
  const [rare, often] = [shareBeyond(smooth, 2), shareBeyond(bursty, 2)];
  expect(often).toBeGreaterThan(0.2);
  expect(often).toBeGreaterThan(3 * rare);
  // Each byte is in some millisecond; the last one ends with the packet after it.
  for (const { load, bytes } of [smooth, bursty]) {
    const told = (load?.sum ?? 0) * BYTES_A_MILLISECOND;
    expect(told).toBeLessThanOrEqual(bytes);
    expect(told).toBeGreaterThan(bytes * 0.9);
  }
});

async function send(lab: BenchLab, vrf: "smooth" | "bursty", everyMs: number): Promise<void> {
  const flows = [{ address: addressOf(vrf, 1), dscp: 0, mbps: MEAN_MBPS }];
  await sendLoad(lab.lab, { node: "ce", vrf }, { flows, seconds: SECONDS, everyMs });
}

/** The share of milliseconds that were offered more than so many times the rate. */
function shareBeyond({ load }: Traffic, bound: (typeof LOAD_BOUNDS)[number]): number {
  if (load === undefined) throw new Error("the meter tells of no loads");
  const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);
  return sum(load.counts.slice(LOAD_BOUNDS.indexOf(bound) + 1)) / sum(load.counts);
}

async function metered(lab: BenchLab, name: string): Promise<Traffic> {
  const { meters } = await lab.node("edge").observe(soon());
  const found = meters.find(({ meter }) => meter === name)?.in;
  if (found === undefined) throw new Error(`the edge has no meter ${name}`);
  return found;
}

function addressOf(vrf: "smooth" | "bursty", side: 1 | 2): string {
  return `192.168.${vrf === "smooth" ? 1 : 2}.${side}`;
}

function peering(side: 1 | 2, vrf: "smooth" | "bursty"): VrfFragment {
  const cTag = vrf === "smooth" ? 1 : 2;
  return {
    kind: "vrf",
    key: `vrf/${vrf}`,
    name: vrf,
    interfaces: [
      {
        ...{ kind: "subinterface", name: "handoff", port: side === 1 ? "p1" : "up" },
        tags: [100, cTag],
        mac: `02:0${side}:00:00:00:0${cTag}`,
        addresses: [`${addressOf(vrf, side)}/30`],
        mtu: 1500,
        ...(side === 1 ? { meter: vrf, policeMbps: RATE_MBPS } : {}),
      },
    ],
    routes: [],
  };
}
