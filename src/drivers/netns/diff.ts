/** The lines of `ip -batch` that lead from what a node has to what it should have. Pure. */

import type { LinkFilter } from "../datapath/programs.ts";
import type { LinkIntent, NamespaceIntent, NodeIntent, RouteIntent } from "./intended.ts";
import { linkIndex } from "./link-index.ts";
import {
  type LinkState,
  lastResortMetric,
  type NamespaceState,
  type NodeState,
  type RouteState,
  routeKey,
} from "./state.ts";

/** One line for `ip`, in a namespace, on behalf of a fragment. */
export type Line = { readonly key: string; readonly text: string };

export type LinkFilters = {
  readonly key: string;
  readonly device: string;
  readonly programs: readonly LinkFilter[];
};

/** What happens in one namespace. Before: what is in the way. After: what the new links need. */
export type NamespaceChange = {
  readonly before: readonly Line[];
  readonly after: readonly Line[];
  /** Programs of the datapath, before anything leads to the links. */
  readonly filters: readonly LinkFilters[];
  /** Tunnels that must no longer merge what they received. */
  readonly unmerged: readonly { readonly key: string; readonly device: string }[];
};

export type NodeChange = {
  /** In the node's own namespace: first what goes, then what comes. */
  readonly removals: readonly Line[];
  readonly newNamespaces: readonly { readonly key: string; readonly name: string }[];
  readonly additions: readonly Line[];
  readonly byNamespace: ReadonlyMap<string, NamespaceChange>;
};

/** Aliases that the probe and link loss forwarding leave on a port they keep down. */
export const pulledAlias = "pulled";
export const heldAlias = "held";

const ourKinds = new Set(["macvlan", "vxlan", "bridge"]);
const nothing: NamespaceState = { links: new Map(), routes: new Map(), neighbors: [] };

export function isEmpty(change: NodeChange): boolean {
  return (
    change.removals.length === 0 &&
    change.newNamespaces.length === 0 &&
    change.additions.length === 0 &&
    change.byNamespace.size === 0
  );
}

/** Whether links of the node's own namespace go, or are replaced. */
export function takesLinksOfMain({ byNamespace }: NodeChange): boolean {
  return (byNamespace.get("default")?.before.length ?? 0) > 0;
}

export function diffNode(state: NodeState, intent: NodeIntent): NodeChange {
  const removals: Line[] = [];
  const additions: Line[] = [];
  const newNamespaces: { key: string; name: string }[] = [];
  const byNamespace = new Map<string, NamespaceChange>();
  for (const [name, space] of state) {
    if (intent.namespaces.has(name)) continue;
    // The kernel takes a namespace apart later; its addresses and VNIs must be free at once.
    const before = [...space.links.values()]
      .filter((link) => isOurs(name, link))
      .map((link) => ({ key: name, text: `link delete dev ${link.name}` }));
    if (before.length > 0) byNamespace.set(name, { before, filters: [], unmerged: [], after: [] });
    removals.push({ key: name, text: `netns delete ${name}` });
  }
  for (const [name, wanted] of intent.namespaces) {
    if (!state.has(name)) newNamespaces.push({ key: wanted.key, name });
    const space = diffNamespace(name, state.get(name) ?? nothing, wanted);
    additions.push(...space.creations);
    const { before, after, unmerged } = space;
    if (before.length + after.length + unmerged.length > 0) byNamespace.set(name, space);
  }
  additions.push(...diffPorts(state.get("default") ?? nothing, intent));
  return { removals, newNamespaces, additions: inOrder(additions), byNamespace };
}

/** Bridges come before what is put into them. */
function inOrder(lines: readonly Line[]): Line[] {
  const isBridge = ({ text }: Line) => text.includes(" type bridge");
  return [...lines.filter(isBridge), ...lines.filter((line) => !isBridge(line))];
}

function diffNamespace(name: string, state: NamespaceState, wanted: NamespaceIntent) {
  const before: Line[] = [];
  const creations: Line[] = [];
  const after: Line[] = [];
  const filters: LinkFilters[] = [];
  const unmerged: { key: string; device: string }[] = [];
  for (const link of state.links.values()) {
    if (wanted.links.has(link.name)) continue;
    if (isOurs(name, link)) before.push({ key: wanted.key, text: `link delete dev ${link.name}` });
    else before.push(...stray(wanted.key, link));
  }
  for (const link of wanted.links.values()) {
    const present = state.links.get(link.name);
    const kept = present !== undefined && isSame(link, present) ? present : undefined;
    if (present !== undefined && kept === undefined) {
      before.push({ key: link.key, text: `link delete dev ${link.name}` });
    }
    if (kept === undefined) creations.push(...creation(name, link));
    after.push(...settingLines(link, kept));
    if (link.kind === "vxlan" && kept?.merges !== false)
      unmerged.push({ key: link.key, device: link.name });
    if (link.filters !== undefined && kept?.alias !== filteredAlias(link.filters)) {
      filters.push({ key: link.key, device: link.name, programs: link.filters });
      const alias = `link set dev ${link.name} alias ${filteredAlias(link.filters)}`;
      after.push({ key: link.key, text: alias });
    }
  }
  if (name !== "default" && state.links.get("lo")?.up !== true && !wanted.links.has("lo")) {
    after.push({ key: wanted.key, text: "link set dev lo up" });
  }
  after.push(...diffRoutes(state.routes, wanted));
  return { before, creations, filters, unmerged, after };
}

/** In a VRF everything but `lo` is ours; in the node's own namespace what we alone make. */
function isOurs(namespace: string, link: LinkState): boolean {
  if (link.kind === "loopback") return false;
  return namespace !== "default" || ourKinds.has(link.kind) || link.alias === "segment";
}

/** Addresses and bridge membership that no fragment wants any more on a port or on `lo`. */
function stray(key: string, link: LinkState): Line[] {
  return [
    ...link.addresses.map((address) => ({ key, text: `addr del ${address} dev ${link.name}` })),
    ...(link.master === undefined ? [] : [{ key, text: `link set dev ${link.name} nomaster` }]),
  ];
}

/** What cannot be changed on a link that lives makes it another link. */
function isSame(wanted: LinkIntent, present: LinkState): boolean {
  if (wanted.kind === "port" || wanted.kind === "loopback") return true;
  if (present.kind !== wanted.kind) return false;
  if (wanted.index !== undefined && wanted.index !== present.ifindex) return false;
  if (wanted.vxlan === undefined) return true;
  const { vni, local, remote } = wanted.vxlan;
  const there = present.vxlan;
  return there?.vni === vni && there.local === local && there.remote === remote;
}

function creation(namespace: string, link: LinkIntent): Line[] {
  const { key, name } = link;
  const mtu = link.mtu === undefined ? "" : ` mtu ${link.mtu}`;
  const into = namespace === "default" ? "" : ` netns ${namespace}`;
  const index = ` index ${linkIndex(`${namespace}/${name}`)}`;
  const mac = link.mac === undefined ? "" : ` address ${link.mac}`;
  switch (link.kind) {
    case "port":
    case "loopback":
      return [];
    case "macvlan": {
      const text = `link add link ${link.port} name ${name}${index}${into}${mac}${mtu} type macvlan mode private`;
      return [{ key, text }];
    }
    case "vxlan": {
      const { vni, local, remote } = link.vxlan ?? { vni: 0, local: "", remote: "" };
      const ends = `id ${vni} local ${local} remote ${remote} dstport 4789 nolearning`;
      const own = link.index === undefined ? "" : index;
      return [{ key, text: `link add name ${name}${own}${into}${mtu} type vxlan ${ends}` }];
    }
    case "bridge": {
      const text = `link add name ${name}${mtu} type bridge stp_state 0 mcast_snooping 0`;
      return [{ key, text }];
    }
    case "veth": {
      // The outer end is made with the inner one and told to be ours by its alias. The kernel heeds the number
      // of the inner one only where the outer one is given a number too.
      if (link.outside === undefined) return [];
      const outer = ` index ${linkIndex(`outside/${link.outside}`)}`;
      const peer = `peer name ${name}${index}${into}${mac}${mtu}`;
      return [
        { key, text: `link add name ${link.outside}${outer}${mtu} type veth ${peer}` },
        { key, text: `link set dev ${link.outside} alias segment` },
      ];
    }
  }
}

/** Left on a link once its filters are there; they go with the link. */
function filteredAlias(filters: readonly LinkFilter[]): string {
  return `filtered:${filters.join("+")}`;
}

const resolvesNeighbors: ReadonlySet<string> = new Set(["macvlan", "vxlan"]);

/**
 * A call to a neighbor that is not there fails after 0.2 s instead of 3: one that waited for its hardware
 * address would leave at the neighbor's own first packet, and the two BGP sessions collide. A neighbor that
 * was there is asked for as long as ever.
 */
function neighborTables(device: string): string[] {
  const times = "retrans 100 mcast_probes 2 ucast_probes 30";
  return ["arp_cache", "ndisc_cache"].map(
    (table) => `ntable change name ${table} dev ${device} ${times}`,
  );
}

function settingLines(link: LinkIntent, present: LinkState | undefined): Line[] {
  const { key, name } = link;
  const lines: string[] = [];
  const changed = present !== undefined;
  if (changed && link.mac !== undefined && link.mac !== present.mac) {
    lines.push(`link set dev ${name} address ${link.mac}`);
  }
  if (changed && link.mtu !== undefined && link.mtu !== present.mtu) {
    lines.push(`link set dev ${name} mtu ${link.mtu}`);
  }
  if (link.master !== undefined && link.master !== present?.master) {
    lines.push(`link set dev ${name} master ${link.master}`);
  }
  if (changed && link.master === undefined && present.master !== undefined) {
    lines.push(`link set dev ${name} nomaster`);
  }
  if (present === undefined && resolvesNeighbors.has(link.kind))
    lines.push(...neighborTables(name));
  if (link.kind !== "port" && present?.up !== true) lines.push(`link set dev ${name} up`);
  lines.push(...linkLocalLines(link, present));
  const wanted = new Set(link.addresses);
  const there = new Set(present?.addresses ?? []);
  if (link.foreignAddresses !== true) {
    for (const address of there) {
      if (!wanted.has(address)) lines.push(`addr del ${address} dev ${name}`);
    }
  }
  for (const address of wanted) {
    if (!there.has(address)) lines.push(additionOf(address, name));
  }
  return lines.map((text) => ({ key, text }));
}

/**
 * A port is bare until it has addresses. A router asks for IPv6 neighbours from its link-local address
 * (RFC 4861 §7.2.2), and the kernel gives one when the link comes up in this mode.
 */
function linkLocalLines(link: LinkIntent, present: LinkState | undefined): string[] {
  if (link.kind !== "port" || link.addresses.length === 0) return [];
  if ((present?.addresses ?? []).length > 0) return [];
  const { name } = link;
  return [
    `link set dev ${name} addrgenmode eui64`,
    `link set dev ${name} down`,
    `link set dev ${name} up`,
  ];
}

function additionOf(address: string, name: string): string {
  return `addr add ${address} dev ${name}${address.includes(":") ? " nodad" : ""}`;
}

function diffRoutes(state: ReadonlyMap<string, RouteState>, wanted: NamespaceIntent): Line[] {
  const lines: Line[] = [];
  for (const route of state.values()) {
    if (!wanted.routes.has(routeKey(route))) {
      lines.push({
        key: wanted.key,
        text: `route del ${route.prefix} proto ${route.byHand ? "boot" : "static"}${metricOf(route)}`,
      });
    }
  }
  for (const route of wanted.routes.values()) {
    const present = state.get(routeKey(route));
    if (present !== undefined && isSameRoute(route, present)) continue;
    lines.push({ key: route.key, text: routeLine(route) });
  }
  return lines;
}

function isSameRoute(wanted: RouteIntent, present: RouteState): boolean {
  if (wanted.via.join() !== present.via.join()) return false;
  if (wanted.unreachable !== present.unreachable) return false;
  return wanted.via.length > 0 || wanted.interface === present.interface;
}

function metricOf({ lastResort }: RouteState): string {
  return lastResort ? ` metric ${lastResortMetric}` : "";
}

function routeLine(route: RouteIntent): string {
  const { prefix, via, interface: device } = route;
  const family = (address: string) =>
    address.includes(":") && !prefix.includes(":") ? "inet6 " : "";
  const dev = device === undefined ? "" : ` dev ${device}`;
  const [only] = via;
  if (route.unreachable) return `route replace unreachable ${prefix} proto static`;
  const head = `route replace ${prefix} proto static${metricOf(route)}`;
  if (via.length === 0) return `${head}${dev}`;
  if (via.length === 1 && only !== undefined) return `${head} via ${family(only)}${only}${dev}`;
  return `${head}${via.map((hop) => ` nexthop via ${family(hop)}${hop}${dev}`).join("")}`;
}

function diffPorts(state: NamespaceState, { disabledPorts }: NodeIntent): Line[] {
  const lines: Line[] = [];
  for (const link of state.links.values()) {
    if (!isPort(link) || link.alias === pulledAlias || link.alias === heldAlias) continue;
    const up = !disabledPorts.has(link.name);
    if (link.up === up) continue;
    lines.push({ key: link.name, text: `link set dev ${link.name} ${up ? "up" : "down"}` });
  }
  return lines;
}

export function isPort(link: LinkState): boolean {
  return link.kind === "physical" || (link.kind === "veth" && link.alias !== "segment");
}
