/**
 * What an edge's VRF takes in from each of its neighbors, and what it gives out to each: one function
 * per kind of neighbor and direction. A route that no rule names is denied (RFC 8212).
 */
import type { PolicyRule, PrefixMatch, RoutePolicy } from "../fabric/intent.ts";
import type { CircuitView, ConnectionView, PrivatePeeringView } from "./circuit-view.ts";

/** Space that a route from outside never covers: link-local (the tunnels' own), loopback, multicast. */
const RESERVED: readonly string[] = [
  "169.254.0.0/16",
  "127.0.0.0/8",
  "224.0.0.0/3",
  "fe80::/10",
  "ff00::/8",
  "fdca:5e::/32",
  "192.0.0.0/24",
];

/** A customer who announced a piece of a virtual network would draw its traffic out of the cloud. */
export function customerImport(circuit: CircuitView, peering: PrivatePeeringView): RoutePolicy {
  const links = peering.families.flatMap(({ primary, secondary }) => [primary, secondary]);
  return [
    ...denied([...inside(cloudPrefixes(circuit)), ...inside(links), ...inside(RESERVED)]),
    { action: "permit" },
  ];
}

export function customerExport(circuit: CircuitView): RoutePolicy {
  const spaces = cloudPrefixes(circuit);
  return spaces.length === 0 ? [] : [{ action: "permit", prefixes: exact(spaces) }];
}

export function gatewayImport({ prefixes }: ConnectionView): RoutePolicy {
  return [{ action: "permit", prefixes: exact(prefixes) }];
}

/** Virtual networks on one circuit do not reach each other through the edge unless asked to. */
export function gatewayExport(circuit: CircuitView): RoutePolicy {
  return [...denied(exact(cloudPrefixes(circuit))), { action: "permit" }];
}

export function cloudPrefixes(circuit: CircuitView): readonly string[] {
  return [...new Set(circuit.connections.flatMap(({ prefixes }) => prefixes))];
}

export function denied(prefixes: readonly PrefixMatch[]): PolicyRule[] {
  return prefixes.length === 0 ? [] : [{ action: "deny", prefixes }];
}

export function exact(prefixes: readonly string[]): PrefixMatch[] {
  return prefixes.map((prefix) => ({ prefix }));
}

/** The prefixes and all that is more specific. */
export function inside(prefixes: readonly string[]): PrefixMatch[] {
  return prefixes.map((prefix) => ({ prefix, le: prefix.includes(":") ? 128 : 32 }));
}
