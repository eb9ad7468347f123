import { expect, test } from "vitest";
import { type LinkTraffic, trafficLines } from "./traffic-lines.ts";

const counters = (packets: number) => ({
  ...{ packets, bytes: packets * 100, droppedPackets: 1, droppedBytes: 100 },
});

test("links alone where nothing is policed, and a sentence where nothing is counted", () => {
  const row: LinkTraffic = { side: "primary", direction: "in", ...counters(3) };
  expect(trafficLines([row]).join("\n")).toMatchInlineSnapshot(`
    "link     direction  packets  bytes  dropped packets  dropped bytes
    ───────  ─────────  ───────  ─────  ───────────────  ─────────────
    primary  in         3        300    1                100"
  `);
  expect(trafficLines([])).toEqual(["No edge has a meter of this circuit yet."]);
});

test("classes and milliseconds stand below, where a link tells of them", () => {
  const [voice, interactive, bulk, rest] = [1, 2, 3, 4].map(counters);
  if (!voice || !interactive || !bulk || !rest) throw new Error("four");
  const row: LinkTraffic = {
    ...{ side: "secondary", direction: "out", ...counters(10) },
    classes: { voice, interactive, bulk, default: rest },
    milliseconds: [{ upTo: 0.25, count: 5 }, { upTo: 0.5, count: 1 }, { count: 2 }],
  };
  expect(trafficLines([row]).join("\n")).toMatchInlineSnapshot(`
    "link       direction  packets  bytes  dropped packets  dropped bytes
    ─────────  ─────────  ───────  ─────  ───────────────  ─────────────
    secondary  out        10       1000   1                100

    Public peering by class:
    link       direction  class        packets  bytes  dropped packets  dropped bytes
    ─────────  ─────────  ───────────  ───────  ─────  ───────────────  ─────────────
    secondary  out        voice        1        100    1                100
    secondary  out        interactive  2        200    1                100
    secondary  out        bulk         3        300    1                100
    secondary  out        default      4        400    1                100

    Milliseconds by what was sent in them, in multiples of the bandwidth:
    link       direction  ≤0.25  ≤0.5  more
    ─────────  ─────────  ─────  ────  ────
    secondary  out        5      1     2"
  `);
});
