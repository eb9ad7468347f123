/** What edges say of one circuit, as samples. Pure. What no edge has said is not among them. */
import type { FamilyName, Sample } from "../api/metric-families.ts";
import { SIDES, type Side } from "../fabric/intent.ts";
import type { MeterObservation, Observation } from "../fabric/report.ts";
import { type CircuitView, edgesOf, type PeeringFamilyView } from "../plan/circuit-view.ts";
import { fastPathPeer, fastPathRoom } from "../plan/fast-path.ts";
import { joinEnds } from "../plan/join.ts";
import {
  circuitVrf,
  fastPathMeter,
  joinMeter,
  peeringAddresses,
  peeringInterface,
  publicInterface,
  publicVrf,
} from "../plan/names.ts";
import { classSamples, loadSamples } from "./burst-metrics.ts";
import { meterNamed, peeringMeter } from "./peering-meter.ts";

export type ObservationOf = (node: string) => Observation | undefined;
type Labels = Readonly<Record<string, string>>;

export function circuitSamples(
  view: CircuitView,
  { observationOf, joins }: { observationOf: ObservationOf; joins: boolean },
): Sample[] {
  const labels = { resource_id: view.id, service_key: view.serviceKey };
  const samples: Sample[] = [
    {
      family: "causeway_circuit_bandwidth_bits_per_second",
      labels,
      value: view.bandwidthMbps * 1_000_000,
    },
  ];
  const edges = edgesOf(view.carriage);
  for (const side of SIDES) {
    const observation = observationOf(edges[side]);
    if (observation === undefined) continue;
    const at = { ...labels, device_role: side };
    const meter = meterNamed(observation, view.serviceKey);
    samples.push(
      ...trafficSamples(meter, at, {
        bytes: "causeway_circuit_bytes",
        packets: "causeway_circuit_packets",
        droppedBytes: "causeway_circuit_dropped_bytes",
        droppedPackets: "causeway_circuit_dropped_packets",
      }),
      ...classSamples(meter, at),
      ...loadSamples(meter, at),
    );
    for (const peering of peeringsOf(view)) {
      samples.push(...peeringSamples(peering, observation, { at, side }));
      const isPublic = peering.type === "MicrosoftPeering";
      samples.push(
        ...trafficSamples(
          peeringMeter(observation, view.serviceKey, isPublic),
          { ...at, peering_type: peering.type },
          {
            bytes: "causeway_peering_bytes",
            packets: "causeway_peering_packets",
            droppedBytes: "causeway_peering_dropped_bytes",
            droppedPackets: "causeway_peering_dropped_packets",
          },
        ),
      );
    }
    samples.push(
      ...fastPathSamples(view, observation, { at, side }),
      ...roomSamples(observation, fastPathRoom(view), {
        labels: at,
        families: {
          received: "causeway_fastpath_addresses",
          limit: "causeway_fastpath_addresses_limit",
          discarded: "causeway_fastpath_addresses_discarded",
        },
      }),
    );
    if (joins) samples.push(...joinSamples(view, observation, { at, side }));
  }
  return samples;
}

type PeeringPlace = {
  readonly type: string;
  readonly vrf: string;
  readonly interface: string;
  readonly families: readonly PeeringFamilyView[];
};

function peeringsOf({ serviceKey, peering, publicPeering }: CircuitView): PeeringPlace[] {
  const places: PeeringPlace[] = [];
  if (peering !== undefined) {
    const names = { vrf: circuitVrf(serviceKey), interface: peeringInterface(serviceKey) };
    places.push({ type: "AzurePrivatePeering", ...names, families: peering.families });
  }
  if (publicPeering !== undefined) {
    const names = { vrf: publicVrf(serviceKey), interface: publicInterface(serviceKey) };
    places.push({ type: "MicrosoftPeering", ...names, families: publicPeering.families });
  }
  return places;
}

function peeringSamples(
  { type, vrf, families, ...place }: PeeringPlace,
  { neighbors, sessions }: Observation,
  { at, side }: { at: Labels; side: Side },
): Sample[] {
  return families.flatMap((family): Sample[] => {
    const { customerHost: peer } = peeringAddresses(family[side]);
    const labels = { ...at, peering_type: type, peer, family: family.family };
    const session = sessions.find((one) => one.vrf === vrf && one.address === peer);
    const entry = neighbors.find(
      (one) => one.vrf === vrf && one.interface === place.interface && one.address === peer,
    );
    const received = session?.prefixesReceived[family.family];
    return [
      gauge("causeway_peering_arp_available", labels, entry?.mac !== undefined),
      ...(session === undefined
        ? []
        : [gauge("causeway_peering_bgp_up", labels, session.state === "Established")]),
      ...measured("causeway_peering_bgp_uptime_seconds", labels, session?.uptimeSeconds),
      ...measured("causeway_peering_prefixes_received", labels, received),
      ...(session?.bfd === undefined
        ? []
        : [gauge("causeway_peering_bfd_up", labels, session.bfd === "Up")]),
    ];
  });
}

function fastPathSamples(
  { connections, serviceKey }: CircuitView,
  observation: Observation,
  { at, side }: { at: Labels; side: Side },
): Sample[] {
  return connections.flatMap(({ id, tunnelBlock: block, fastPathSlot: slot }): Sample[] => {
    if (slot === undefined) return [];
    const labels = { ...at, connection: id };
    const peer = fastPathPeer({ block, slot, side }, "edge");
    const session = observation.sessions.find(
      ({ vrf, address }) => vrf === circuitVrf(serviceKey) && address === peer,
    );
    const { ipv4 = 0, ipv6 = 0 } = session?.prefixesReceived ?? {};
    const isUp = session?.state === "Established";
    return [
      ...(session === undefined ? [] : [gauge("causeway_fastpath_up", labels, isUp)]),
      ...measured("causeway_fastpath_routes", labels, isUp ? ipv4 + ipv6 : undefined),
      ...trafficSamples(meterNamed(observation, fastPathMeter(block)), labels, {
        bytes: "causeway_fastpath_bytes",
      }),
    ];
  });
}

/** Of a node that has not counted, nothing is told. */
export function roomSamples(
  { rooms = [] }: Observation,
  name: string,
  {
    labels,
    families,
  }: {
    labels: Labels;
    families: Partial<Record<"received" | "limit" | "discarded", FamilyName>>;
  },
): Sample[] {
  const room = rooms.find((one) => one.name === name);
  if (room === undefined) return [];
  return Object.entries(families).map(([counted, family]) => ({
    ...{ family, labels, value: room[counted as keyof typeof families] },
  }));
}

function joinSamples(
  { joins, serviceKey }: CircuitView,
  observation: Observation,
  { at, side }: { at: Labels; side: Side },
): Sample[] {
  return joins.flatMap((join) => {
    const labels = { ...at, peered_circuit_skey: join.peerServiceKey };
    const vrf = circuitVrf(serviceKey);
    const sessions = joinEnds(join, side).flatMap(({ family, peer }) => {
      const found = observation.sessions.find((one) => one.vrf === vrf && one.address === peer);
      if (found === undefined) return [];
      return [gauge("causeway_join_bgp_up", { ...labels, family }, found.state === "Established")];
    });
    const traffic = trafficSamples(meterNamed(observation, joinMeter(join.number)), labels, {
      bytes: "causeway_join_bytes",
      droppedBytes: "causeway_join_dropped_bytes",
    });
    return [...traffic, ...sessions];
  });
}

type Counted = "bytes" | "packets" | "droppedBytes" | "droppedPackets";

/** Both directions of what is asked for. */
export function trafficSamples(
  meter: Pick<MeterObservation, "in" | "out"> | undefined,
  labels: Labels,
  families: Partial<Record<Counted, FamilyName>>,
): Sample[] {
  if (meter === undefined) return [];
  return (["in", "out"] as const).flatMap((direction) =>
    Object.entries(families).map(([counted, family]) => ({
      family,
      labels: { ...labels, direction },
      value: meter[direction][counted as Counted],
    })),
  );
}

export function gauge(family: FamilyName, labels: Labels, holds: boolean): Sample {
  return { family, labels, value: holds ? 1 : 0 };
}

function measured(family: FamilyName, labels: Labels, value: number | undefined): Sample[] {
  return value === undefined ? [] : [{ family, labels, value }];
}
