/**
 * What an edge's VRF takes in from each of its neighbors, and what it gives out to each: one function
 * per kind of neighbor and direction. A route that no rule names is denied (RFC 8212).
 */
import { prefixContains, prefixOf } from "../base/prefix.ts";
import type { PolicyRule, PrefixMatch, RoutePolicy } from "../fabric/intent.ts";
import type { CircuitView, ConnectionView, PrivatePeeringView } from "./circuit-view.ts";
import { optionsOf } from "./peering-neighbor.ts";

/** Space that a route from outside never covers: link-local (the tunnels' own), loopback, multicast. */
export const RESERVED: readonly string[] = [
  "169.254.0.0/16",
  "127.0.0.0/8",
  "224.0.0.0/3",
  "fe80::/10",
  "ff00::/8",
  "fdca:5e::/32",
  "192.0.0.0/24",
];

/** Space that nobody routes between networks (RFC 6890 and the registries it founded), less what is private. */
const BOGONS: readonly string[] = [
  "0.0.0.0/8",
  "192.0.2.0/24",
  "192.88.99.0/24",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "100::/64",
  "2001:db8::/32",
  "2002::/16",
  "3fff::/20",
  "fec0::/10",
];

const DEFAULT_ROUTES = ["0.0.0.0/0", "::/0"];

/** A customer who announced a piece of a virtual network would draw its traffic out of the cloud. */
export function customerImport(circuit: CircuitView, peering: PrivatePeeringView): RoutePolicy {
  const { bogons, defaultRoute, importPrefixes, maximumLength } = optionsOf(peering);
  return [
    ...denied([
      ...ownSpace(circuit, peering),
      ...(bogons === "Refuse" ? inside(BOGONS) : []),
      ...(defaultRoute === "Refuse" ? exact(DEFAULT_ROUTES) : []),
      ...longerThan(maximumLength),
    ]),
    { action: "permit", ...(importPrefixes === undefined ? {} : { prefixes: importPrefixes }) },
  ];
}

/** What no neighbor but the one that has it may announce. */
export function ownSpace(circuit: CircuitView, { families }: PrivatePeeringView): PrefixMatch[] {
  const links = families.flatMap(({ primary, secondary }) => [primary, secondary]);
  const joins = circuit.joins.flatMap(({ networks }) => networks);
  const spaces = circuit.connections.flatMap((connection) => connection.spaces);
  return [
    ...inside([...new Set(spaces), ...links, ...joins, ...RESERVED]),
    // Within a summary there is room for what is no network of the cloud.
    ...exact(cloudPrefixes(circuit).filter((prefix) => !spaces.includes(prefix))),
  ];
}

export function customerExport(circuit: CircuitView, peering: PrivatePeeringView): RoutePolicy {
  const { exportPrefixes } = optionsOf(peering);
  const spaces = cloudPrefixes(circuit).filter(
    (space) => exportPrefixes === undefined || exportPrefixes.some((one) => names(one, space)),
  );
  const named = exportPrefixes === undefined ? {} : { prefixes: exportPrefixes };
  return [
    ...(spaces.length === 0 ? [] : [{ action: "permit" as const, prefixes: exact(spaces) }]),
    ...joined(circuit, "permit").map((rule) => ({ ...rule, ...named })),
  ];
}

function longerThan({ ipv4, ipv6 }: { ipv4: number; ipv6: number }): PrefixMatch[] {
  return [
    ...(ipv4 < 32 ? [{ prefix: "0.0.0.0/0", ge: ipv4 + 1, le: 32 }] : []),
    ...(ipv6 < 128 ? [{ prefix: "::/0", ge: ipv6 + 1, le: 128 }] : []),
  ];
}

function names({ prefix, ge, le }: PrefixMatch, text: string): boolean {
  const [outer, inner] = [prefixOf(prefix), prefixOf(text)];
  const [from, to] = [ge ?? outer.length, le ?? outer.length];
  return inner.length >= from && inner.length <= to && prefixContains(outer, inner);
}

export function gatewayImport({ prefixes }: ConnectionView): RoutePolicy {
  return [{ action: "permit", prefixes: exact(prefixes) }];
}

/** Virtual networks on one circuit do not reach each other through the edge unless both gateways ask for it. */
export function gatewayExport(circuit: CircuitView, connection: ConnectionView): RoutePolicy {
  const others = connection.allowsRemote
    ? circuit.connections.filter(({ id, allowsRemote }) => allowsRemote && id !== connection.id)
    : [];
  const remote = others.flatMap(({ prefixes }) => prefixes);
  return [
    ...joined(circuit, "deny"),
    ...(remote.length === 0 ? [] : [{ action: "permit" as const, prefixes: exact(remote) }]),
    ...denied(inside(cloudPrefixes(circuit))),
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
