import { expect, test } from "vitest";
import type { Counters, Observation } from "../fabric/report.ts";
import { peeringMeter } from "./peering-meter.ts";

const counted = (bytes: number): Counters => ({
  ...{ packets: bytes / 100, bytes, droppedPackets: 0, droppedBytes: 0 },
});

function observed(...meters: readonly (readonly [string, number, number])[]): Observation {
  return {
    ...{ sessions: [], neighbors: [], ports: [] },
    meters: meters.map(([meter, inward, out]) => ({
      meter,
      in: counted(inward),
      out: counted(out),
    })),
  };
}

test("the public peering has what was counted of it, and the private one the rest", () => {
  const both = observed(["key", 1_000, 800], ["key/public", 300, 900]);
  expect(peeringMeter(both, "key", true)).toMatchObject({
    in: { bytes: 300 },
    out: { bytes: 900 },
  });
  expect(peeringMeter(both, "key", false)).toMatchObject({
    in: { bytes: 700, packets: 7 },
    // A frame between the two looks does not make it less than nothing.
    out: { bytes: 0 },
  });
});

test("without a public peering all is the private one's, and an edge that says nothing has no counters", () => {
  expect(peeringMeter(observed(["key", 500, 500]), "key", false)?.in.bytes).toBe(500);
  expect(peeringMeter(observed(["key", 500, 500]), "key", true)).toBeUndefined();
  expect(peeringMeter(observed(), "key", false)).toBeUndefined();
});
