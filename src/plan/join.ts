/**
 * A join of two circuits' private peerings (Global Reach): a tunnel from each edge of the one circuit to
 * the edge of the other on the same side, over the join's own link networks, and iBGP between the VRFs.
 *
 * Only what a customer announced crosses: a route that came by a join never goes by another, nor to a
 * virtual network, and a virtual network's never crosses. So A–B and B–C do not give A–C.
 * RFC 4456 §2 (iBGP alone would not pass them on either; the mark says so of every neighbor).
 */
import { addressText, hostOf, prefixOf, printPrefix } from "../base/prefix.ts";
import type { Family, Neighbor, RoutePolicy, Side, Tunnel } from "../fabric/intent.ts";
import type { Inventory } from "../fabric/inventory.ts";
import {
  type CircuitView,
  edgeHandOff,
  type JoinView,
  type PrivatePeeringView,
} from "./circuit-view.ts";
import { cloudPrefixes, denied, exact, inside, JOINED_COMMUNITY, ownSpace } from "./edge-policy.ts";
import { EDGE_BFD, GATEWAY_TIMERS } from "./edge-timers.ts";
import { circuitMtu } from "./mtu.ts";
import { joinInterface, joinMeter } from "./names.ts";
import { underlayAddress } from "./tunnel.ts";

/** Above the gateways' tunnels, below the repair tunnels. */
const JOIN_VNI_BASE = 40_000;

type JoinEnd = { readonly family: Family; readonly own: string; readonly peer: string };

/** The ends of one side's links, as one circuit sees them; the circuit that made the join has the first host. */
export function joinEnds(
  { networks, isMaker }: Pick<JoinView, "networks" | "isMaker">,
  side: Side,
): readonly JoinEnd[] {
  return networks.map((text) => {
    const network = prefixOf(text);
    const half = side === "primary" ? 0 : 4;
    const length = network.length + 1;
    const at = (host: number) => ({ ...hostOf(network, half + host), length });
    const [own, peer] = isMaker ? [at(1), at(2)] : [at(2), at(1)];
    return { family: network.family, own: printPrefix(own), peer: addressText(peer) };
  });
}

export function joinTunnels(inventory: Inventory, circuit: CircuitView, side: Side): Tunnel[] {
  const local = underlayAddress(inventory, edgeHandOff(circuit, side).node);
  return circuit.joins.map((join) => ({
    kind: "tunnel",
    name: joinInterface(join.number),
    vni: JOIN_VNI_BASE + join.number * 2 + (side === "primary" ? 0 : 1),
    local,
    remote: underlayAddress(inventory, join.peerEdges[side]),
    addresses: joinEnds(join, side).map(({ own }) => own),
    mtu: circuitMtu(circuit),
    meter: joinMeter(join.number),
    ...(join.options.rateMbps === undefined ? {} : { policeMbps: join.options.rateMbps }),
  }));
}

/** A session for each family, so that each is told of by itself. */
export function joinNeighbors(
  inventory: Inventory,
  circuit: CircuitView,
  { side, peering }: { side: Side; peering: PrivatePeeringView },
): Neighbor[] {
  return circuit.joins.flatMap((join) =>
    joinEnds(join, side).map(({ family, peer }) => ({
      address: peer,
      remoteAsn: inventory.cloudAsn,
      description: `join with ${join.peerServiceKey}`,
      enabled: true,
      families: [family],
      bfd: EDGE_BFD,
      ...GATEWAY_TIMERS,
      importPolicy: joinImport(circuit, join, peering),
      exportPolicy: joinExport(circuit, join),
    })),
  );
}

/** A circuit's own customer is always nearer than one behind a join. */
const JOINED_PREFERENCE = 50;

function joinImport(
  circuit: CircuitView,
  { isMaker, options }: JoinView,
  peering: PrivatePeeringView,
): RoutePolicy {
  const taken = isMaker ? options.importPrefixes : undefined;
  return [
    ...denied([...ownSpace(circuit, peering), ...exact(EVERYTHING)]),
    {
      action: "permit",
      ...(taken === undefined ? {} : { prefixes: taken }),
      addCommunities: [JOINED_COMMUNITY],
      setLocalPreference: JOINED_PREFERENCE,
    },
  ];
}

/** A default route over a join would let in, by the other circuit's table, what the join is to keep out. */
const EVERYTHING = ["0.0.0.0/0", "::/0"];

/** The customer's routes alone: neither what came by a join nor the virtual networks'. */
function joinExport(circuit: CircuitView, { isMaker, options }: JoinView): RoutePolicy {
  const given = isMaker ? options.exportPrefixes : undefined;
  return [
    { action: "deny", communities: [JOINED_COMMUNITY] },
    ...denied(inside(cloudPrefixes(circuit))),
    { action: "permit", ...(given === undefined ? {} : { prefixes: given }) },
  ];
}
