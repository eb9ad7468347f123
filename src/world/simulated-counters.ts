/** Packets and bytes of simulated traffic, by node and meter. */
import type { NodeName } from "../fabric/intent.ts";
import type { Counters, MeterObservation } from "../fabric/report.ts";
import type { Forwarding } from "../routing/forwarding.ts";

export interface SimulatedCounters {
  count(forwarding: Forwarding, packets: { count: number; bytes: number }): void;
  read(node: NodeName, meters: ReadonlySet<string>): readonly MeterObservation[];
  unknownTags(node: NodeName): ReadonlyMap<string, number>;
  /** Forgets the meters of a node that are not in the set: a meter made again counts from zero. */
  keepMeters(node: NodeName, meters: ReadonlySet<string>): void;
}

type Tally = { packets: number; bytes: number };
type MeterTally = { readonly in: Tally; readonly out: Tally };

export function createCounters(): SimulatedCounters {
  const nodes = new Map<NodeName, Map<string, MeterTally>>();
  const unknown = new Map<NodeName, Map<string, number>>();
  const tally = (node: NodeName, meter: string): MeterTally => {
    const meters = nodes.get(node) ?? new Map<string, MeterTally>();
    nodes.set(node, meters);
    const held = meters.get(meter) ?? {
      in: { packets: 0, bytes: 0 },
      out: { packets: 0, bytes: 0 },
    };
    meters.set(meter, held);
    return held;
  };
  return {
    count: ({ meters, disposition, at }, { count, bytes }) => {
      for (const { node, meter, direction } of meters) {
        const direct = tally(node, meter)[direction];
        direct.packets += count;
        direct.bytes += count * bytes;
      }
      if (disposition !== "unknownTag" || at.port === undefined) return;
      const ports = unknown.get(at.node) ?? new Map<string, number>();
      unknown.set(at.node, ports.set(at.port, (ports.get(at.port) ?? 0) + count));
    },
    read: (node, meters) =>
      [...meters].map((meter) => {
        const held = nodes.get(node)?.get(meter);
        return { meter, in: counters(held?.in), out: counters(held?.out) };
      }),
    unknownTags: (node) => unknown.get(node) ?? new Map(),
    keepMeters: (node, meters) => {
      for (const meter of nodes.get(node)?.keys() ?? []) {
        if (!meters.has(meter)) nodes.get(node)?.delete(meter);
      }
    },
  };
}

function counters({ packets, bytes }: Tally = { packets: 0, bytes: 0 }): Counters {
  return { packets, bytes, droppedPackets: 0, droppedBytes: 0 };
}
