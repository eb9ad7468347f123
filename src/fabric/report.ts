import type { Family, Intent, IntentChange, NodeName } from "./intent.ts";

/** What a node says it is. Only what was read from it; what could not be read is absent. */
export type Report = {
  readonly node: NodeName;
  /** The newest intent that the node tried to become. */
  readonly generation: number;
  readonly fragments: readonly FragmentResult[];
  readonly observation?: Observation;
  /** Why the node could not be read or converged at all. */
  readonly error?: string;
};

/** In front of the key of a result that is about something unwanted which could not be taken away. */
export const UNWANTED = "unwanted:";

export type FragmentResult = {
  readonly key: string;
  readonly state: "applied" | "failed";
  readonly error?: string;
  /** Why a part of it cannot be on this node at all, whatever is tried; the rest of it is applied. */
  readonly notCarried?: string;
};

export type Observation = {
  readonly sessions: readonly SessionObservation[];
  readonly neighbors: readonly NeighborObservation[];
  readonly meters: readonly MeterObservation[];
  readonly ports: readonly PortObservation[];
  /** Of rooms that neighbors share; one that no session is established in says nothing. */
  readonly rooms?: readonly RoomObservation[];
};

/** One BGP session. `state` in the words of RFC 4271. */
export type SessionObservation = {
  readonly vrf: string;
  readonly address: string;
  readonly remoteAsn: number;
  readonly state: "Idle" | "Connect" | "Active" | "OpenSent" | "OpenConfirm" | "Established";
  /** Since the session was last established; absent while it is not. */
  readonly uptimeSeconds?: number;
  readonly prefixesReceived: Partial<Record<Family, number>>;
  readonly lastReset?: string;
  readonly bfd?: "Up" | "Down" | "Init" | "AdminDown";
  /** As both ends agreed on them; absent while BFD is not up. */
  readonly bfdTimers?: BfdObservation;
  /** Of families whose limit discards: absent where the session has none such, or is not established. */
  readonly prefixLimits?: Partial<Record<Family, PrefixLimitObservation>>;
};

export type BfdObservation = {
  readonly transmitMs: number;
  readonly receiveMs: number;
  /** Of the other end: so many packets may be missed. */
  readonly multiplier: number;
};

export type PrefixLimitObservation = {
  readonly limit: number;
  /** Taken in and discarded together. */
  readonly received: number;
  readonly level: PrefixLevel;
  readonly discarded: number;
  /** The first of them in order, as many as are told. */
  readonly discardedPrefixes: readonly string[];
};

export type RoomObservation = PrefixLimitObservation & { readonly name: string };

/** `warning` from 75 %, `critical` from 90 % of the limit, `full` from the limit on. */
export type PrefixLevel = "normal" | "warning" | "critical" | "full";

const DISCARDED_TOLD_MAX = 50;

export function prefixLevel(received: number, limit: number): PrefixLevel {
  if (received >= limit) return "full";
  if (received >= limit * 0.9) return "critical";
  return received >= limit * 0.75 ? "warning" : "normal";
}

/** `received`: taken in and discarded together; `discarded` in their order. */
export function limitTold(
  limit: number,
  received: number,
  discarded: readonly string[],
): PrefixLimitObservation {
  return {
    ...{ limit, received, level: prefixLevel(received, limit), discarded: discarded.length },
    discardedPrefixes: discarded.slice(0, DISCARDED_TOLD_MAX),
  };
}

/** An ARP or neighbour-discovery entry; `mac` is absent while unresolved. */
export type NeighborObservation = {
  readonly vrf: string;
  readonly interface: string;
  readonly address: string;
  readonly mac?: string;
};

/** Cumulative since the meter was made. "In" is towards the cloud on an edge, from the port on a switch. */
export type MeterObservation = {
  readonly meter: string;
  readonly in: Traffic;
  readonly out: Traffic;
};

export type Traffic = Counters & {
  /** Of frames that are scheduled by their marks; absent where none are. */
  readonly classes?: Readonly<Record<TrafficClass, Counters>>;
  /** Absent where the meter is not policed, and on nodes that do not measure it. */
  readonly load?: LoadHistogram;
};

/** By code point: EF; AF41 and AF21; AF11; all else. What is dropped last stands first. */
export const TRAFFIC_CLASSES = ["voice", "interactive", "bulk", "default"] as const;
export type TrafficClass = (typeof TRAFFIC_CLASSES)[number];

/** What was offered in single milliseconds, as a multiple of the rate: bursts that no average shows. */
export type LoadHistogram = {
  /** Milliseconds up to each of `LOAD_BOUNDS` and above the one before, and those beyond the last. */
  readonly counts: readonly number[];
  /** Of all of them together. */
  readonly sum: number;
};

export const LOAD_BOUNDS = [0.25, 0.5, 1, 2, 4, 8, 16, 32, 64] as const;

export type Counters = {
  readonly packets: number;
  readonly bytes: number;
  readonly droppedPackets: number;
  readonly droppedBytes: number;
};

export type PortObservation = {
  readonly port: string;
  /** Enabled and with carrier. */
  readonly up: boolean;
  /** Frames that carried no tag combination of this port, dropped. Absent where no tags are handled. */
  readonly unknownTagPackets?: number;
  /** Absent on simulated nodes. */
  readonly light?: Light;
};

/** Optical power of a port, lane by lane; or why there is none to read. */
export type Light = { readonly lanes: readonly LightLane[] } | { readonly absent: string };
export type LightLane = {
  readonly lane: number;
  readonly txDbm?: number;
  readonly rxDbm?: number;
};

/** A route that a VRF forwards by. `path` is the AS path, nearest first; empty for local routes. */
export type RouteObservation = {
  readonly prefix: string;
  readonly protocol: "bgp" | "connected" | "static" | "kernel" | "local";
  readonly nextHops: readonly string[];
  readonly path?: readonly number[];
  readonly weight?: number;
};

/** A node of the fabric, Linux or simulated: three verbs, each safe to repeat. */
export interface FabricNode {
  readonly name: NodeName;
  /** The newest intent that it was told; it refuses older ones, also after a restart of what drives it. */
  readonly generation: number;

  /** Becomes the intent. Adopts what is there, takes away what is not wanted, resets nothing that agrees. */
  converge(intent: Intent, signal: AbortSignal): Promise<readonly FragmentResult[]>;

  /** Reads what the node is now. Changes nothing. */
  observe(signal: AbortSignal): Promise<Observation>;

  /** The forwarding routes of one VRF. */
  routes(vrf: string, signal: AbortSignal): Promise<readonly RouteObservation[]>;
}

/** Where an agent gets its intent and leaves its report: the store in-process, or the API from afar. */
export interface IntentSource {
  /** The change since `heldGeneration`, or undefined when there is none. */
  pull(node: NodeName, heldGeneration: number): Promise<IntentChange | undefined>;
  push(report: Report): Promise<void>;
  /** Resolves when the node may have a newer intent, or when `signal` aborts. */
  changed(node: NodeName, signal: AbortSignal): Promise<void>;
}
