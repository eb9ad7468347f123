/**
 * A virtual network on its gateway host: the segment, two gateway instances with BGP to both edges of
 * every circuit that is connected, and the virtual machines, which send outward by ECMP over both.
 */
import { addressText, prefixOf } from "../base/prefix.ts";
import type { Neighbor, Side, StaticRoute, Tunnel, VrfFragment } from "../fabric/intent.ts";
import type { Inventory } from "../fabric/inventory.ts";
import { SIDES } from "./circuit-view.ts";
import { EDGE_BFD, GATEWAY_TIMERS } from "./edge-timers.ts";
import {
  connectionMeter,
  gatewayMeter,
  gatewayVrf,
  macOf,
  segmentName,
  virtualMachineVrf,
} from "./names.ts";
import type { OwnedFragment } from "./plan.ts";
import {
  INSTANCES,
  type Instance,
  TUNNEL_MTU,
  tunnelEnd,
  tunnelPeer,
  underlayAddress,
} from "./tunnel.ts";

export type VirtualNetworkView = {
  readonly number: number;
  readonly host: string;
  readonly prefixes: readonly string[];
  readonly gateway?: GatewayView;
  readonly machines: readonly MachineView[];
};

export type GatewayView = {
  readonly number: number;
  /** Per instance its addresses in the GatewaySubnet, with that subnet's length. */
  readonly instances: readonly [readonly string[], readonly string[]];
  readonly connections: readonly GatewayConnectionView[];
  /** What its SKU carries each way, over both instances, which are on one host. */
  readonly capacity: { readonly mbps: number; readonly pps: number };
};

export type GatewayConnectionView = {
  readonly tunnelBlock: number;
  readonly routingWeight: number;
  readonly edges: Readonly<Record<Side, string>>;
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
      mtu: TUNNEL_MTU,
    } as const,
    ...(gateway === undefined
      ? []
      : INSTANCES.map((instance) => gatewayInstance(inventory, { network, gateway, instance }))),
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
  const leg = `lan${network.number}`;
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
        mtu: TUNNEL_MTU,
        meter: gatewayMeter(gateway.number),
        policeMbps: gateway.capacity.mbps,
        policePps: gateway.capacity.pps,
      },
      ...gateway.connections.flatMap((connection) =>
        tunnels(inventory, network.host, { connection, instance }),
      ),
    ],
    routes: onLink(network.prefixes, leg),
    bgp: {
      asn: inventory.gatewayAsn,
      routerId: hostOnly(gateway.instances[instance][0] ?? "0.0.0.1"),
      networks: network.prefixes,
      maximumPaths: 16,
      neighbors: gateway.connections.flatMap((connection) =>
        edgeNeighbors(inventory, { connection, instance, network }),
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
    }),
    meter: connectionMeter(connection.tunnelBlock),
  }));
}

function edgeNeighbors(
  inventory: Inventory,
  at: { connection: GatewayConnectionView; instance: Instance; network: VirtualNetworkView },
): Neighbor[] {
  const { connection, instance, network } = at;
  return SIDES.map((side) => ({
    address: tunnelPeer("gateway", { block: connection.tunnelBlock, instance, side }),
    remoteAsn: inventory.cloudAsn,
    description: `${side} edge ${connection.edges[side]}`,
    enabled: true,
    families: ["ipv4", "ipv6"],
    bfd: EDGE_BFD,
    ...GATEWAY_TIMERS,
    importPolicy: [
      {
        action: "permit",
        ...(connection.routingWeight > 0 ? { setWeight: connection.routingWeight } : {}),
      },
    ],
    exportPolicy: [{ action: "permit", prefixes: network.prefixes.map((prefix) => ({ prefix })) }],
  }));
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
        mtu: TUNNEL_MTU,
      },
    ],
    routes: [...onLink(network.prefixes, "eth0"), ...outward(network, machine)],
  };
}

/** The whole address space is one segment, whatever subnet an address is in. */
function onLink(prefixes: readonly string[], leg: string): StaticRoute[] {
  return prefixes.map((prefix) => ({ prefix, via: [], interface: leg }));
}

function outward({ gateway }: VirtualNetworkView, machine: MachineView): StaticRoute[] {
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
