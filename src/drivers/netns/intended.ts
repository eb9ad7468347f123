/** What a node's namespaces should hold, computed from its fragments. Pure. */
import { createHash } from "node:crypto";
import { perObject } from "../../base/per-object.ts";
import { addressOf, printAddress } from "../../base/prefix.ts";
import {
  type Fragment,
  REPAIR_INTERFACE,
  type SegmentFragment,
  type SegmentInterface,
  type Subinterface,
  type Tunnel,
  type TunnelEnd,
  type VrfFragment,
  type VrfInterface,
} from "../../fabric/intent.ts";
import { checksSources, forwardsByProgram } from "../../fabric/source-check.ts";
import type { LinkFilter } from "../datapath/programs.ts";
import { linkIndex } from "./link-index.ts";
import { canonicalNetwork, canonicalPrefix, type RouteState, routeKey } from "./state.ts";

export type LinkKind = "macvlan" | "vxlan" | "veth" | "bridge" | "port" | "loopback";

export type LinkIntent = {
  readonly key: string;
  readonly name: string;
  readonly kind: LinkKind;
  readonly mtu?: number;
  readonly mac?: string;
  /** A number that is its own on the whole node; absent: the kernel's choice, or one by its name where it is made. */
  readonly index?: number;
  /** macvlan: the port below. */
  readonly port?: string;
  /** veth: the end in the node's own namespace. */
  readonly outside?: string;
  readonly vxlan?: { readonly vni: number; readonly local: string; readonly remote: string };
  readonly master?: string;
  readonly addresses: readonly string[];
  /** Programs of the datapath that its frames pass. */
  readonly filters?: readonly LinkFilter[];
  /** The router configuration as text sets addresses of its own here. */
  readonly foreignAddresses?: boolean;
};

export type RouteIntent = RouteState & { readonly key: string };

export type NamespaceIntent = {
  readonly key: string;
  readonly links: ReadonlyMap<string, LinkIntent>;
  readonly routes: ReadonlyMap<string, RouteIntent>;
};

export type NodeIntent = {
  readonly namespaces: ReadonlyMap<string, NamespaceIntent>;
  /** Ports that should be down; all others are up. */
  readonly disabledPorts: ReadonlySet<string>;
};

type Draft = { key: string; links: Map<string, LinkIntent>; routes: Map<string, RouteIntent> };

export function intendedNode(fragments: readonly Fragment[]): NodeIntent {
  const namespaces = new Map<string, Draft>([["default", draft("default")]]);
  const main = namespaces.get("default") ?? draft("default");
  const disabledPorts = new Set<string>();
  for (const fragment of fragments) {
    if (fragment.kind === "port" && !fragment.enabled) disabledPorts.add(fragment.port);
    if (fragment.kind === "segment") addSegment(main, fragment);
    if (fragment.kind === "crossConnect") {
      for (const end of fragment.ends) {
        if (end.kind === "tunnel") addLink(main, tunnelLink(fragment.key, end, { mtu: 9000 }));
      }
    }
    if (fragment.kind === "vrf") {
      const space = namespaces.get(fragment.name) ?? draft(fragment.key);
      namespaces.set(fragment.name, space);
      addVrf(space, main, fragment);
    }
  }
  return { namespaces, disabledPorts };
}

/** An untagged, unmetered interface of the main tables is the port itself. */
export function isPortItself(vrf: string, at: Subinterface): boolean {
  return vrf === "default" && at.tags.length === 0 && at.name === at.port;
}

export function bridgeName(segment: string): string {
  return `sg-${digest(segment)}`;
}

function draft(key: string): Draft {
  return { key, links: new Map(), routes: new Map() };
}

/** Several fragments may speak of one link (the loopback, a port): their addresses add up. */
function addLink(space: Draft, link: LinkIntent): void {
  const there = space.links.get(link.name);
  space.links.set(link.name, {
    ...there,
    ...link,
    addresses: [...(there?.addresses ?? []), ...link.addresses],
  });
}

function addSegment(main: Draft, { key, name, ports, mtu }: SegmentFragment): void {
  const bridge = bridgeName(name);
  addLink(main, { key, name: bridge, kind: "bridge", mtu, addresses: [] });
  for (const port of ports) {
    addLink(main, { key, name: port, kind: "port", master: bridge, addresses: [] });
  }
}

function addVrf(space: Draft, main: Draft, fragment: VrfFragment): void {
  const { links, outside, routes } = partsOf(fragment);
  for (const link of links) addLink(space, link);
  for (const link of outside) addLink(main, link);
  for (const route of routes) space.routes.set(routeKey(route), route);
}

type Parts = {
  readonly links: readonly LinkIntent[];
  /** Of the node's own namespace. */
  readonly outside: readonly LinkIntent[];
  readonly routes: readonly RouteIntent[];
};

const partsOf = perObject(
  (fragment: VrfFragment): Parts => ({
    links: fragment.interfaces.map((at) => linkOf(fragment, at)),
    outside: fragment.interfaces.flatMap((at) => outsideOf(fragment, at)),
    routes: fragment.routes.map((route) => ({
      key: fragment.key,
      prefix: canonicalNetwork(route.prefix),
      via: route.via.map((address) => printAddress(addressOf(address))).sort(),
      ...(route.interface === undefined ? {} : { interface: route.interface }),
      ...(route.lastResort ? { lastResort: true } : {}),
      ...(route.unreachable ? { unreachable: true } : {}),
    })),
  }),
);

function linkOf(fragment: VrfFragment, at: VrfInterface): LinkIntent {
  const link = interfaceLink(fragment, at);
  const filters = [...meterFilters(at), ...forwardingFilters(fragment, link)];
  return {
    ...link,
    ...(filters.length === 0 && !isUnfiltered(fragment, link) ? {} : { filters }),
    ...(isMeteredLink(at) ? { index: linkIndex(`${fragment.name}/${at.name}`) } : {}),
    foreignAddresses: fragment.frrText !== undefined,
  };
}

function outsideOf({ key, name: vrf }: VrfFragment, at: VrfInterface): LinkIntent[] {
  if (at.kind !== "segment") return [];
  const [name, master] = [outsideName(vrf, at.name), bridgeName(at.segment)];
  return [{ key, name, kind: "veth", mtu: at.mtu, master, addresses: [] }];
}

/** A link that had programs before its VRF began to translate must lose them. */
function isUnfiltered(vrf: VrfFragment, { kind }: LinkIntent): boolean {
  return vrf.nat !== undefined && vrf.name !== "default" && kind !== "loopback";
}

/** In the node's own namespace the programs are the datapath driver's to watch. */
function forwardingFilters(vrf: VrfFragment, { kind, name }: LinkIntent): LinkFilter[] {
  if (kind === "loopback" || vrf.name === "default" || !forwardsByProgram(vrf)) return [];
  const ingress = checksSources(vrf) ? "vrf_ingress" : "edge_ingress";
  return name === REPAIR_INTERFACE ? [ingress, "repair_egress"] : [ingress];
}

/** A link inside a VRF that is counted or policed; a hand-off is so at its port. */
export type MeteredLink = (Tunnel | SegmentInterface) & { readonly meter: string };

export function isMeteredLink(at: VrfInterface): at is MeteredLink {
  return (at.kind === "tunnel" || at.kind === "segment") && at.meter !== undefined;
}

function meterFilters(at: VrfInterface): LinkFilter[] {
  if (!isMeteredLink(at)) return [];
  return at.kind === "tunnel"
    ? ["inward_ingress", "outward_egress"]
    : ["outward_ingress", "inward_egress"];
}

function interfaceLink({ key, name: vrf }: VrfFragment, at: VrfInterface): LinkIntent {
  const addresses = at.addresses.map(canonicalPrefix);
  const { name, mtu } = at;
  switch (at.kind) {
    case "loopback":
      // This kernel family has no dummy device everywhere; `lo` carries router addresses as well.
      return { key, name: "lo", kind: "loopback", addresses };
    case "tunnel":
      return tunnelLink(key, at, { mtu, addresses });
    case "segment":
      return {
        key,
        name,
        kind: "veth",
        mtu,
        mac: at.mac,
        outside: outsideName(vrf, name),
        addresses,
      };
    case "subinterface":
      return isPortItself(vrf, at)
        ? { key, name, kind: "port", mtu, mac: at.mac, addresses }
        : { key, name, kind: "macvlan", mtu, mac: at.mac, port: at.port, addresses };
  }
}

function tunnelLink(
  key: string,
  { name, vni, local, remote }: Omit<TunnelEnd, "kind">,
  { mtu, addresses = [] }: { mtu: number; addresses?: readonly string[] },
): LinkIntent {
  return { key, name, kind: "vxlan", mtu, vxlan: { vni, local, remote }, addresses };
}

/** The end of a leg that is a port of its segment, in the node's own namespace. */
export function outsideName(vrf: string, name: string): string {
  return `vs-${digest(`${vrf}/${name}`)}`;
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 10);
}
