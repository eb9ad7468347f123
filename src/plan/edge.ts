/**
 * One circuit's VRF on one edge: the subinterface to the customer or provider, the tunnels to the
 * gateways, and BGP between them. Nothing is taken in or given out that a rule does not name (RFC 8212).
 */
import { limits } from "../domain/limits.ts";
import type { Neighbor, Side, Subinterface, VrfFragment } from "../fabric/intent.ts";
import type { Inventory } from "../fabric/inventory.ts";
import {
  type CircuitView,
  circuitMeter,
  edgeHandOff,
  isLinkOn,
  type PrivatePeeringView,
} from "./circuit-view.ts";
import { customerExport, customerImport, gatewayExport, gatewayImport } from "./edge-policy.ts";
import { EDGE_BFD, GATEWAY_TIMERS } from "./edge-timers.ts";
import { fastPathNeighbors, fastPathTunnels } from "./fast-path.ts";
import { joinNeighbors, joinTunnels } from "./join.ts";
import { circuitMtu } from "./mtu.ts";
import { circuitVrf, macOf, peeringAddresses, peeringInterface } from "./names.ts";
import { edgeSession } from "./peering-neighbor.ts";
import { INSTANCES, repairTunnel, tunnelEnd, tunnelPeer, underlayAddress } from "./tunnel.ts";

export function planEdge(
  inventory: Inventory,
  circuit: CircuitView,
  side: Side,
): { node: string; fragment: VrfFragment } | undefined {
  const { peering } = circuit;
  if (peering === undefined || !circuit.provisioned) return undefined;
  const { node } = edgeHandOff(circuit, side);
  const local = underlayAddress(inventory, node);
  const other = edgeHandOff(circuit, side === "primary" ? "secondary" : "primary").node;
  const ends = { local, remote: underlayAddress(inventory, other) };
  const mtu = circuitMtu(circuit);
  const repair = repairTunnel(circuit.number, side, { ...ends, mtu });
  const tunnels = circuit.connections.flatMap(({ tunnelBlock: block, gatewayHost }) =>
    INSTANCES.map((instance) =>
      tunnelEnd("edge", {
        block,
        instance,
        side,
        local,
        remote: underlayAddress(inventory, gatewayHost),
        mtu,
      }),
    ),
  );
  return {
    node,
    fragment: {
      kind: "vrf",
      key: `circuit/${circuit.serviceKey}/private`,
      name: circuitVrf(circuit.serviceKey),
      interfaces: [
        edgeSubinterface(circuit, peering, side),
        ...tunnels,
        ...fastPathTunnels(inventory, circuit, { side, local }),
        ...joinTunnels(inventory, circuit, side),
        repair.tunnel,
      ],
      routes: repair.via.map((hop) => ({
        prefix: hop.includes(":") ? "::/0" : "0.0.0.0/0",
        via: [hop],
        lastResort: true,
      })),
      bgp: {
        asn: inventory.cloudAsn,
        routerId: local,
        networks: [],
        maximumPaths: 8,
        neighbors: [
          ...customerNeighbors(circuit, peering, side),
          ...gatewayNeighbors(inventory, circuit, side),
          ...fastPathNeighbors(inventory, circuit, side),
          ...joinNeighbors(inventory, circuit, { side, peering }),
        ],
      },
    },
  };
}

function edgeSubinterface(
  circuit: CircuitView,
  peering: PrivatePeeringView,
  side: Side,
): Subinterface {
  const { node, port, tags } = edgeHandOff(circuit, side);
  return {
    kind: "subinterface",
    name: peeringInterface(circuit.serviceKey),
    port,
    tags,
    mac: macOf(`${node}/${circuit.serviceKey}/private`),
    addresses: peering.families.map((family) => peeringAddresses(family[side]).cloud),
    mtu: circuitMtu(circuit),
    ...circuitMeter(circuit),
  };
}

function customerNeighbors(
  circuit: CircuitView,
  peering: PrivatePeeringView,
  side: Side,
): Neighbor[] {
  return peering.families.map((family) => ({
    address: peeringAddresses(family[side]).customerHost,
    remoteAsn: peering.peerAsn,
    description: `${side} link of ${circuit.serviceKey}`,
    enabled: isLinkOn(circuit, family, side),
    families: [family.family],
    ...(peering.password === undefined ? {} : { password: peering.password }),
    ...edgeSession(peering),
    maximumPrefixes: peering.maximumPrefixes,
    // Two sites of one customer often have one AS number, and would take each other's routes for loops.
    ...(circuit.joins.length > 0 ? { asOverride: true as const } : {}),
    importPolicy: customerImport(circuit, peering),
    exportPolicy: customerExport(circuit, peering),
  }));
}

function gatewayNeighbors(inventory: Inventory, circuit: CircuitView, side: Side): Neighbor[] {
  return circuit.connections.flatMap((connection) =>
    INSTANCES.map((instance) => ({
      address: tunnelPeer("edge", { block: connection.tunnelBlock, instance, side }),
      remoteAsn: inventory.gatewayAsn,
      description: `gateway ${connection.gatewayNumber} instance ${instance}`,
      enabled: true,
      families: ["ipv4", "ipv6"] as const,
      bfd: EDGE_BFD,
      ...GATEWAY_TIMERS,
      // Beyond it the connection's sessions end, as in the original.
      maximumPrefixes: limits.toldPrefixes,
      importPolicy: gatewayImport(connection),
      ...(connection.allowsRemote ? { asOverride: true as const } : {}),
      exportPolicy: gatewayExport(circuit, connection),
    })),
  );
}
