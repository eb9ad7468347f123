/** What a node's kernel has: namespaces with their links, addresses and static routes, as `ip -j` tells. */
import { addressOf, networkOf, prefixOf, printAddress, printPrefix } from "../../base/prefix.ts";
import type { NeighborObservation } from "../../fabric/report.ts";

export type LinkState = {
  readonly name: string;
  readonly ifindex: number;
  readonly kind: string;
  readonly mac: string;
  readonly mtu: number;
  readonly up: boolean;
  readonly carrier: boolean;
  readonly alias?: string;
  readonly master?: string;
  readonly vxlan?: { readonly vni: number; readonly local: string; readonly remote: string };
  readonly addresses: readonly string[];
};

export type RouteState = {
  readonly prefix: string;
  readonly via: readonly string[];
  readonly interface?: string;
  /** Of the metric that loses to every other route of its prefix. */
  readonly lastResort?: true;
  readonly unreachable?: true;
  /** Typed by somebody's hand: `ip route add` marks a route so, and we mark ours static. */
  readonly byHand?: true;
};

/**
 * zebra takes a kernel route's upper byte for its distance: 254, so that it prefers what a neighbour
 * announces. A table of its own behind a rule would make the kernel look up every packet by rules.
 */
export const lastResortMetric = 0xfe_00_00_01;

/** One prefix may have a route of each kind. */
export function routeKey({ prefix, lastResort, byHand }: RouteState): string {
  if (byHand) return `${prefix} by hand`;
  return lastResort ? `${prefix} last` : prefix;
}

export type NamespaceState = {
  readonly links: ReadonlyMap<string, LinkState>;
  /** Those that we put there; what routing daemons put there is theirs. */
  readonly routes: ReadonlyMap<string, RouteState>;
  readonly neighbors: readonly Omit<NeighborObservation, "vrf">[];
};

/** By namespace; `default` is the node's own. */
export type NodeState = ReadonlyMap<string, NamespaceState>;

/** One process reads all of a namespace: these lines go to `ip -j -d -batch -`. */
export const readingLines =
  "addr show\nroute show table all proto static\nneigh show\nroute show table all proto boot\n";

type AddressJson = { family: string; local?: string; prefixlen: number; scope: string };
type LinkJson = {
  ifname: string;
  ifindex: number;
  flags: string[];
  mtu: number;
  address?: string;
  ifalias?: string;
  master?: string;
  linkinfo?: { info_kind?: string; info_data?: Record<string, unknown> };
  addr_info?: AddressJson[];
};
type HopJson = { gateway?: string; via?: { host: string }; dev?: string };
type RouteJson = HopJson & {
  dst?: string;
  table?: string;
  metric?: number;
  type?: string;
  nexthops?: HopJson[];
};
type NeighborJson = { dst: string; dev: string; lladdr?: string; state: string[] };

export function parseNamespace(text: string): NamespaceState {
  return stateOf(parseLists(text));
}

/** Several namespaces that were read one after the other. */
export function parseNamespaces(text: string): NamespaceState[] {
  const lists = parseLists(text);
  const listsEach = readingLines.trim().split("\n").length;
  return Array.from({ length: Math.ceil(lists.length / listsEach) }, (_, index) =>
    stateOf(lists.slice(index * listsEach, (index + 1) * listsEach)),
  );
}

function stateOf(lists: readonly unknown[][]): NamespaceState {
  const [links = [], routes = [], neighbors = [], byHand = []] = lists;
  const ours = (routes as RouteJson[]).flatMap(routeOf);
  const others = (byHand as RouteJson[]).flatMap(routeOf);
  const all = [...ours, ...others.map((route) => ({ ...route, byHand: true as const }))];
  return {
    links: new Map((links as LinkJson[]).filter((l) => l.ifname).map((l) => [l.ifname, linkOf(l)])),
    routes: new Map(all.map((route) => [routeKey(route), route])),
    neighbors: (neighbors as NeighborJson[]).filter(isNeighbor).map(neighborOf),
  };
}

/** `ip -batch` prints one JSON array for each line it was given. */
function parseLists(text: string): unknown[][] {
  const lists: unknown[][] = [];
  for (const part of text.split(/(?<=\])\s*\n(?=\[)/)) {
    if (part.trim() !== "") lists.push(JSON.parse(part) as unknown[]);
  }
  return lists;
}

function linkOf(link: LinkJson): LinkState {
  const { id, local, remote, local6, remote6 } = link.linkinfo?.info_data ?? {};
  const kind = link.linkinfo?.info_kind ?? (link.ifname === "lo" ? "loopback" : "physical");
  return {
    name: link.ifname,
    ifindex: link.ifindex,
    kind,
    mac: link.address ?? "",
    mtu: link.mtu,
    up: link.flags.includes("UP"),
    carrier: link.flags.includes("LOWER_UP") && !link.flags.includes("NO-CARRIER"),
    ...(link.ifalias === undefined ? {} : { alias: link.ifalias }),
    ...(link.master === undefined ? {} : { master: link.master }),
    ...(kind === "vxlan"
      ? {
          vxlan: {
            vni: Number(id),
            local: String(local ?? local6 ?? ""),
            remote: String(remote ?? remote6 ?? ""),
          },
        }
      : {}),
    addresses: (link.addr_info ?? []).flatMap((address) => addressText(link.ifname, address)),
  };
}

/** Link-local and loopback addresses come with the interface and are nobody's intent. */
function addressText(name: string, { family, local, prefixlen, scope }: AddressJson): string[] {
  if (local === undefined || (family === "inet6" && scope === "link")) return [];
  if (name === "lo" && scope === "host") return [];
  return [canonicalPrefix(`${local}/${prefixlen}`)];
}

function routeOf(route: RouteJson): RouteState[] {
  const isLast = route.metric === lastResortMetric;
  if (route.table !== undefined && route.table !== "main") return [];
  const prefix = canonicalDestination(route);
  const hops = route.nexthops ?? [route];
  const via = hops.flatMap((hop) => hop.gateway ?? hop.via?.host ?? []);
  // The kernel hangs a route that leads nowhere on the loopback.
  const isUnreachable = route.type === "unreachable";
  const device = via.length === 0 && !isUnreachable ? route.dev : undefined;
  return [
    {
      prefix,
      via: via.map((address) => printAddress(addressOf(address))).sort(),
      ...(device === undefined ? {} : { interface: device }),
      ...(isLast ? { lastResort: true as const } : {}),
      ...(isUnreachable ? { unreachable: true as const } : {}),
    },
  ];
}

function canonicalDestination(route: RouteJson): string {
  const dst = route.dst ?? "default";
  if (dst === "default") {
    const hop = route.nexthops?.[0] ?? route;
    return (hop.gateway ?? "").includes(":") ? "::/0" : "0.0.0.0/0";
  }
  if (dst.includes("/")) return canonicalNetwork(dst);
  return canonicalNetwork(`${dst}/${dst.includes(":") ? 128 : 32}`);
}

function isNeighbor({ dst, state }: NeighborJson): boolean {
  return dst !== undefined && !state.includes("NOARP") && !dst.startsWith("ff02:");
}

function neighborOf({ dst, dev, lladdr }: NeighborJson): Omit<NeighborObservation, "vrf"> {
  return { interface: dev, address: dst, ...(lladdr === undefined ? {} : { mac: lladdr }) };
}

export function canonicalPrefix(text: string): string {
  return printPrefix(prefixOf(text));
}

export function canonicalNetwork(text: string): string {
  return printPrefix(networkOf(prefixOf(text)));
}
