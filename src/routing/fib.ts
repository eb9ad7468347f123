/**
 * Forwarding tables: what a routing instance does with a destination, by longest prefix, the lowest
 * administrative distance winning (connected 0, static 1, eBGP 20, iBGP 200), and one of several equal
 * paths by a hash over the flow.
 *
 * RFC 4632 §5.1 (longest match), RFC 2992 (hashing flows over equal paths).
 */
import {
  type Address,
  type Prefix,
  parseAddress,
  prefixContains,
  printAddress,
} from "../base/prefix.ts";
import { REPAIR_INTERFACE } from "../fabric/intent.ts";
import type { Selection } from "./best-path.ts";
import type { InterfaceModel, StaticModel, VrfModel } from "./node-model.ts";

/** `nextHop` is absent on a connected network: the destination itself is the neighbour. */
export type FibPath = { readonly interface: string; readonly nextHop?: string };

export type FibEntry = {
  readonly prefix: Prefix;
  readonly protocol: "connected" | "static" | "bgp";
  readonly paths: readonly FibPath[];
  readonly selection?: Selection;
};

export type Fib = {
  readonly entries: ReadonlyMap<string, FibEntry>;
  /** Prefix lengths in use, longest first. */
  readonly lengths: Readonly<Record<"ipv4" | "ipv6", readonly number[]>>;
};

export type IsUp = (model: InterfaceModel) => boolean;

export function localFib(vrf: VrfModel, isUp: IsUp): Fib {
  return buildFib(localEntries(vrf, isUp));
}

/** The instance's whole table: BGP's selections beside what is connected and static. */
export function wholeFib(local: Fib, selections: Iterable<Selection>): Fib {
  const entries = [...local.entries.values()];
  for (const selection of selections) {
    if (selection.best.source === "local") continue;
    const paths = selection.multipath.flatMap((route) => resolve(local, route.nextHop));
    if (paths.length === 0) continue;
    entries.push({ prefix: selection.best.prefix, protocol: "bgp", paths, selection });
  }
  return buildFib(entries);
}

export function lookup(fib: Fib, address: Address): FibEntry | undefined {
  const bits = address.family === "ipv4" ? 32 : 128;
  for (const length of fib.lengths[address.family]) {
    const host = BigInt(bits - length);
    const value = (address.value >> host) << host;
    const entry = fib.entries.get(entryKey({ ...address, value, length }));
    if (entry) return entry;
  }
  return undefined;
}

/** The paths that lead to a next hop through what is connected or static, or none. */
export function resolve(local: Fib, nextHop: string): readonly FibPath[] {
  const address = parseAddress(nextHop);
  const entry = address && lookup(local, address);
  if (entry === undefined) return [];
  return entry.paths.map((path) =>
    path.nextHop === undefined ? { interface: path.interface, nextHop } : path,
  );
}

export type Flow = {
  readonly source: string;
  readonly destination: string;
  readonly protocol: "icmp" | "udp" | "tcp";
  readonly sourcePort: number;
  readonly destinationPort: number;
};

/** The same flow at the same place always takes the same path; `salt` keeps places independent. */
export function pathOfFlow<Path>(
  paths: readonly Path[],
  flow: Flow,
  salt: string,
): Path | undefined {
  if (paths.length < 2) return paths[0];
  const text = `${salt}|${flow.protocol}|${flow.source}|${flow.destination}|${flow.sourcePort}|${flow.destinationPort}`;
  return paths[flowHash(text) % paths.length];
}

/** FNV-1a, mixed once more because its low bits follow the last byte too closely. */
function flowHash(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function localEntries(vrf: VrfModel, isUp: IsUp): FibEntry[] {
  const connected: FibEntry[] = [];
  for (const model of vrf.interfaces.values()) {
    if (!isUp(model)) continue;
    for (const { network } of model.addresses) {
      const paths = [{ interface: model.name }];
      connected.push({ prefix: network, protocol: "connected", paths });
    }
  }
  // A next hop may lie in a connected network or in one that a static route puts on a link.
  const onLink = staticEntries(
    vrf.routes.filter(({ via }) => via.length === 0),
    { vrf, isUp, base: buildFib([]) },
  );
  const base = buildFib([...connected, ...onLink]);
  const viaHops = vrf.routes.filter(({ via, lastResort }) => via.length > 0 && !lastResort);
  return [...connected, ...onLink, ...staticEntries(viaHops, { vrf, isUp, base })];
}

/** Where a packet goes that no entry takes, if it did not come from there. */
export function lastResort(
  fib: Fib,
  vrf: VrfModel,
  { destination, cameBy }: { destination: Address; cameBy: string | undefined },
): readonly FibPath[] {
  if (cameBy === REPAIR_INTERFACE) return [];
  return vrf.routes
    .filter((route) => route.lastResort && prefixContains(route.prefix, destination))
    .flatMap(({ via }) => via.flatMap((address) => resolve(fib, printAddress(address))));
}

function staticEntries(
  routes: readonly StaticModel[],
  { vrf, isUp, base }: { vrf: VrfModel; isUp: IsUp; base: Fib },
): readonly FibEntry[] {
  return routes.flatMap((route): FibEntry[] => {
    if (route.isUnreachable) return [{ prefix: route.prefix, protocol: "static", paths: [] }];
    const onLink = route.interface === undefined ? undefined : vrf.interfaces.get(route.interface);
    if (route.interface !== undefined && (onLink === undefined || !isUp(onLink))) return [];
    const paths = staticPaths(base, route.via, onLink?.name);
    return paths.length > 0 ? [{ prefix: route.prefix, protocol: "static", paths }] : [];
  });
}

function staticPaths(
  base: Fib,
  via: readonly Address[],
  onLink: string | undefined,
): readonly FibPath[] {
  if (via.length === 0) return onLink === undefined ? [] : [{ interface: onLink }];
  return via.flatMap((address) => {
    const nextHop = printAddress(address);
    return onLink === undefined ? resolve(base, nextHop) : [{ interface: onLink, nextHop }];
  });
}

/** Entries come in the order of preference; the first for a prefix stays. */
function buildFib(candidates: readonly FibEntry[]): Fib {
  const entries = new Map<string, FibEntry>();
  const lengths = { ipv4: new Set<number>(), ipv6: new Set<number>() };
  for (const entry of candidates) {
    const key = entryKey(entry.prefix);
    if (entries.has(key)) continue;
    entries.set(key, entry);
    lengths[entry.prefix.family].add(entry.prefix.length);
  }
  const longestFirst = (set: Set<number>) => [...set].sort((one, other) => other - one);
  return {
    entries,
    lengths: { ipv4: longestFirst(lengths.ipv4), ipv6: longestFirst(lengths.ipv6) },
  };
}

function entryKey({ family, value, length }: Prefix): string {
  return `${family}/${length}/${value}`;
}
