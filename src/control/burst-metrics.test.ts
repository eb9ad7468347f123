import { expect, test } from "vitest";
import type { MeterObservation } from "../fabric/report.ts";
import { classSamples, loadSamples } from "./burst-metrics.ts";

const counters = { packets: 0, bytes: 0, droppedPackets: 0, droppedBytes: 0 };
const plain: MeterObservation = { meter: "blue", in: counters, out: counters };

test("a meter without classes and loads tells of none, and so does none at all", () => {
  for (const meter of [plain, undefined])
    expect([...classSamples(meter, {}), ...loadSamples(meter, {})]).toEqual([]);
});

test("each class is told with its drops, of the direction that has it", () => {
  const voice = { packets: 1, bytes: 2, droppedPackets: 3, droppedBytes: 4 };
  const classes = { voice, interactive: counters, bulk: counters, default: counters };
  const samples = classSamples({ ...plain, in: { ...counters, classes } }, { service_key: "k" });
  expect(samples).toHaveLength(16);
  const labels = { service_key: "k", direction: "in", class: "voice" };
  expect(samples.slice(0, 4)).toEqual([
    { family: "causeway_circuit_class_bytes", labels, value: 2 },
    { family: "causeway_circuit_class_packets", labels, value: 1 },
    { family: "causeway_circuit_class_dropped_bytes", labels, value: 4 },
    { family: "causeway_circuit_class_dropped_packets", labels, value: 3 },
  ]);
});

test("milliseconds add up from bound to bound, and the last bucket is their number", () => {
  const load = { counts: [5, 0, 2, 0, 0, 0, 0, 0, 0, 1], sum: 70.5 };
  const samples = loadSamples({ ...plain, out: { ...counters, load } }, {});
  expect(samples.map(({ part, labels, value }) => [part, labels["le"], value])).toEqual([
    ["bucket", "0.25", 5],
    ["bucket", "0.5", 5],
    ["bucket", "1.0", 7],
    ["bucket", "2.0", 7],
    ["bucket", "4.0", 7],
    ["bucket", "8.0", 7],
    ["bucket", "16.0", 7],
    ["bucket", "32.0", 7],
    ["bucket", "64.0", 7],
    ["bucket", "+Inf", 8],
    ["count", undefined, 8],
    ["sum", undefined, 70.5],
  ]);
});
