import type { NodeName } from "./intent.ts";

/**
 * What an engineer standing in the lab can do: send packets, look at a wire, pull a cable.
 * The Linux lab does it for real; the simulated one computes it and says so by leaving out what a
 * computation cannot know. Customers and providers use no part of this.
 */

/** A network stack to send from or receive at: a VRF of a node, `default` being the node itself. */
export type Place = { readonly node: NodeName; readonly vrf: string };
export type PortPlace = { readonly node: NodeName; readonly port: string };

export type PingResult = {
  readonly sent: number;
  readonly received: number;
  /** What a router on the way, or the sender itself, said to be the most that it can pass on (RFC 1191, RFC 8201). */
  readonly pathMtu?: number;
  /** Median round trip; absent when nothing came back or time is simulated. */
  readonly rttMs?: number;
};

/** Megabits of TCP payload a second, or why there is no figure. */
export type Throughput = { readonly mbps: number } | { readonly absent: string };

export type StreamResult = {
  readonly sent: number;
  readonly received: number;
  /** The longest time in which no echo of some flow came back, less the sending interval. */
  readonly blackoutMs: number;
};

/** A running stream; it ends with `stop`, and with the signal it was started with. */
export interface Stream {
  stop(): Promise<StreamResult>;
}

export interface FabricProbe {
  readonly kind: "linux" | "simulated";

  ping(request: {
    from: Place;
    to: string;
    count: number;
    intervalMs: number;
    timeoutMs: number;
    /** Of the whole IP packet, which nobody may cut in pieces; absent: a small one. */
    bytes?: number;
  }): Promise<PingResult>;

  /** TCP from one place to an address of another, over several flows. */
  tcp(request: {
    from: Place;
    to: Place;
    address: string;
    seconds: number;
    flows: number;
  }): Promise<Throughput>;

  /**
   * UDP datagrams to an address of `to`, each echoed; `flows` flows, each with a source port of its
   * own and a datagram every `intervalMs`, one flow after the other. Both directions are so watched at once.
   */
  stream(request: {
    from: Place;
    to: Place;
    address: string;
    intervalMs: number;
    flows: number;
    signal: AbortSignal;
  }): Promise<Stream>;

  /** The tags, outermost first, of the next frames on a port with packets from a source address. */
  captureTags(request: {
    at: PortPlace;
    source: string;
    count: number;
    timeoutMs: number;
  }): Promise<readonly (readonly number[])[]>;

  /** Pulls or plugs: administratively down, the other end loses carrier. */
  setPort(at: PortPlace, up: boolean): Promise<void>;

  /** Drops every frame that arrives at the port while the link stays up, until lifted. */
  setSilence(at: PortPlace, silent: boolean): Promise<void>;

  /** Runs a program in a place with this process's terminal, and gives its exit code; undefined where there are none to run. */
  exec(at: Place, argv: readonly string[]): Promise<number | undefined>;
}

export type CabledNode = {
  readonly name: NodeName;
  /** Whether routing daemons run on it. */
  readonly routing: boolean;
  /** Whether all its sessions are in VRFs: its own namespace carries tunnels then, and nothing else. */
  readonly onlyVrfs?: boolean;
};

/** The wiring of a lab: nodes that are namespaces, links that are veth pairs. */
export type Cabling = {
  readonly nodes: readonly CabledNode[];
  readonly links: readonly (readonly [PortPlace, PortPlace])[];
};
