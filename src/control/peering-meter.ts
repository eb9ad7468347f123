/** What an edge counted of one peering of a circuit. Pure. */
import type { Counters, MeterObservation, Observation } from "../fabric/report.ts";
import { publicMeter } from "../plan/names.ts";

type PeeringTraffic = { readonly in: Counters; readonly out: Counters };

export function meterNamed({ meters }: Observation, name: string): MeterObservation | undefined {
  return meters.find(({ meter }) => meter === name);
}

/** Peerings share the circuit's meter; the public one is counted once more by itself, and the rest is the private one's. */
export function peeringMeter(
  observation: Observation,
  serviceKey: string,
  isPublic: boolean,
): PeeringTraffic | undefined {
  const part = meterNamed(observation, publicMeter(serviceKey));
  if (isPublic) return part;
  const all = meterNamed(observation, serviceKey);
  if (all === undefined || part === undefined) return all;
  return { in: less(all.in, part.in), out: less(all.out, part.out) };
}

/** Both are read one after the other: a frame between them is in the second alone. */
function less(all: Counters, part: Counters): Counters {
  const rest = (name: keyof Counters) => Math.max(0, all[name] - part[name]);
  return {
    packets: rest("packets"),
    bytes: rest("bytes"),
    droppedPackets: rest("droppedPackets"),
    droppedBytes: rest("droppedBytes"),
  };
}
