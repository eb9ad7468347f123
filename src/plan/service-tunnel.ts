/**
 * Tunnels between the VRFs of public peerings on the edges and the hosts of public services: one from
 * each edge of a circuit to each service host. Numbers follow from the circuit's own, which is given out
 * once (I4); addresses are shared space, which no customer announces here (RFC 6598 §4).
 */
import { invariant } from "../base/invariant.ts";
import { hostOf, prefixOf, printPrefix } from "../base/prefix.ts";
import { ORDINARY_MTU } from "../domain/circuit-options.ts";
import type { Side, Tunnel } from "../fabric/intent.ts";
import type { Inventory } from "../fabric/inventory.ts";

const SERVICE_HOSTS_MAX = 8;
/** Circuits are numbered below this. */
const CIRCUITS_MAX = 65_536;
/** Above all tunnels of gateways, repairs and lines. */
const VNI_BASE = 12_000_000;
const IPV4 = prefixOf("100.64.0.0/10");
const IPV6 = prefixOf("fdca:5e:3::/64");

type End = "edge" | "serviceHost";
type Place = { readonly circuitNumber: number; readonly hostIndex: number; readonly side: Side };

/** Nodes that public services run on, in the order that tunnels are numbered by. */
export function serviceHosts({ publicServices }: Inventory): readonly string[] {
  return [...new Set(publicServices.map(({ node }) => node))].sort();
}

export function serviceTunnel(
  at: End,
  place: Place,
  ends: { readonly local: string; readonly remote: string },
): Tunnel {
  const { ipv4, ipv6 } = addressesAt(at, place);
  const { circuitNumber, hostIndex, side } = place;
  return {
    kind: "tunnel",
    name: at === "edge" ? `s${hostIndex}` : `s${circuitNumber}${side === "primary" ? "p" : "s"}`,
    vni: VNI_BASE + numberOf(place),
    ...ends,
    addresses: [printPrefix(ipv4), printPrefix(ipv6)],
    mtu: ORDINARY_MTU,
  };
}

/** The address of the other end, which the BGP session is made to. */
export function servicePeer(at: End, place: Place): string {
  const { ipv4 } = addressesAt(at === "edge" ? "serviceHost" : "edge", place);
  return printPrefix(ipv4).split("/")[0] ?? "";
}

function numberOf({ circuitNumber, hostIndex, side }: Place): number {
  invariant(hostIndex < SERVICE_HOSTS_MAX, "the fabric file was checked for its service hosts");
  return (hostIndex * CIRCUITS_MAX + circuitNumber) * 2 + (side === "primary" ? 0 : 1);
}

function addressesAt(at: End, place: Place) {
  const host = numberOf(place) * 4 + (at === "edge" ? 2 : 1);
  return {
    ipv4: { ...hostOf(IPV4, host), length: 30 },
    ipv6: { ...hostOf(IPV6, host), length: 126 },
  };
}
