/** What a policed meter tells besides its counters: classes of marked packets, and single milliseconds. Pure. */
import type { FamilyName, Sample } from "../api/metric-families.ts";
import { LOAD_BOUNDS, type MeterObservation, TRAFFIC_CLASSES } from "../fabric/report.ts";

type Labels = Readonly<Record<string, string>>;

const classFamilies = {
  bytes: "causeway_circuit_class_bytes",
  packets: "causeway_circuit_class_packets",
  droppedBytes: "causeway_circuit_class_dropped_bytes",
  droppedPackets: "causeway_circuit_class_dropped_packets",
} as const satisfies Record<string, FamilyName>;

/** Nothing where the meter has no classes. */
export function classSamples(meter: MeterObservation | undefined, labels: Labels): Sample[] {
  return bothWays(meter, labels).flatMap(({ traffic: { classes }, at }) =>
    classes === undefined
      ? []
      : TRAFFIC_CLASSES.flatMap((name) =>
          Object.entries(classFamilies).map(([counted, family]) => ({
            family,
            labels: { ...at, class: name },
            value: classes[name][counted as keyof typeof classFamilies],
          })),
        ),
  );
}

/** Buckets add up, as Prometheus has it: each counts what is in those before it too. */
export function loadSamples(meter: MeterObservation | undefined, labels: Labels): Sample[] {
  const family = "causeway_circuit_load_ratio";
  return bothWays(meter, labels).flatMap(({ traffic: { load }, at }): Sample[] => {
    if (load === undefined) return [];
    let total = 0;
    const buckets = load.counts.map((count, index): Sample => {
      total += count;
      return { family, part: "bucket", labels: { ...at, le: boundText(index) }, value: total };
    });
    return [
      ...buckets,
      { family, part: "count", labels: at, value: total },
      { family, part: "sum", labels: at, value: load.sum },
    ];
  });
}

/** A whole number has its point too (OpenMetrics 1.0, canonical numbers). */
function boundText(index: number): string {
  const bound = LOAD_BOUNDS[index];
  if (bound === undefined) return "+Inf";
  return Number.isInteger(bound) ? bound.toFixed(1) : String(bound);
}

function bothWays(meter: MeterObservation | undefined, labels: Labels) {
  if (meter === undefined) return [];
  return (["in", "out"] as const).map((direction) => ({
    traffic: meter[direction],
    at: { ...labels, direction },
  }));
}
