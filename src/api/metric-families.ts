/**
 * What `/metrics` tells, by the names that it has there; the help says which of the original's metrics it stands
 * for. Counters are told as they are, since only who asks knows over which time a rate is meant.
 */

type Family = { readonly type: "counter" | "gauge" | "histogram"; readonly help: string };

export const metricFamilies = {
  causeway_circuit_bandwidth_bits_per_second: {
    type: "gauge",
    help: "What was ordered. IngressBandwidthUtilization and EgressBandwidthUtilization are 8 * rate(causeway_circuit_bytes_total) of this.",
  },
  causeway_circuit_bytes: {
    type: "counter",
    help: "IP bytes on one link; 8 * rate() is BitsInPerSecond and BitsOutPerSecond. In is into the cloud.",
  },
  causeway_circuit_packets: { type: "counter", help: "IP packets on one link." },
  causeway_circuit_dropped_bytes: {
    type: "counter",
    help: "Dropped by the policer; 8 * rate() is QosDropBitsInPerSecond and QosDropBitsOutPerSecond.",
  },
  causeway_circuit_dropped_packets: { type: "counter", help: "Dropped by the policer." },
  causeway_circuit_class_bytes: {
    type: "counter",
    help: "IP bytes of the public peering by class, where the circuit is policed: voice is EF, interactive AF41 and AF21, bulk AF11.",
  },
  causeway_circuit_class_packets: {
    type: "counter",
    help: "IP packets of the public peering by class.",
  },
  causeway_circuit_class_dropped_bytes: {
    type: "counter",
    help: "Dropped by the policer, by class of the public peering.",
  },
  causeway_circuit_class_dropped_packets: {
    type: "counter",
    help: "Dropped by the policer, by class of the public peering.",
  },
  causeway_circuit_load_ratio: {
    type: "histogram",
    help: "Single milliseconds that began with a packet, by what was offered in them as a multiple of the ordered bandwidth, dropped packets with it.",
  },
  causeway_peering_bytes: {
    type: "counter",
    help: "IP bytes of one peering on one link; 8 * rate() is BitsInPerSecond and BitsOutPerSecond of a peering.",
  },
  causeway_peering_packets: { type: "counter", help: "IP packets of one peering on one link." },
  causeway_peering_dropped_bytes: {
    type: "counter",
    help: "Of one peering, dropped by the policer that all peerings of the circuit share.",
  },
  causeway_peering_dropped_packets: {
    type: "counter",
    help: "Of one peering, dropped by the policer that all peerings of the circuit share.",
  },
  causeway_peering_arp_available: {
    type: "gauge",
    help: "1 while the edge has resolved the peer's hardware address: ArpAvailability.",
  },
  causeway_peering_bgp_up: {
    type: "gauge",
    help: "1 while the session is established: BgpAvailability.",
  },
  causeway_peering_bgp_uptime_seconds: {
    type: "gauge",
    help: "Since the session was established; absent while it is not.",
  },
  causeway_peering_prefixes_received: {
    type: "gauge",
    help: "Prefixes of a family that the edge took from the peer.",
  },
  causeway_peering_bfd_up: {
    type: "gauge",
    help: "1 while BFD is up; absent where it is not used.",
  },
  causeway_join_bytes: {
    type: "counter",
    help: "IP bytes over a join to the circuit of that service key; 8 * rate() is GlobalReachBitsInPerSecond and GlobalReachBitsOutPerSecond.",
  },
  causeway_join_dropped_bytes: { type: "counter", help: "Dropped by the rate cap of a join." },
  causeway_join_bgp_up: { type: "gauge", help: "1 while the join's session is established." },
  causeway_fastpath_routes: {
    type: "gauge",
    help: "Addresses that an edge reaches past the gateway of a connection: FastPathRoutesCountForCircuit.",
  },
  causeway_fastpath_up: {
    type: "gauge",
    help: "1 while an edge has a session with the forwarder of a connection; at 0 its traffic goes by the gateway.",
  },
  causeway_fastpath_addresses: {
    type: "gauge",
    help: "Addresses announced for a circuit, or for all circuits of its Direct port: FastPathRoutesCountForDirectPort.",
  },
  causeway_fastpath_addresses_limit: {
    type: "gauge",
    help: "So many of them an edge reaches past the gateway.",
  },
  causeway_fastpath_addresses_discarded: {
    type: "gauge",
    help: "Addresses beyond the limit: their traffic goes by the gateway.",
  },
  causeway_fastpath_fallbacks: {
    type: "counter",
    help: "How often a connection lost both sessions with its forwarder, so that all went by the gateway.",
  },
  causeway_fastpath_bytes: {
    type: "counter",
    help: "Bytes between an edge and the forwarder of a connection, past the gateway.",
  },
  causeway_connection_bytes: {
    type: "counter",
    help: "Bytes between a gateway and a circuit; 8 * rate() is ErGatewayConnectionBitsInPerSecond and ErGatewayConnectionBitsOutPerSecond.",
  },
  causeway_connection_dropped_bytes: {
    type: "counter",
    help: "Dropped by the rate cap of a connection.",
  },
  causeway_gateway_bytes: {
    type: "counter",
    help: "IP bytes over a gateway's instances; 8 * rate() is ExpressRouteGatewayBitsPerSecond.",
  },
  causeway_gateway_packets: {
    type: "counter",
    help: "Packets over a gateway's instances; rate() is ExpressRouteGatewayPacketsPerSecond.",
  },
  causeway_gateway_dropped_packets: {
    type: "counter",
    help: "Beyond the throughput or the packets of the gateway's SKU.",
  },
  causeway_gateway_routes_learned: {
    type: "gauge",
    help: "ExpressRouteGatewayCountOfRoutesLearnedFromPeer.",
  },
  causeway_gateway_routes_limit: {
    type: "gauge",
    help: "Routes that a gateway of its SKU may learn from all its circuits.",
  },
  causeway_gateway_routes: {
    type: "gauge",
    help: "Different routes that came to a gateway from all its circuits; absent while a node has not counted them.",
  },
  causeway_gateway_routes_discarded: {
    type: "gauge",
    help: "Routes beyond the limit, the newest of them: no instance takes them.",
  },
  causeway_gateway_bgp_up: {
    type: "gauge",
    help: "1 while an instance's session with an edge is established.",
  },
  causeway_gateway_machines: { type: "gauge", help: "ExpressRouteGatewayNumberOfVmInVnet." },
  causeway_port_admin_enabled: {
    type: "gauge",
    help: "1 where the link of a Direct port is enabled: AdminState.",
  },
  causeway_port_up: {
    type: "gauge",
    help: "1 while the link of a Direct port has carrier: LineProtocol.",
  },
  causeway_port_light_dbm: {
    type: "gauge",
    help: "Optical power of a lane of a Direct port's link: RxLightLevel, TxLightLevel. Only where a card tells of it.",
  },
  causeway_port_unknown_tag_frames: {
    type: "counter",
    help: "Frames at an edge's port with tags that no circuit there has, dropped.",
  },
  causeway_node_failing: {
    type: "gauge",
    help: "1 while a node cannot be read, or a part of its intent cannot be applied.",
  },
} as const satisfies Record<string, Family>;

export type FamilyName = keyof typeof metricFamilies;

export type Sample = {
  readonly family: FamilyName;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  /** Of a histogram: which of its series. A bucket has its bound in the label `le`. */
  readonly part?: "bucket" | "count" | "sum";
};

/** The text of OpenMetrics 1.0. A family that has no sample is not told of. */
export function printOpenMetrics(samples: readonly Sample[]): string {
  const byFamily = new Map<FamilyName, Sample[]>();
  for (const sample of samples) {
    const others = byFamily.get(sample.family);
    if (others === undefined) byFamily.set(sample.family, [sample]);
    else others.push(sample);
  }
  const names = Object.keys(metricFamilies) as readonly FamilyName[];
  const lines = names.flatMap((name) => familyLines(name, byFamily.get(name) ?? []));
  return [...lines, "# EOF", ""].join("\n");
}

function familyLines(name: FamilyName, samples: readonly Sample[]): string[] {
  if (samples.length === 0) return [];
  const { type, help } = metricFamilies[name];
  const suffix = ({ part }: Sample) => {
    if (part !== undefined) return `_${part}`;
    return type === "counter" ? "_total" : "";
  };
  return [
    `# TYPE ${name} ${type}`,
    `# HELP ${name} ${escaped(help)}`,
    ...samples.map(
      (sample) => `${name}${suffix(sample)}{${labelsText(sample.labels)}} ${sample.value}`,
    ),
  ];
}

function labelsText(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${escaped(value)}"`)
    .join(",");
}

function escaped(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
