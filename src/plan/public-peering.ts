/**
 * The public-service peering of one circuit on one edge: a VRF of its own with the second C-tag, BGP to
 * the customer, and tunnels to the hosts of public services. From the customer it takes the validated
 * prefixes and what is inside them, to the customer it tells what the route filter names, and it has no
 * route to any other customer (RFC 8212). There is no repair over the other edge here: a route of last
 * resort would be a way back for every source, and foreign sources are dropped for having none.
 */
import type { Neighbor, RoutePolicy, Side, VrfFragment } from "../fabric/intent.ts";
import type { Inventory } from "../fabric/inventory.ts";
import {
  type CircuitView,
  circuitMeter,
  edgeHandOff,
  isLinkOn,
  type PublicFamilyView,
  type PublicPeeringView,
} from "./circuit-view.ts";
import { exact, inside } from "./edge-policy.ts";
import { EDGE_BFD, EDGE_TIMERS, GATEWAY_TIMERS } from "./edge-timers.ts";
import { publicMtu } from "./mtu.ts";
import { macOf, peeringAddresses, publicInterface, publicMeter, publicVrf } from "./names.ts";
import { serviceHosts, servicePeer, serviceTunnel } from "./service-tunnel.ts";
import { allowedPrefixes } from "./services.ts";
import { underlayAddress } from "./tunnel.ts";

/** Beyond this many in one family the session is closed, as the original does. */
const PREFIXES_MAX = { ipv4: 200, ipv6: 200 } as const;

export function planPublicEdge(
  inventory: Inventory,
  circuit: CircuitView,
  side: Side,
): { node: string; fragment: VrfFragment } | undefined {
  const { publicPeering: peering, serviceKey, number: circuitNumber } = circuit;
  if (peering === undefined || !circuit.provisioned) return undefined;
  const { node, port, tags } = edgeHandOff(circuit, side, peering);
  const local = underlayAddress(inventory, node);
  const tunnels = serviceHosts(inventory).map((host, hostIndex) =>
    serviceTunnel(
      "edge",
      { circuitNumber, hostIndex, side },
      { local, remote: underlayAddress(inventory, host) },
    ),
  );
  const interfaces: VrfFragment["interfaces"] = [
    {
      kind: "subinterface",
      name: publicInterface(serviceKey),
      port,
      tags,
      mac: macOf(`${node}/${serviceKey}/public`),
      addresses: peering.families.map((family) => peeringAddresses(family[side]).cloud),
      mtu: publicMtu(circuit),
      ...circuitMeter(circuit),
      part: publicMeter(serviceKey),
      ...(circuit.policed ? { scheduling: "byMark" as const } : {}),
    },
    ...tunnels,
  ];
  return {
    node,
    fragment: {
      kind: "vrf",
      key: `circuit/${serviceKey}/public`,
      name: publicVrf(serviceKey),
      interfaces,
      routes: [],
      bgp: {
        asn: inventory.cloudAsn,
        routerId: local,
        networks: [],
        maximumPaths: 8,
        neighbors: [
          ...peering.families.map((family) =>
            customerNeighbor(inventory, { circuit, peering, family, side }),
          ),
          ...serviceNeighbors(inventory, { circuit, peering, side }),
        ],
      },
    },
  };
}

function customerNeighbor(
  inventory: Inventory,
  at: { circuit: CircuitView; peering: PublicPeeringView; family: PublicFamilyView; side: Side },
): Neighbor {
  const { circuit, peering, family, side } = at;
  return {
    address: peeringAddresses(family[side]).customerHost,
    remoteAsn: peering.peerAsn,
    // Hosts of services have a private number, which is nobody's business outside.
    removePrivateAs: true,
    description: `${side} public link of ${circuit.serviceKey}`,
    enabled: isLinkOn(circuit, family, side),
    families: [family.family],
    ...(peering.password === undefined ? {} : { password: peering.password }),
    bfd: EDGE_BFD,
    ...EDGE_TIMERS,
    maximumPrefixes: PREFIXES_MAX,
    importPolicy: permitted(inside(family.accepted)),
    exportPolicy: permitted(exact(allowedPrefixes(inventory, family))),
  };
}

function serviceNeighbors(
  inventory: Inventory,
  at: { circuit: CircuitView; peering: PublicPeeringView; side: Side },
): Neighbor[] {
  const { circuit, peering, side } = at;
  const accepted = peering.families.flatMap((family) => family.accepted);
  return serviceHosts(inventory).map((host, hostIndex) => ({
    address: servicePeer("edge", { circuitNumber: circuit.number, hostIndex, side }),
    remoteAsn: inventory.gatewayAsn,
    // A customer who puts private numbers in front of a path makes it no longer by that.
    removePrivateAs: true,
    description: `public services on ${host}`,
    enabled: true,
    families: ["ipv4", "ipv6"] as const,
    bfd: EDGE_BFD,
    ...GATEWAY_TIMERS,
    importPolicy: permitted(
      exact(
        inventory.publicServices
          .filter(({ node }) => node === host)
          .flatMap(({ prefixes }) => prefixes),
      ),
    ),
    exportPolicy: permitted(inside(accepted)),
  }));
}

function permitted(prefixes: ReturnType<typeof exact>): RoutePolicy {
  return prefixes.length === 0 ? [] : [{ action: "permit", prefixes }];
}
