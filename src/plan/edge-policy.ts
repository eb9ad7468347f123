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
  return [...denied(ownSpace(circuit, peering)), { action: "permit" }];
}

/** What no neighbor but the one that has it may announce. */
export function ownSpace(circuit: CircuitView, { families }: PrivatePeeringView): PrefixMatch[] {
  const links = families.flatMap(({ primary, secondary }) => [primary, secondary]);
  const joins = circuit.joins.flatMap(({ networks }) => networks);
  return inside([...cloudPrefixes(circuit), ...links, ...joins, ...RESERVED]);
}

export function customerExport(circuit: CircuitView): RoutePolicy {
  const spaces = cloudPrefixes(circuit);
  return [
    ...(spaces.length === 0 ? [] : [{ action: "permit" as const, prefixes: exact(spaces) }]),
    ...joined(circuit, "permit"),
  ];
}

export function gatewayImport({ prefixes }: ConnectionView): RoutePolicy {
  return [{ action: "permit", prefixes: exact(prefixes) }];
}

/** Virtual networks on one circuit do not reach each other through the edge unless asked to. */
export function gatewayExport(circuit: CircuitView): RoutePolicy {
  return [
    ...joined(circuit, "deny"),
    ...denied(exact(cloudPrefixes(circuit))),
    { action: "permit" },
  ];
}

/** Carried by what came over a join: it goes to the customer, and to no gateway and no further join. */
export const JOINED_COMMUNITY = "12076:50900";

function joined({ joins }: CircuitView, action: PolicyRule["action"]): PolicyRule[] {
  return joins.length === 0 ? [] : [{ action, communities: [JOINED_COMMUNITY] }];
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
