/**
 * The contract from the control plane to a node: what the node should be.
 *
 * An intent is whole and numbered; a node refuses one older than it holds. It is made of fragments
 * with stable keys, so that a change to one circuit touches that circuit's fragments and no others.
 * A fragment says *what*, never *how*: the Linux drivers and the simulated node read the same words.
 */

export type NodeName = string;
export type Family = "ipv4" | "ipv6";
/** The two links of a circuit; both are active. */
export const SIDES = ["primary", "secondary"] as const;
export type Side = (typeof SIDES)[number];

export type Intent = {
  readonly node: NodeName;
  /** Grows by one with every change of the node's intent; 0 is the empty intent of a new node. */
  readonly generation: number;
  readonly fragments: readonly Fragment[];
};

/** What changed for a node since a generation it holds. `since: 0` makes it the whole intent. */
export type IntentChange = {
  readonly node: NodeName;
  readonly since: number;
  readonly generation: number;
  readonly upserts: readonly Fragment[];
  readonly removals: readonly string[];
};

export type Fragment = VrfFragment | CrossConnectFragment | SegmentFragment | PortFragment;

/**
 * One routing instance on a node: a circuit's VRF on an edge, a provider's VRF, one gateway instance,
 * a virtual machine, or (name `default`) the node's own tables.
 */
export type VrfFragment = {
  readonly kind: "vrf";
  readonly key: string;
  /** At most 15 characters of `[a-z0-9-]`, unique on the node; `default` is the node's main tables. */
  readonly name: string;
  readonly interfaces: readonly VrfInterface[];
  readonly routes: readonly StaticRoute[];
  readonly bgp?: Bgp;
  /**
   * Router configuration as text, in place of `bgp`: a customer edge runs exactly what the
   * router-config generator gives to customers. It may name interfaces of this fragment.
   */
  readonly frrText?: string;
  /** A VRF that translates is forwarded by the kernel alone: the datapath's own way passes no translation. */
  readonly nat?: readonly SourceNat[];
};

/** What leaves by the interface and comes from none of `except` gets the address of its family as source (RFC 3022). */
export type SourceNat = {
  readonly interface: string;
  /** At most one of each family. */
  readonly addresses: readonly string[];
  readonly except: readonly string[];
};

export type VrfInterface = Subinterface | Tunnel | SegmentInterface | Loopback;

type InterfaceBase = {
  /** At most 15 characters, unique within the VRF on this node. */
  readonly name: string;
  /** Addresses with their prefix length, both families: `192.168.1.2/30`. Empty where text sets them. */
  readonly addresses: readonly string[];
  readonly mtu: number;
};

/** How fast traffic may go, and under which name it is counted. All interfaces of a meter on a node share it. */
export type Metered = {
  readonly meter?: string;
  /** Each direction by itself, over all interfaces of the meter on this node. Absent: not policed. */
  readonly policeMbps?: number;
  /** The rate is enforced once this much has passed, and until the traffic is below the rate. Absent: always. */
  readonly policeAboveMbps?: number;
  /** Packets per second, each direction by itself. Absent: not policed by packets. */
  readonly policePps?: number;
};

/**
 * How marked packets are told apart where the rate does not do for all: the classes of a public peering, by
 * their code points (RFC 2474). Absent: marks are carried and mean nothing.
 */
export type Scheduled = { readonly scheduling?: "byMark" };

/** A hand-off on a port, told apart from others on the port by its tags. */
export type Subinterface = InterfaceBase &
  Metered &
  Scheduled & {
    readonly kind: "subinterface";
    readonly port: string;
    /** Outermost first, each 1..4094: `[sTag, cTag]` is QinQ, `[cTag]` Dot1Q, `[]` the untagged port. Both EtherTypes are 0x8100. */
    readonly tags: readonly number[];
    /** Locally administered unicast, unique on the port. */
    readonly mac: string;
    /** What of its meter passes here is counted once more by itself, under this name, which has no rate. */
    readonly part?: string;
  };

/** A point-to-point VXLAN tunnel over the node's underlay. "In" of its meter is what comes out of the tunnel. */
export type Tunnel = InterfaceBase &
  Metered & {
    readonly kind: "tunnel";
    readonly vni: number;
    /** Underlay addresses. */
    readonly local: string;
    readonly remote: string;
  };

/**
 * A leg on a segment of the same node: a gateway instance or a virtual machine on its virtual network. "In" of
 * its meter is what goes onto the segment.
 */
export type SegmentInterface = InterfaceBase &
  Metered & {
    readonly kind: "segment";
    readonly segment: string;
    readonly mac: string;
  };

export type Loopback = InterfaceBase & { readonly kind: "loopback" };

/** Of an edge's VRF: the tunnel to the circuit's VRF on the other edge, which has a link of its own. */
export const REPAIR_INTERFACE = "repair";

/** `via` several next hops is ECMP per flow; no next hop means on-link on `interface`. */
export type StaticRoute = {
  readonly prefix: string;
  readonly via: readonly string[];
  readonly interface?: string;
  /**
   * Taken only by packets that no other route takes, and never by one that came in by the repair
   * interface: what an edge can no longer deliver, the other edge may; what neither can, ends.
   */
  readonly lastResort?: true;
  /** Packets to it end here, unless a longer prefix takes them. */
  readonly unreachable?: true;
};

export type Bgp = {
  readonly asn: number;
  readonly routerId: string;
  /** Originated here whether or not a route for them exists. */
  readonly networks: readonly string[];
  /** ECMP width, 1..64. */
  readonly maximumPaths: number;
  readonly neighbors: readonly Neighbor[];
};

export type Neighbor = {
  readonly address: string;
  readonly remoteAsn: number;
  /** The AS that this end has for the neighbor, where that is another than the speaker's. */
  readonly localAsn?: number;
  readonly description: string;
  /** False keeps the session configured and administratively down. */
  readonly enabled: boolean;
  /**
   * Address families exchanged over this session; IPv6 over an IPv4 session uses the interface's own
   * address as next hop. A neighbor of the same AS is told that routes lead through here, as others are.
   */
  readonly families: readonly Family[];
  /** TCP MD5 (RFC 2385). A secret: never printed. */
  readonly password?: string;
  readonly bfd?: BfdTimers;
  readonly keepaliveSeconds: number;
  readonly holdSeconds: number;
  /** Prefixes that are taken in, per family. */
  readonly maximumPrefixes?: { readonly ipv4: number; readonly ipv6: number };
  /**
   * What happens beyond them: the session is torn down until fewer come, or the newest are discarded and
   * told of. Absent: torn down.
   */
  readonly beyondMaximum?: "tearDown" | "discard";
  /** Room that it shares with other neighbors on the node, beside what it may take in by itself. */
  readonly room?: SharedRoom;
  /** The neighbor is this many hops away, and nothing from farther is listened to (RFC 5082). */
  readonly ttlSecurityHops?: number;
  /** What this end is to the neighbor; strict: no session with one that does not say its own (RFC 9234). */
  readonly role?: { readonly name: BgpRole; readonly strict: boolean };
  /** Private AS numbers are taken out of the path of what is given out. */
  readonly removePrivateAs?: true;
  /** Where the neighbor's own AS number is in a path given out, this one's stands for it: two sites of one number. */
  readonly asOverride?: true;
  readonly importPolicy: RoutePolicy;
  readonly exportPolicy: RoutePolicy;
};

/**
 * All neighbors of a room on a node take in so many prefixes together, of both families; one that comes
 * several times counts once. The newest beyond are discarded, wherever they come from, and told of.
 */
export type SharedRoom = { readonly name: string; readonly prefixes: number };

/** Where the newest are discarded: this many times the limit at once ends the session all the same. */
export const BURST_FACTOR = 2;

export type BgpRole = "provider" | "customer";

/** RFC 5880: sent and required interval are the same here. */
export type BfdTimers = { readonly intervalMs: number; readonly multiplier: number };

/** The first rule that matches decides; a route that no rule matches is denied (RFC 8212). */
export type RoutePolicy = readonly PolicyRule[];

export type PolicyRule = {
  readonly action: "permit" | "deny";
  /** Absent: every prefix of both families. */
  readonly prefixes?: readonly PrefixMatch[];
  /** Absent: whatever the route carries; otherwise it carries one of these. */
  readonly communities?: readonly string[];
  readonly setWeight?: number;
  readonly setLocalPreference?: number;
  /** AS numbers put in front of the path. */
  readonly prepend?: readonly number[];
  /** Standard communities, `12076:50002`, added to what the route carries. */
  readonly addCommunities?: readonly string[];
};

/** Without `le`, the exact prefix; with it, every longer one up to that length too. */
export type PrefixMatch = { readonly prefix: string; readonly ge?: number; readonly le?: number };

/** A provider's L2 path between two ends. What carries none of its tags never enters it. */
export type CrossConnectFragment = {
  readonly kind: "crossConnect";
  readonly key: string;
  /** Counters are kept under this name. */
  readonly meter: string;
  readonly ends: readonly [CrossConnectEnd, CrossConnectEnd];
  /**
   * Link loss forwarding: while one end is down (a port without carrier, or a tunnel whose far end
   * said so), the port at the other end is kept down too, if it is exclusive, so that routers see the
   * loss at once (MEF 10.4).
   */
  readonly lossForwarding: boolean;
};

export type CrossConnectEnd = PortEnd | TunnelEnd;

/**
 * Frames on `port` whose outermost tag is `outer`; `outer: null` takes the whole port, frames as they
 * come. Crossing from one end to the other takes off this end's outer tag and puts on the other's.
 */
export type PortEnd = {
  readonly kind: "port";
  readonly port: string;
  readonly outer: number | null;
  /** The port is this circuit's alone. Others may never be taken down on its account. */
  readonly exclusive: boolean;
};
export type TunnelEnd = {
  readonly kind: "tunnel";
  readonly name: string;
  readonly vni: number;
  readonly local: string;
  readonly remote: string;
};

/** An Ethernet segment inside a node: a virtual network, or an underlay that joins ports. */
export type SegmentFragment = {
  readonly kind: "segment";
  readonly key: string;
  readonly name: string;
  /** Ports of the node that belong to it, untagged. */
  readonly ports: readonly string[];
  readonly mtu: number;
};

/** State of a physical port. One without a fragment is up, and nothing on it is encrypted. */
export type PortFragment = {
  readonly kind: "port";
  readonly key: string;
  readonly port: string;
  readonly enabled: boolean;
  /** All frames of the port are encrypted, or none passes; where a node cannot, it says so in the result. */
  readonly macSec?: MacSec;
};

/** IEEE 802.1AE, its keys agreed on from pre-shared ones (IEEE 802.1X-2020 §9). */
export type MacSec = {
  readonly cipher: MacSecCipher;
  /** Whether frames name the channel that they are of. */
  readonly sci: boolean;
  /** In order of their slots. */
  readonly keys: readonly MacSecKey[];
  /** The slot whose key is used as soon as the other end has it; the other key is, as long as it has not. */
  readonly preferred: number;
};

export type MacSecCipher = "GcmAes128" | "GcmAes256" | "GcmAesXpn128" | "GcmAesXpn256";

/** Name and key, in hexadecimal digits. Secrets: never printed. */
export type MacSecKey = { readonly slot: number; readonly ckn: string; readonly cak: string };
