/** What planning needs to know of a circuit: desired state and inventory, nothing that was observed. */

import type { JoinOptions } from "../domain/join-options.ts";
import type { PeeringOptions } from "../domain/peering-options.ts";
import type { Metered, Side } from "../fabric/intent.ts";
import {
  type HandOff,
  type Inventory,
  type PortPair,
  type Provider,
  parsePortReference,
} from "../fabric/inventory.ts";

export type DirectPair = Inventory["peeringLocations"][number]["directPortPairs"][number];

export type CircuitView = {
  readonly id: string;
  readonly serviceKey: string;
  /** Given out once among all circuits (I4); the tunnel between its edges is numbered by it. */
  readonly number: number;
  /** Absent on Direct with Dot1Q. */
  readonly stag?: number;
  readonly bandwidthMbps: number;
  /** Provider circuits always, and strictly; Direct when its rate limit is on, with a fifth of grace. */
  readonly policed: boolean;
  /** Absent: the ordinary one. */
  readonly mtu?: number;
  readonly carriage: Carriage;
  /** The provider's layer 2 stands (always on Direct). */
  readonly provisioned: boolean;
  readonly peering?: PrivatePeeringView;
  readonly publicPeering?: PublicPeeringView;
  readonly connections: readonly ConnectionView[];
  readonly joins: readonly JoinView[];
  /** Both peerings are without sessions on it, for a failover test. */
  readonly linkUnderTest?: Side;
};

export type Carriage =
  | {
      readonly kind: "provider";
      readonly provider: Provider;
      readonly portPair: PortPair;
      readonly handOff?: HandOff;
    }
  | {
      readonly kind: "direct";
      readonly pair: DirectPair;
      readonly encapsulation: "Dot1Q" | "QinQ";
    };

export type PrivatePeeringView = {
  readonly peerAsn: number;
  readonly vlanId: number;
  readonly password?: string;
  readonly families: readonly PeeringFamilyView[];
  readonly lastModifiedBy: "Customer" | "Provider";
  readonly maximumPrefixes: { readonly ipv4: number; readonly ipv6: number };
  /** Absent: all at their defaults. */
  readonly options?: PeeringOptions;
};

/** The peering to public services. Its own VRF, its own C-tag; the circuit's one meter. */
export type PublicPeeringView = Pick<
  PrivatePeeringView,
  "peerAsn" | "vlanId" | "password" | "lastModifiedBy"
> & { readonly families: readonly PublicFamilyView[] };

export type PublicFamilyView = PeeringFamilyView & {
  /** Prefixes that the customer asked to announce, whoever holds them. */
  readonly asked: readonly string[];
  /** Those of them that were validated: no other is taken from the customer. */
  readonly accepted: readonly string[];
  /** Communities that the attached route filter lets through; none without a filter. */
  readonly communities: readonly string[];
};

/** One address family of a peering: two link networks, a /30 or /126 each. */
export type PeeringFamilyView = {
  readonly family: "ipv4" | "ipv6";
  readonly enabled: boolean;
  readonly primary: string;
  readonly secondary: string;
};

/** A gateway joined to the circuit. */
export type ConnectionView = {
  readonly id: string;
  readonly tunnelBlock: number;
  readonly routingWeight: number;
  readonly gatewayNumber: number;
  readonly gatewayHost: string;
  /** Its network and others whose gateways allow it too reach each other by the edges. */
  readonly allowsRemote?: true;
  /** Each way, over both edges; absent: the gateway's and the circuit's own rates alone. */
  readonly rateMbps?: number;
  /** Of the connections that pass the gateway by, given out once on a circuit. */
  readonly fastPathSlot?: number;
  /** What the gateway tells of: spaces and summaries of its network and of those that use it. */
  readonly prefixes: readonly string[];
  /** The spaces themselves: nobody else may have a part of one. */
  readonly spaces: readonly string[];
};

/** Another circuit whose private peering is joined to this one's. */
export type JoinView = {
  readonly id: string;
  /** Given out once among all joins (I4). */
  readonly number: number;
  /** Whether the join was made at this circuit. */
  readonly isMaker: boolean;
  readonly peerServiceKey: string;
  readonly peerEdges: Readonly<Record<Side, string>>;
  /** A /29, a /125 or both: half of each for each side. */
  readonly networks: readonly string[];
  /** As asked for at the circuit that made the join. */
  readonly options: JoinOptions;
};

/** How much more than was ordered may pass before a Direct circuit's optional limit is enforced. */
const DIRECT_GRACE = 1.2;

/** All peerings of a circuit share one bandwidth. */
export function circuitMeter(circuit: CircuitView): Metered {
  const { serviceKey: meter, bandwidthMbps: policeMbps, carriage, policed } = circuit;
  if (!policed) return { meter };
  if (carriage.kind === "provider") return { meter, policeMbps };
  return { meter, policeMbps, policeAboveMbps: policeMbps * DIRECT_GRACE };
}

/** Whether the customer's sessions of a family are wanted on that link. */
export function isLinkOn(
  { linkUnderTest }: CircuitView,
  { enabled }: Pick<PeeringFamilyView, "enabled">,
  side: Side,
): boolean {
  return enabled && linkUnderTest !== side;
}

/** Where one link of the circuit ends at the cloud, and the tags it carries there. */
export function edgeHandOff(
  circuit: CircuitView,
  side: Side,
  peering: Pick<PrivatePeeringView, "vlanId"> | undefined = circuit.peering,
): { node: string; port: string; tags: readonly number[] } {
  const inner = peering === undefined ? [] : [peering.vlanId];
  return {
    ...edgePort(circuit.carriage, side),
    tags: circuit.stag === undefined ? inner : [circuit.stag, ...inner],
  };
}

function edgePort(carriage: Carriage, side: Side): { node: string; port: string } {
  return parsePortReference(
    carriage.kind === "provider" ? carriage.portPair[side].edge : carriage.pair[side],
  );
}

/** The two edges that a circuit carried so ends at. */
export function edgesOf(carriage: Carriage): Record<Side, string> {
  return {
    primary: edgePort(carriage, "primary").node,
    secondary: edgePort(carriage, "secondary").node,
  };
}

/** Where one link meets the customer's own router; undefined in the managed L3 models and before provisioning. */
export function customerHandOff(
  circuit: CircuitView,
  side: Side,
  peering: Pick<PrivatePeeringView, "vlanId"> | undefined = circuit.peering,
): { port: string; tags: readonly number[] } | undefined {
  const { carriage } = circuit;
  if (peering === undefined) return undefined;
  if (carriage.kind === "direct")
    return { port: carriage.pair[side], tags: edgeHandOff(circuit, side, peering).tags };
  if (carriage.handOff?.kind !== "l2") return undefined;
  const { port, outer } = carriage.handOff[side];
  if (outer === "none") return { port, tags: [peering.vlanId] };
  const outermost = outer === "same" ? circuit.stag : outer;
  return { port, tags: outermost === undefined ? [peering.vlanId] : [outermost, peering.vlanId] };
}
