/**
 * FastPath: edge to virtual machine past the gateway. A forwarder on the virtual network's host announces the
 * machines' own addresses to both edges, so that their longer prefixes win while it can be reached, and the
 * gateway's routes of whole spaces are there when it cannot. It is met in the direction of the cloud alone; what
 * machines send leaves by the gateway as before.
 */
import { addressText, hostOf, prefixOf, printPrefix } from "../base/prefix.ts";
import { fastPathAddressesMax } from "../domain/fast-path.ts";
import {
  type Neighbor,
  type PrefixMatch,
  type RoutePolicy,
  type SharedRoom,
  SIDES,
  type Side,
  type Tunnel,
  type VrfFragment,
} from "../fabric/intent.ts";
import type { Inventory } from "../fabric/inventory.ts";
import { type CircuitView, type ConnectionView, edgesOf } from "./circuit-view.ts";
import { gatewayExport } from "./edge-policy.ts";
import { EDGE_BFD, GATEWAY_TIMERS } from "./edge-timers.ts";
import { circuitMtu, networkMtu } from "./mtu.ts";
import { addressRoom, fastPathMeter, fastPathVrf, macOf, segmentName } from "./names.ts";
import { underlayAddress } from "./tunnel.ts";
import type { GatewayConnectionView, VirtualNetworkView } from "./virtual-network.ts";

/** Above the joins' tunnels, below the repair tunnels. */
const FAST_PATH_VNI_BASE = 60_000;
/** Behind the eight of the repair tunnel; the same in every VRF of a circuit, and routed nowhere (RFC 6890). */
const ENDS_IPV4 = prefixOf("192.0.0.0/24");
const ENDS_IPV6 = prefixOf("fdca:5e:3::/64");

type End = "edge" | "host";
type Place = { readonly block: number; readonly slot: number; readonly side: Side };

function addressesOfEnds({ block, slot, side }: Place, at: End) {
  const second = side === "primary" ? 0 : 1;
  const host = at === "edge" ? 2 : 1;
  return {
    ipv4: { ...hostOf(ENDS_IPV4, 8 + (slot * 2 + second) * 4 + host), length: 30 },
    ipv6: { ...hostOf(ENDS_IPV6, (block * 2 + second) * 4 + host), length: 126 },
  };
}

function tunnel(
  place: Place,
  at: End,
  ends: { local: string; remote: string; mtu: number },
): Tunnel {
  const { ipv4, ipv6 } = addressesOfEnds(place, at);
  const { block, side } = place;
  return {
    kind: "tunnel",
    name: at === "edge" ? `f${block}` : `f${block}${side === "primary" ? "p" : "s"}`,
    vni: FAST_PATH_VNI_BASE + block * 2 + (side === "primary" ? 0 : 1),
    ...ends,
    addresses: [printPrefix(ipv4), printPrefix(ipv6)],
  };
}

/** The address that a session is made to from that end. */
export function fastPathPeer(place: Place, at: End): string {
  return addressText(addressesOfEnds(place, at === "edge" ? "host" : "edge").ipv4);
}

function neighbor(
  place: Place,
  at: End,
  rest: Pick<Neighbor, "remoteAsn" | "description" | "importPolicy" | "exportPolicy" | "room"> &
    Partial<Pick<Neighbor, "enabled">>,
): Neighbor {
  return {
    address: fastPathPeer(place, at),
    enabled: true,
    families: ["ipv4", "ipv6"],
    bfd: EDGE_BFD,
    ...GATEWAY_TIMERS,
    ...rest,
  };
}

type Fast = ConnectionView & { readonly fastPathSlot: number };

function fastOnes({ connections }: CircuitView): readonly Fast[] {
  return connections.flatMap((one) =>
    one.fastPathSlot === undefined ? [] : [{ ...one, fastPathSlot: one.fastPathSlot }],
  );
}

export function fastPathTunnels(
  inventory: Inventory,
  circuit: CircuitView,
  { side, local }: { side: Side; local: string },
): Tunnel[] {
  return fastOnes(circuit).map(
    ({ tunnelBlock: block, fastPathSlot: slot, gatewayHost, rateMbps }) => ({
      ...tunnel({ block, slot, side }, "edge", {
        local,
        remote: underlayAddress(inventory, gatewayHost),
        mtu: circuitMtu(circuit),
      }),
      meter: fastPathMeter(block),
      ...(rateMbps === undefined ? {} : { policeMbps: rateMbps }),
    }),
  );
}

export function fastPathNeighbors(
  inventory: Inventory,
  circuit: CircuitView,
  side: Side,
): Neighbor[] {
  return fastOnes(circuit).map((connection) => {
    const { tunnelBlock: block, fastPathSlot: slot, spaces } = connection;
    return neighbor({ block, slot, side }, "edge", {
      remoteAsn: inventory.gatewayAsn,
      description: `FastPath of connection ${block}`,
      importPolicy: [{ action: "permit", prefixes: spaces.map(hostsIn) }],
      exportPolicy: gatewayExport(circuit, connection),
      room: roomOf(inventory, circuit),
    });
  });
}

/** Circuits of a port pair share one. */
export function fastPathRoom({
  carriage,
  serviceKey,
}: Pick<CircuitView, "carriage" | "serviceKey">): string {
  return addressRoom(carriage.kind === "direct" ? carriage.pair.name : serviceKey);
}

/** A location's edges may hold less than the circuit, or the port pair, might have. */
function roomOf({ peeringLocations }: Inventory, circuit: CircuitView): SharedRoom {
  const { carriage } = circuit;
  const isDirect = carriage.kind === "direct";
  const { primary, secondary } = edgesOf(carriage);
  const location = peeringLocations.find(
    ({ edges }) => edges.primary === primary && edges.secondary === secondary,
  );
  const most = fastPathAddressesMax(isDirect ? carriage.pair.bandwidthGbps : undefined);
  return {
    name: fastPathRoom(circuit),
    prefixes: Math.min(most, location?.fastPathAddresses ?? most),
  };
}

/** Single addresses of a space. */
function hostsIn(prefix: string): PrefixMatch {
  const longest = prefix.includes(":") ? 128 : 32;
  return { prefix, ge: longest, le: longest };
}

/** The forwarder of a connection on the virtual network's host. */
export function fastPathForwarder(
  inventory: Inventory,
  network: VirtualNetworkView,
  connection: GatewayConnectionView,
): VrfFragment | undefined {
  const { tunnelBlock: block, fastPath } = connection;
  if (fastPath === undefined) return undefined;
  const leg = `lan${network.number}`;
  const local = underlayAddress(inventory, network.host);
  const places = SIDES.map((side) => ({ block, slot: fastPath.slot, side }));
  const announced: RoutePolicy = [{ action: "permit", prefixes: network.prefixes.map(hostsIn) }];
  return {
    kind: "vrf",
    key: `fastpath/${block}`,
    name: fastPathVrf(block),
    interfaces: [
      {
        kind: "segment",
        name: leg,
        segment: segmentName(network.number),
        mac: macOf(`fastpath/${block}`),
        addresses: [],
        mtu: networkMtu(network),
      },
      ...places.map((place) =>
        tunnel(place, "host", {
          local,
          remote: underlayAddress(inventory, connection.edges[place.side]),
          mtu: connection.mtu,
        }),
      ),
    ],
    routes: network.prefixes.map((prefix) => ({ prefix, via: [], interface: leg })),
    bgp: {
      asn: inventory.gatewayAsn,
      routerId: local,
      networks: addressesOf(network, fastPath),
      maximumPaths: 2,
      neighbors: places.map((place) =>
        neighbor(place, "host", {
          remoteAsn: inventory.cloudAsn,
          description: `${place.side} edge ${connection.edges[place.side]}`,
          enabled: connection.underTest !== true,
          importPolicy: [{ action: "permit" }],
          exportPolicy: announced,
        }),
      ),
    },
  };
}

/** All of them: how many an edge takes in is the edge's to say, and the others are met by the gateway. */
function addressesOf(
  { machines }: VirtualNetworkView,
  { isIpv6 }: { isIpv6: boolean },
): readonly string[] {
  return machines
    .toSorted((one, other) => one.number - other.number)
    .flatMap(({ addresses }) => addresses.map((address) => addressText(prefixOf(address))))
    .filter((address) => isIpv6 || !address.includes(":"))
    .map((address) => `${address}/${address.includes(":") ? 128 : 32}`);
}
