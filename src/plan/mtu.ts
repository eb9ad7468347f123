/** How large packets may be, from what a circuit declares: its links and tunnels, and the networks that it reaches. */
import { ORDINARY_MTU } from "../domain/circuit-options.ts";
import type { CircuitView } from "./circuit-view.ts";
import type { VirtualNetworkView } from "./virtual-network.ts";

export function circuitMtu({ mtu = ORDINARY_MTU }: Pick<CircuitView, "mtu">): number {
  return mtu;
}

/** Public services are on wires of the ordinary size. */
export function publicMtu(circuit: Pick<CircuitView, "mtu">): number {
  return Math.min(ORDINARY_MTU, circuitMtu(circuit));
}

/**
 * As large as the largest of the network's circuits: for the others the gateway says what is too large (RFC 1191,
 * RFC 8201). Networks that use another's gateway stay at the ordinary size.
 */
export function networkMtu({ gateway }: Pick<VirtualNetworkView, "gateway">): number {
  return Math.max(ORDINARY_MTU, ...(gateway?.connections ?? []).map(({ mtu }) => mtu));
}
