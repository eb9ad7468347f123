/** What planning needs to know of a circuit: desired state and inventory, nothing that was observed. */
import type { Side } from "../fabric/intent.ts";
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
  /** Provider circuits always; Direct when its rate limit is on. */
  readonly policed: boolean;
  readonly carriage: Carriage;
  /** The provider's layer 2 stands (always on Direct). */
  readonly provisioned: boolean;
  readonly peering?: PrivatePeeringView;
  readonly connections: readonly ConnectionView[];
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
  /** The address spaces of its virtual network. */
  readonly prefixes: readonly string[];
};

export const SIDES: readonly Side[] = ["primary", "secondary"];

/** Where one link of the circuit ends at the cloud, and the tags it carries there. */
export function edgeHandOff(
  circuit: CircuitView,
  side: Side,
): { node: string; port: string; tags: readonly number[] } {
  const { carriage } = circuit;
  const reference =
    carriage.kind === "provider" ? carriage.portPair[side].edge : carriage.pair[side];
  const inner = circuit.peering === undefined ? [] : [circuit.peering.vlanId];
  return {
    ...parsePortReference(reference),
    tags: circuit.stag === undefined ? inner : [circuit.stag, ...inner],
  };
}

export function edgeNodes(circuit: CircuitView): Record<Side, string> {
  return {
    primary: edgeHandOff(circuit, "primary").node,
    secondary: edgeHandOff(circuit, "secondary").node,
  };
}

/** Where one link meets the customer's own router; undefined in the managed L3 models and before provisioning. */
export function customerHandOff(
  circuit: CircuitView,
  side: Side,
): { port: string; tags: readonly number[] } | undefined {
  const { carriage, peering } = circuit;
  if (peering === undefined) return undefined;
  if (carriage.kind === "direct")
    return { port: carriage.pair[side], tags: edgeHandOff(circuit, side).tags };
  if (carriage.handOff?.kind !== "l2") return undefined;
  const { port, outer } = carriage.handOff[side];
  if (outer === "none") return { port, tags: [peering.vlanId] };
  const outermost = outer === "same" ? circuit.stag : outer;
  return { port, tags: outermost === undefined ? [peering.vlanId] : [outermost, peering.vlanId] };
}
