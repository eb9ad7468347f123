/** What one edge's meter says of a circuit's link, in rows. Pure. */
import type { TrafficRow } from "../api/readouts.ts";
import type { Side } from "../fabric/intent.ts";
import { LOAD_BOUNDS, type LoadHistogram, type MeterObservation } from "../fabric/report.ts";

/** None where the edge has no meter of the circuit yet. */
export function trafficRows(side: Side, meter: MeterObservation | undefined): TrafficRow[] {
  if (meter === undefined) return [];
  return (["in", "out"] as const).map((direction) => {
    const { load, ...counted } = meter[direction];
    return {
      ...{ side, direction, ...counted },
      ...(load === undefined ? {} : { milliseconds: milliseconds(load) }),
    };
  });
}

function milliseconds({ counts }: LoadHistogram): NonNullable<TrafficRow["milliseconds"]> {
  return counts.map((count, index) => {
    const upTo = LOAD_BOUNDS[index];
    return upTo === undefined ? { count } : { upTo, count };
  });
}
