/**
 * The fates of a packet, a closed list, and the trace it leaves behind.
 * A trace has one step for every routing instance and every wire; frames inside a VXLAN tunnel
 * show as the outer frames on the wires of the underlay, marked `encapsulated`.
 */
import type { NodeName } from "../fabric/intent.ts";
import type { Place, PortPlace } from "../fabric/probe.ts";

export type Disposition =
  /** An interface of the last routing instance owns the destination. */
  | "delivered"
  /** A routing instance has no route, or none whose next hop can be resolved. */
  | "noRoute"
  /** The next wire has no carrier. */
  | "linkDown"
  /** A port got tags that nothing on it accepts. */
  | "unknownTag"
  /** A silent port threw the frame away while its link stayed up. */
  | "droppedSilently"
  /** A router was sent a packet in its own name: RFC 1812 §5.3.7. */
  | "martianSource"
  /** A router has no route back to where the packet says it is from: RFC 3704 §2.4. */
  | "unroutableSource"
  /** The time to live ran out, or a frame ran in a circle of segments. */
  | "loop"
  /** Nobody on the wire answers for the next hop. */
  | "unresolvedNeighbor"
  /** It must not be cut, and is larger than the interface that it would leave by takes (RFC 1191, RFC 8201). */
  | "tooLarge"
  /** The underlay does not lead to the far end, or the far end knows no such tunnel. */
  | "tunnelUnreachable";

export type WireStep = {
  readonly kind: "wire";
  readonly from: PortPlace;
  readonly to: PortPlace;
  /** Outermost first. */
  readonly tags: readonly number[];
  readonly encapsulated: boolean;
};

type InstanceStep = Place & {
  readonly kind: "vrf";
  /** Where the packet came in; absent where it was made. */
  readonly interface?: string;
};

export type TraceStep = WireStep | InstanceStep;

/** One packet that a meter saw. */
export type MeterPass = {
  readonly node: NodeName;
  readonly meter: string;
  readonly direction: "in" | "out";
};

export function portKey({ node, port }: PortPlace): string {
  return `${node}:${port}`;
}

export function placeKey({ node, vrf }: Place): string {
  return `${node}/${vrf}`;
}
