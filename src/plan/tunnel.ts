/**
 * The four tunnels of a connection: two gateway instances, each to both edges.
 *
 * A connection holds one block of four numbers, given out once (I4); VNI and addresses follow from
 * them. IPv4 addresses are link-local space, which no customer can route to the cloud.
 */

import { invariant } from "../base/invariant.ts";
import { hostOf, prefixOf, printPrefix } from "../base/prefix.ts";
import { REPAIR_INTERFACE, type Side, type Tunnel } from "../fabric/intent.ts";
import type { Inventory } from "../fabric/inventory.ts";

export const TUNNEL_BLOCKS_MAX = 4096;

const TUNNELS_IPV4 = prefixOf("169.254.0.0/16");
const TUNNELS_IPV6 = prefixOf("fdca:5e:1::/64");
const VNI_BASE = 4096;
/** Above the gateways' tunnels, below the providers' lines. */
const REPAIR_VNI_BASE = 100_000;

export type Instance = 0 | 1;
export const INSTANCES: readonly Instance[] = [0, 1];

type End = "edge" | "gateway";

/** One end of one tunnel as an interface. */
export function tunnelEnd(
  at: End,
  {
    block,
    instance,
    side,
    local,
    remote,
    mtu,
  }: { block: number; instance: Instance; side: Side; local: string; remote: string; mtu: number },
): Tunnel {
  const number = tunnelNumber(block, instance, side);
  const { ipv4, ipv6 } = tunnelAddresses(number, at);
  const suffix = at === "edge" ? "" : side === "primary" ? "p" : "s";
  return {
    kind: "tunnel",
    name: `t${block}-${instance}${suffix}`,
    vni: VNI_BASE + number,
    local,
    remote,
    addresses: [printPrefix(ipv4), printPrefix(ipv6)],
    mtu,
  };
}

/** The IPv4 address that a BGP session over the tunnel is made to. */
export function tunnelPeer(
  at: End,
  { block, instance, side }: { block: number; instance: Instance; side: Side },
): string {
  const peer = tunnelAddresses(
    tunnelNumber(block, instance, side),
    at === "edge" ? "gateway" : "edge",
  );
  return printPrefix(peer.ipv4).split("/")[0] ?? "";
}

/**
 * Between the circuit's VRFs on its two edges: what one can no longer deliver to the customer goes over
 * the other's link, until BGP has told the gateways. The addresses serve this tunnel alone, the same in
 * every VRF (RFC 7335 sets the IPv4 ones aside for a link's inside).
 */
export function repairTunnel(
  circuitNumber: number,
  side: Side,
  { mtu, ...ends }: { local: string; remote: string; mtu: number },
): { tunnel: Tunnel; via: readonly string[] } {
  const [own, other] = side === "primary" ? [1, 2] : [2, 1];
  return {
    tunnel: {
      kind: "tunnel",
      name: REPAIR_INTERFACE,
      vni: REPAIR_VNI_BASE + circuitNumber,
      ...ends,
      addresses: [`192.0.0.${own}/29`, `fdca:5e:2::${own}/126`],
      mtu,
    },
    via: [`192.0.0.${other}`, `fdca:5e:2::${other}`],
  };
}

export function underlayAddress(inventory: Inventory, node: string): string {
  const address = inventory.nodes.find(({ name }) => name === node)?.underlay?.address;
  invariant(
    address !== undefined,
    `node ${node} has an underlay address: the fabric file was checked for it`,
  );
  return address.split("/")[0] ?? "";
}

function tunnelNumber(block: number, instance: Instance, side: Side): number {
  invariant(block >= 0 && block < TUNNEL_BLOCKS_MAX, "tunnel blocks are given out from 0..4095");
  return block * 4 + instance * 2 + (side === "primary" ? 0 : 1);
}

function tunnelAddresses(number: number, at: End) {
  const host = number * 4 + (at === "edge" ? 2 : 1);
  return {
    ipv4: { ...hostOf(TUNNELS_IPV4, host), length: 30 },
    ipv6: { ...hostOf(TUNNELS_IPV6, host), length: 126 },
  };
}
