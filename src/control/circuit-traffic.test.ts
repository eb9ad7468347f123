import { expect, test } from "vitest";
import { trafficRows } from "./circuit-traffic.ts";

const counters = { packets: 1, bytes: 2, droppedPackets: 3, droppedBytes: 4 };

test("each direction is a row, and what the meter does not measure is absent", () => {
  expect(trafficRows("primary", undefined)).toEqual([]);
  expect(trafficRows("primary", { meter: "k", in: counters, out: counters })).toEqual([
    { side: "primary", direction: "in", ...counters },
    { side: "primary", direction: "out", ...counters },
  ]);
});

test("milliseconds carry their bound, and those beyond all bounds none", () => {
  const load = { counts: [9, 8, 7, 6, 5, 4, 3, 2, 1, 10], sum: 50 };
  const [, out] = trafficRows("secondary", {
    ...{ meter: "k", in: counters, out: { ...counters, load } },
  });
  expect(out?.milliseconds?.slice(0, 2)).toEqual([
    { upTo: 0.25, count: 9 },
    { upTo: 0.5, count: 8 },
  ]);
  expect(out?.milliseconds?.at(-1)).toEqual({ count: 10 });
});
