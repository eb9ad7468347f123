/**
 * A virtual network on its gateway host: the segment, two gateway instances with BGP to both edges of
 * every circuit that is connected, and the virtual machines, which send outward by ECMP over both.
 */
import { addressText, prefixOf } from "../base/prefix.ts";
import { ORDINARY_MTU } from "../domain/circuit-options.ts";
import type { ToldPrefix } from "../domain/gateway-transit.ts";
import {
  type Neighbor,
  type PolicyRule,
  type RoutePolicy,
  type SegmentInterface,
  SIDES,
  type Side,
  type StaticRoute,
  type Tunnel,
  type VrfFragment,
} from "../fabric/intent.ts";
import type { Inventory } from "../fabric/inventory.ts";
import { EDGE_BFD, GATEWAY_TIMERS } from "./edge-timers.ts";
import { fastPathForwarder } from "./fast-path.ts";
import { networkMtu } from "./mtu.ts";
import {
  connectionMeter,
  gatewayMeter,
  gatewayRoom,
  gatewayVrf,
  macOf,
  segmentName,
  virtualMachineVrf,
} from "./names.ts";
import type { OwnedFragment } from "./plan.ts";
import { INSTANCES, type Instance, tunnelEnd, tunnelPeer, underlayAddress } from "./tunnel.ts";

export type VirtualNetworkView = {
  readonly number: number;
  readonly host: string;
  /** The address spaces. */
  readonly prefixes: readonly string[];
  readonly gateway?: GatewayView;
  /** The gateway of another network that this one uses: it has a leg here. */
  readonly transit?: TransitView;
  readonly machines: readonly MachineView[];
};

export type GatewayView = {
  readonly number: number;
  /** Per instance its addresses in the GatewaySubnet, with that subnet's length. */
  readonly instances: readonly [readonly string[], readonly string[]];
  readonly connections: readonly GatewayConnectionView[];
  /** What its SKU carries each way, over both instances, which are on one host. */
  readonly capacity: { readonly mbps: number; readonly pps: number; readonly routes: number };
  /** Networks that use it over a peering; they live on the same host. */
  readonly spokes: readonly SpokeView[];
  readonly told: readonly ToldPrefix[];
};

export type SpokeView = { readonly number: number; readonly prefixes: readonly string[] };

export type TransitView = {
  readonly instances: GatewayView["instances"];
  /** Spaces of other networks that use the same gateway: it leads to none of them. */
  readonly siblings: readonly string[];
};

export type GatewayConnectionView = {
  readonly tunnelBlock: number;
  readonly routingWeight: number;
  readonly rateMbps?: number;
  /** The circuit's. */
  readonly mtu: number;
  /** Edges reach the machines past the gateway: so many addresses, of IPv6 on a Direct circuit alone. */
  readonly fastPath?: { readonly slot: number; readonly isIpv6: boolean };
  readonly edges: Readonly<Record<Side, string>>;
  /** A failover test keeps its circuit's peering location away from the gateway. */
  readonly underTest?: true;
};

export type MachineView = {
  readonly number: number;
  /** With the subnet's length. */
  readonly addresses: readonly string[];
};

export function planVirtualNetwork(
  inventory: Inventory,
  network: VirtualNetworkView,
): OwnedFragment[] {
  const { host, gateway, machines } = network;
  const segment = segmentName(network.number);
  const fragments = [
    {
      kind: "segment",
      key: `vnet/${network.number}`,
      name: segment,
      ports: [],
      mtu: networkMtu(network),
    } as const,
    ...(gateway === undefined
      ? []
      : [
          ...INSTANCES.map((instance) =>
            gatewayInstance(inventory, { network, gateway, instance }),
          ),
          ...gateway.connections.flatMap(
            (connection) => fastPathForwarder(inventory, network, connection) ?? [],
          ),
        ]),
    ...machines.map((machine) => virtualMachine(network, machine)),
  ];
  return fragments.map((fragment) => ({ node: host, fragment }));
}

function gatewayInstance(
  inventory: Inventory,
  at: { network: VirtualNetworkView; gateway: GatewayView; instance: Instance },
): VrfFragment {
  const { network, gateway, instance } = at;
  const name = gatewayVrf(gateway.number, instance);
  const leg = legName(network.number);
  return {
    kind: "vrf",
    key: `gateway/${gateway.number}/${instance}`,
    name,
    interfaces: [
      {
        kind: "segment",
        name: leg,
        segment: segmentName(network.number),
        mac: macOf(`gateway/${gateway.number}/${instance}`),
        addresses: gateway.instances[instance],
        mtu: networkMtu(network),
        ...policed(gateway),
      },
      ...gateway.spokes.map((spoke) => spokeLeg(gateway, spoke, instance)),
      ...gateway.connections.flatMap((connection) =>
        tunnels(inventory, network.host, { connection, instance }),
      ),
    ],
    routes: [
      ...onLink(network.prefixes, leg),
      ...gateway.spokes.flatMap(({ number, prefixes }) => onLink(prefixes, legName(number))),
      ...emptyParts(network, gateway),
    ],
    bgp: {
      asn: inventory.gatewayAsn,
      routerId: hostOnly(gateway.instances[instance][0] ?? "0.0.0.1"),
      networks: gateway.told.map(({ prefix }) => prefix),
      maximumPaths: 16,
      neighbors: gateway.connections.flatMap((connection) =>
        edgeNeighbors(inventory, { connection, instance, gateway }),
      ),
    },
  };
}

function tunnels(
  inventory: Inventory,
  host: string,
  { connection, instance }: { connection: GatewayConnectionView; instance: Instance },
): Tunnel[] {
  return SIDES.map((side) => ({
    ...tunnelEnd("gateway", {
      block: connection.tunnelBlock,
      instance,
      side,
      local: underlayAddress(inventory, host),
      remote: underlayAddress(inventory, connection.edges[side]),
      mtu: connection.mtu,
    }),
    meter: connectionMeter(connection.tunnelBlock),
    ...(connection.rateMbps === undefined ? {} : { policeMbps: connection.rateMbps }),
  }));
}

function edgeNeighbors(
  inventory: Inventory,
  at: { connection: GatewayConnectionView; instance: Instance; gateway: GatewayView },
): Neighbor[] {
  const { connection, instance, gateway } = at;
  return SIDES.map((side) => ({
    address: tunnelPeer("gateway", { block: connection.tunnelBlock, instance, side }),
    remoteAsn: inventory.cloudAsn,
    description: `${side} edge ${connection.edges[side]}`,
    enabled: connection.underTest !== true,
    families: ["ipv4", "ipv6"],
    bfd: EDGE_BFD,
    ...GATEWAY_TIMERS,
    // Both instances learn alike, so that what one can reach the other can.
    room: { name: gatewayRoom(gateway.number), prefixes: gateway.capacity.routes },
    importPolicy: [
      {
        action: "permit",
        ...(connection.routingWeight > 0 ? { setWeight: connection.routingWeight } : {}),
      },
    ],
    exportPolicy: toldPolicy(gateway.told),
  }));
}

/** One rule for each set of communities. */
function toldPolicy(told: readonly ToldPrefix[]): RoutePolicy {
  const bySet = new Map<string, ToldPrefix[]>();
  for (const one of told) {
    const set = one.communities.join(" ");
    bySet.set(set, [...(bySet.get(set) ?? []), one]);
  }
  return [...bySet.values()].map((same): PolicyRule => {
    const [{ communities } = { communities: [] }] = same;
    const prefixes = same.map(({ prefix }) => ({ prefix }));
    return {
      action: "permit",
      prefixes,
      ...(communities.length === 0 ? {} : { addCommunities: communities }),
    };
  });
}

/**
 * An instance's leg on the network of a spoke, under the addresses that it has at home: machines there
 * send outward to them.
 */
function spokeLeg(
  gateway: GatewayView,
  { number }: SpokeView,
  instance: Instance,
): SegmentInterface {
  return {
    kind: "segment",
    name: legName(number),
    segment: segmentName(number),
    mac: macOf(`gateway/${gateway.number}/${instance}/${number}`),
    addresses: gateway.instances[instance].map((address) => hostRoute(hostOnly(address))),
    mtu: ORDINARY_MTU,
    ...policed(gateway),
  };
}

/** All legs of both instances together carry what the SKU does. */
function policed({ number, capacity }: GatewayView) {
  return {
    meter: gatewayMeter(number),
    policeMbps: capacity.mbps,
    policePps: capacity.pps,
  };
}

/** A summary may say more than there is: what is sent there ends, and does not go back to an edge. */
function emptyParts(
  { prefixes }: VirtualNetworkView,
  { spokes, told }: GatewayView,
): StaticRoute[] {
  const spaces = new Set([...prefixes, ...spokes.flatMap((spoke) => spoke.prefixes)]);
  return told
    .filter(({ prefix }) => !spaces.has(prefix))
    .map(({ prefix }) => ({ prefix, via: [], unreachable: true }));
}

function legName(networkNumber: number): string {
  return `lan${networkNumber}`;
}

function hostRoute(address: string): string {
  return `${address}/${address.includes(":") ? 128 : 32}`;
}

function virtualMachine(network: VirtualNetworkView, machine: MachineView): VrfFragment {
  return {
    kind: "vrf",
    key: `vm/${machine.number}`,
    name: virtualMachineVrf(machine.number),
    interfaces: [
      {
        kind: "segment",
        name: "eth0",
        segment: segmentName(network.number),
        mac: macOf(`vm/${machine.number}`),
        addresses: machine.addresses,
        mtu: networkMtu(network),
      },
    ],
    routes: [
      ...onLink(network.prefixes, "eth0"),
      ...throughTransit(network.transit),
      ...outward(network, machine),
    ],
  };
}

/** The whole address space is one segment, whatever subnet an address is in. */
function onLink(prefixes: readonly string[], leg: string): StaticRoute[] {
  return prefixes.map((prefix) => ({ prefix, via: [], interface: leg }));
}

/** The gateway's instances are on this wire, with addresses of their own network. Spokes do not reach each other. */
function throughTransit(transit: TransitView | undefined): StaticRoute[] {
  if (transit === undefined) return [];
  const hops = transit.instances.flat().map((address) => hostRoute(hostOnly(address)));
  return [
    ...onLink(hops, "eth0"),
    ...transit.siblings.map((prefix): StaticRoute => ({ prefix, via: [], unreachable: true })),
  ];
}

function outward(network: VirtualNetworkView, machine: MachineView): StaticRoute[] {
  const gateway = network.gateway ?? network.transit;
  if (gateway === undefined) return [];
  return ["0.0.0.0/0", "::/0"].flatMap((prefix) => {
    const { family } = prefixOf(prefix);
    const ofFamily = (addresses: readonly string[]) =>
      addresses.filter((address) => prefixOf(address).family === family);
    const via = gateway.instances.flatMap(ofFamily).map(hostOnly);
    return ofFamily(machine.addresses).length === 0 || via.length === 0 ? [] : [{ prefix, via }];
  });
}

function hostOnly(address: string): string {
  return address.includes("/") ? addressText(prefixOf(address)) : address;
}
