/** Marks at the edge: which frames of an overloaded circuit are dropped last, and which marks mean nothing. */
import { expect, test } from "vitest";
import { argvIn } from "../../../src/drivers/place-argv.ts";
import { run } from "../../../src/drivers/run.ts";
import type { Metered, Scheduled, VrfFragment } from "../../../src/fabric/intent.ts";
import type { Counters, Traffic, TrafficClass } from "../../../src/fabric/report.ts";
import { markByPort, sendLoad } from "../marked-load.ts";
import { type BenchLab, raiseBenchLab, soon } from "./bench-lab.ts";

const [VOICE, VIDEO, SHARING, FILES] = [46, 34, 18, 10];
const MARKS = [VOICE, VIDEO, SHARING, FILES];
const SECONDS = 3;
const BURST_BYTES = 625_000;
const RESERVE_BYTES = 262_144;
const rate = { meter: "m1", policeMbps: 20 };

test("of an overload, public voice and video lose nothing, and marks of the private peering are carried and mean nothing", async () => {
  await using lab = await raisedLab("marks");
  await countMarks(lab, "private");
  await countMarks(lab, "public");
  // 38 Mbit/s of 20: more is asked of both peerings than there is.
  const marked = [
    { dscp: VOICE, mbps: 2, bytes: 200 },
    { dscp: VIDEO, mbps: 2 },
    { dscp: SHARING, mbps: 2 },
    { dscp: FILES, mbps: 4 },
    { dscp: 0, mbps: 12 },
  ].map((flow) => ({ ...flow, address: "192.168.2.1" }));
  // The marked one behind the other, so that it has no luck with the bucket.
  const onPrivate = [0, VOICE].map((dscp) => ({ address: "192.168.1.1", dscp, mbps: 8 }));
  const began = performance.now();
  await Promise.all([
    sendLoad(lab.lab, { node: "ce", vrf: "public" }, { flows: marked, seconds: SECONDS }),
    sendLoad(lab.lab, { node: "ce", vrf: "private" }, { flows: onPrivate, seconds: SECONDS }),
  ]);
  const traffic = (await metered(lab)).in;
  // Both peerings together have one rate, a quarter of a second's burst and the reserve, whatever their marks.
  const bits = (traffic.bytes - BURST_BYTES - RESERVE_BYTES) * 8;
  expect(bits / 1000 / (performance.now() - began)).toBeLessThan(rate.policeMbps);
  const of = classesOf(traffic);
  expect(of("voice").packets).toBeGreaterThan(1000);
  expect(of("interactive").packets).toBeGreaterThan(800);
  expect([of("voice").droppedPackets, of("interactive").droppedPackets]).toEqual([0, 0]);
  for (const name of ["bulk", "default"] as const) expect(lostShare(of(name))).toBeGreaterThan(0.2);
  // All of the private peering is in the meter and in no class.
  const classed = sum(
    ["voice", "interactive", "bulk", "default"].map((name) => of(name as TrafficClass)),
  );
  const inPrivate = {
    ...traffic,
    packets: traffic.packets - classed.packets,
    droppedPackets: traffic.droppedPackets - classed.droppedPackets,
  };
  expect(lostShare(inPrivate)).toBeGreaterThan(0.2);
  const arrived = await arrivedMarks(lab, "private");
  const sent = (8e6 / 8 / 1428) * SECONDS;
  expect(arrived.get(VOICE)).toBeGreaterThan(100);
  expect(arrived.get(VOICE)).toBeLessThan(0.8 * sent);
  const atPublic = await arrivedMarks(lab, "public");
  expect(atPublic.get(VOICE)).toBe(of("voice").packets);
  expect(atPublic.get(FILES)).toBe(of("bulk").packets);
});

test("towards the customer too, in IPv6: more video than the circuit carries costs video and not voice", async () => {
  await using lab = await raisedLab("marks6");
  const flows = [
    { dscp: VOICE, mbps: 3, bytes: 200 },
    { dscp: VIDEO, mbps: 30 },
    { dscp: 0, mbps: 3 },
  ].map((flow) => ({ ...flow, address: "fd00:2::2" }));
  await sendLoad(lab.lab, { node: "edge", vrf: "public" }, { flows, seconds: SECONDS });
  const of = classesOf((await metered(lab)).out);
  expect(of("voice").packets).toBeGreaterThan(1000);
  expect(of("voice").droppedPackets).toBe(0);
  expect(lostShare(of("interactive"))).toBeGreaterThan(0.2);
  expect(lostShare(of("default"))).toBeGreaterThan(0.5);
});

async function raisedLab(name: string): Promise<BenchLab> {
  const lab = await raiseBenchLab(name, ["edge:p1-ce:up"]);
  const scheduled = { ...rate, scheduling: "byMark" } as const;
  await lab.converge("edge", [peering(1, 1, rate), peering(1, 2, scheduled)]);
  await lab.converge("ce", [peering(2, 1, {}), peering(2, 2, {})]);
  for (const vrf of ["private", "public"]) {
    await markByPort(name, { node: "ce", vrf }, MARKS);
    await markByPort(name, { node: "edge", vrf }, MARKS);
  }
  return lab;
}

function peering(side: 1 | 2, cTag: 1 | 2, how: Metered & Scheduled): VrfFragment {
  const name = cTag === 1 ? "private" : "public";
  return {
    kind: "vrf",
    key: `vrf/${name}`,
    name,
    interfaces: [
      {
        ...{ kind: "subinterface", name: "handoff", port: side === 1 ? "p1" : "up" },
        tags: [100, cTag],
        mac: `02:0${side}:00:00:00:0${cTag}`,
        addresses: [`192.168.${cTag}.${side}/30`, `fd00:${cTag}::${side}/126`],
        mtu: 1500,
        ...how,
      },
    ],
    routes: [],
  };
}

async function metered(lab: BenchLab): Promise<{ in: Traffic; out: Traffic }> {
  const { meters } = await lab.node("edge").observe(soon());
  const found = meters.find(({ meter }) => meter === rate.meter);
  if (found === undefined) throw new Error("the edge has no meter");
  return found;
}

function classesOf({ classes }: Traffic): (name: TrafficClass) => Counters {
  return (name) => {
    if (classes === undefined) throw new Error("the meter tells of no classes");
    return classes[name];
  };
}

function sum(all: readonly Counters[]): { packets: number; droppedPackets: number } {
  return {
    packets: all.reduce((total, { packets }) => total + packets, 0),
    droppedPackets: all.reduce((total, { droppedPackets }) => total + droppedPackets, 0),
  };
}

function lostShare({ packets, droppedPackets }: Pick<Counters, "packets" | "droppedPackets">) {
  return droppedPackets / (packets + droppedPackets);
}

async function countMarks(lab: BenchLab, vrf: string): Promise<void> {
  const rules = MARKS.map((dscp) => `udp dport 9000-9063 ip dscp ${dscp} counter`);
  const hook = "type filter hook prerouting priority 0; policy accept;";
  const input = ["table ip seen {", "chain in {", hook, ...rules, "}", "}", ""].join("\n");
  const argv = argvIn(lab.lab, { node: "edge", vrf }, ["nft", "-f", "-"]);
  await run({ argv, input, why: "count marks" });
}

async function arrivedMarks(lab: BenchLab, vrf: string): Promise<Map<number, number>> {
  const list = ["nft", "list", "table", "ip", "seen"];
  const text = await run({ argv: argvIn(lab.lab, { node: "edge", vrf }, list), why: "read marks" });
  const counts = [...text.matchAll(/packets (\d+)/g)].map(([, count]) => Number(count));
  return new Map(MARKS.map((dscp, index) => [dscp, counts[index] ?? 0]));
}
