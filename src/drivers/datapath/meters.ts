/** What the eBPF program counted, out of its maps' values: the structures of `datapath/tags.bpf.c`. Pure. */
import {
  type Counters,
  LOAD_BOUNDS,
  type LoadHistogram,
  type MeterObservation,
  TRAFFIC_CLASSES,
  type Traffic,
  type TrafficClass,
} from "../../fabric/report.ts";
import { type MapName, meterKey } from "./entries.ts";

type Cells = ReadonlyMap<MapName, ReadonlyMap<string, string>>;

/** Behind lock, start, time and tokens of `struct meter`. */
const METER_COUNTERS = 24;
const COUNTERS_BYTES = 32;
const LOAD_UNIT = 1024;

export function readMeters(cells: Cells, names: Iterable<string>): MeterObservation[] {
  return [...names].map((meter) => ({
    meter,
    in: trafficOf(cells, meterKey(meter, "in")),
    out: trafficOf(cells, meterKey(meter, "out")),
  }));
}

function trafficOf(cells: Cells, key: string): Traffic {
  const value = cells.get("meters")?.get(key);
  const classes = cells.get("classes")?.get(key);
  const load = cells.get("loads")?.get(key);
  return {
    ...countersAt(value === undefined ? Buffer.alloc(56) : bytesOf(value), METER_COUNTERS),
    ...(classes === undefined ? {} : { classes: classesOf(bytesOf(classes)) }),
    ...(load === undefined ? {} : { load: loadOf(bytesOf(load)) }),
  };
}

function countersAt(bytes: Buffer, start: number): Counters {
  const at = (offset: number) => Number(bytes.readBigUInt64LE(start + offset));
  return { packets: at(0), bytes: at(8), droppedPackets: at(16), droppedBytes: at(24) };
}

function classesOf(bytes: Buffer): Readonly<Record<TrafficClass, Counters>> {
  const of = (name: TrafficClass) =>
    countersAt(bytes, TRAFFIC_CLASSES.indexOf(name) * COUNTERS_BYTES);
  return {
    voice: of("voice"),
    interactive: of("interactive"),
    bulk: of("bulk"),
    default: of("default"),
  };
}

function loadOf(bytes: Buffer): LoadHistogram {
  const at = (index: number) => Number(bytes.readBigUInt64LE(8 * index));
  const counts = [...LOAD_BOUNDS, Number.POSITIVE_INFINITY].map((_, index) => at(index + 1));
  return { counts, sum: at(0) / LOAD_UNIT };
}

export function bytesOf(value: string): Buffer {
  return Buffer.from(value, "hex");
}
