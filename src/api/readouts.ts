/** What edges say about a circuit right now. Implemented over the nodes; nothing here is made up. */
import type { Warning } from "../domain/private-numbers.ts";
import type { Side } from "../fabric/intent.ts";
import type {
  BfdObservation,
  Counters,
  LightLane,
  PrefixLimitObservation,
  TrafficClass,
} from "../fabric/report.ts";
import type { StoredResource } from "../store/store.ts";
import type { Sample } from "./metric-families.ts";

export type PeeringSide = {
  readonly circuit: StoredResource;
  readonly peering: StoredResource;
  readonly side: Side;
};

export type ArpRow = {
  /** Minutes; absent where the node does not tell. */
  readonly age?: number;
  /** `On-Prem` or `Microsoft`. */
  readonly interface: string;
  readonly ipAddress: string;
  /** `Incomplete` while it is not resolved. */
  readonly macAddress: string;
};

export type RouteRow = {
  readonly network: string;
  readonly nextHop: string;
  readonly locPrf: string;
  readonly weight: number;
  readonly path: string;
};

export type SummaryRow = {
  readonly neighbor: string;
  /** BGP version. */
  readonly v: number;
  readonly as: number;
  readonly upDown: string;
  /** Number of prefixes, or the name of the state while the session is not established. */
  readonly statePfxRcd: string;
};

/** One BGP session of a peering, as its edge has it; what the edge does not tell is absent. */
export type PeeringSession = {
  readonly side: Side;
  readonly family: "ipv4" | "ipv6";
  readonly neighbor: string;
  readonly asn: number;
  /** In the words of RFC 4271. */
  readonly state: string;
  readonly uptimeSeconds?: number;
  readonly prefixesReceived?: number;
  readonly lastReset?: string;
  /** With the intervals that both ends agreed on, while it is up. */
  readonly bfd?: { readonly state: string } & Partial<BfdObservation>;
  readonly prefixLimit?: PrefixLimitObservation;
  /** What works otherwise than a customer may think. */
  readonly warnings?: readonly Warning[];
};

/** Bytes since the circuit was made, per link. */
export type CircuitStats = {
  readonly primarybytesIn: number;
  readonly primarybytesOut: number;
  readonly secondarybytesIn: number;
  readonly secondarybytesOut: number;
};

/** One direction of one link: what passed and what was dropped, both peerings together. */
export type TrafficRow = Counters & {
  readonly side: Side;
  /** "In" is into the cloud. */
  readonly direction: "in" | "out";
  /** Of the public peering; absent where the circuit is not policed or has none. */
  readonly classes?: Readonly<Record<TrafficClass, Counters>>;
  /** Single milliseconds by what was offered in them, in multiples of the bandwidth; the last has no bound. */
  readonly milliseconds?: readonly { readonly upTo?: number; readonly count: number }[];
};

/** One link of a Direct port, as its edge has it. */
export type LinkStateRow = {
  readonly link: string;
  readonly adminState: "Enabled" | "Disabled";
  readonly lineProtocol?: "Up" | "Down";
  readonly lightLevels?: readonly LightLane[];
  /** Why there are no light levels. */
  readonly lightNotMeasurable?: string;
};

/** One BGP session of a gateway instance. */
export type GatewaySessionRow = {
  /** The instance's own address. */
  readonly localAddress?: string;
  readonly neighbor: string;
  readonly asn: number;
  /** In the words of RFC 4271. */
  readonly state: string;
  readonly uptimeSeconds?: number;
  readonly routesReceived?: number;
};

/** A route that a gateway instance forwards by, or that it told its peer. */
export type GatewayRouteRow = {
  readonly localAddress?: string;
  readonly network: string;
  readonly nextHop?: string;
  /** By BGP from the peer that is its next hop. */
  readonly learned: boolean;
  readonly path: readonly number[];
  readonly weight?: number;
};

/** Where a virtual machine or a gateway instance runs. */
export type NamedPlace = {
  readonly name: string;
  readonly resourceId: string;
  readonly node: string;
  readonly vrf: string;
};

/** Of whom `/metrics` is asked. */
export type MetricsReader = {
  readonly mayRead: (row: StoredResource) => boolean;
  /** Whether it is told of nodes and their ports too. */
  readonly seesFabric: boolean;
};

/** Each rejects where the edge cannot be read; the caller answers with the reason. */
export interface Readouts {
  arpTable(where: PeeringSide): Promise<readonly ArpRow[]>;
  routeTable(where: PeeringSide): Promise<readonly RouteRow[]>;
  routeTableSummary(where: PeeringSide): Promise<readonly SummaryRow[]>;
  /** Of one peering, or of all together. */
  stats(circuit: StoredResource, peering?: StoredResource): Promise<CircuitStats>;
  traffic(circuit: StoredResource): Promise<readonly TrafficRow[]>;
  portStates(port: StoredResource): Promise<readonly LinkStateRow[]>;
  peeringSessions(where: Omit<PeeringSide, "side">): Promise<readonly PeeringSession[]>;
  gatewaySessions(gateway: StoredResource): Promise<readonly GatewaySessionRow[]>;
  gatewayRoutes(gateway: StoredResource): Promise<readonly GatewayRouteRow[]>;
  /** Undefined where the gateway has no peer of that address. */
  gatewayAdvertised(
    gateway: StoredResource,
    peer: string,
  ): Promise<readonly GatewayRouteRow[] | undefined>;
  places(): Promise<readonly NamedPlace[]>;
  /** What nodes last reported: nobody waits for a node here. */
  metrics(reader: MetricsReader): Promise<readonly Sample[]>;
}
