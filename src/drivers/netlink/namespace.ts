/**
 * A namespace as rtnetlink tells of it: what is asked for, and what the answers say. Pure.
 * linux/rtnetlink.h, linux/if_link.h, linux/neighbour.h (uapi).
 */
import { type Address, printAddress, printPrefix } from "../../base/prefix.ts";
import {
  canonicalNetwork,
  canonicalPrefix,
  type LinkState,
  lastResortMetric,
  type NamespaceState,
  type RouteState,
  routeKey,
} from "../netns/state.ts";
import {
  type Attributes,
  aligned,
  attribute,
  attributesOf,
  dumpRequest,
  numberOf,
  textOf,
} from "./messages.ts";

const RTM_GETLINK = 18;
const RTM_GETADDR = 22;
const RTM_GETROUTE = 26;
const RTM_GETNEIGH = 30;
const AF_INET = 2;
const AF_INET6 = 10;
const RTPROT_BOOT = 3;
const RTPROT_STATIC = 4;
const RT_TABLE_MAIN = 254;
const RTN_UNREACHABLE = 7;
const RT_SCOPE_LINK = 253;
const RT_SCOPE_HOST = 254;
const IFF_UP = 0x1;
const IFF_RUNNING = 0x40;
const IFF_LOWER_UP = 0x10000;
const NUD_NOARP = 0x40;

/** Sizes of the headers that come before the attributes. */
const LINK = 16;
const ADDRESS = 8;
const ROUTE = 12;
const NEIGHBOR = 12;
const HOP = 8;

/** The bodies of the messages of each kind, in the order in which they came. */
export type Bodies = readonly Buffer[];

/** Links alone: where only carrier matters, and at once. */
export const linksRequest: Buffer = linkRequest();

/** All of a namespace; the kernel sorts routes out by who put them there, so daemons may have any number. */
export const namespaceRequests: readonly Buffer[] = [
  linksRequest,
  dumpRequest(RTM_GETADDR, Buffer.alloc(ADDRESS)),
  ...[RTPROT_STATIC, RTPROT_BOOT].flatMap((protocol) =>
    [AF_INET, AF_INET6].map((family) => routeRequest(family, protocol)),
  ),
  dumpRequest(RTM_GETNEIGH, Buffer.alloc(NEIGHBOR)),
];

/** Answers to `namespaceRequests`, in their order. */
export function namespaceOf(answers: readonly Bodies[]): NamespaceState {
  const [links = [], addresses = [], ...rest] = answers;
  const names = new Map(links.map((body) => [body.readInt32LE(4), nameOf(body)]));
  const neighbors = rest.pop() ?? [];
  const routes = rest
    .flat()
    .map((body) => routeOf(body, names))
    .filter((route) => route !== undefined);
  return {
    links: new Map(linksOf(links, addresses).map((link) => [link.name, link])),
    routes: new Map(routes.map((route) => [routeKey(route), route])),
    neighbors: neighbors.flatMap((body) => neighborOf(body, names)),
  };
}

/** A link without what waits for the kernel's link watch, which may think about a carrier for a second. */
export type LinkLight = {
  readonly name: string;
  readonly ifindex: number;
  readonly lit: boolean;
  readonly alias: string;
};

export function lightsOf(links: Bodies): LinkLight[] {
  return linksOf(links, []).map(({ name, ifindex, alias = "" }, index) => {
    const flags = links[index]?.readUInt32LE(8) ?? 0;
    return { name, ifindex, alias, lit: (flags & IFF_UP) !== 0 && (flags & IFF_LOWER_UP) !== 0 };
  });
}

function linksOf(links: Bodies, addresses: Bodies): LinkState[] {
  const names = new Map(links.map((body) => [body.readInt32LE(4), nameOf(body)]));
  const byIndex = new Map<number, string[]>();
  for (const body of addresses) {
    const index = body.readUInt32LE(4);
    const text = addressTextOf(body, names.get(index));
    byIndex.set(index, [...(byIndex.get(index) ?? []), ...text]);
  }
  return links.map((body) => linkOf(body, { names, byIndex }));
}

/** Counters are left out of the answer: they are half of its bytes. */
function linkRequest(): Buffer {
  const [IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS] = [29, 8];
  const mask = Buffer.alloc(4);
  mask.writeUInt32LE(RTEXT_FILTER_SKIP_STATS);
  return dumpRequest(
    RTM_GETLINK,
    Buffer.concat([Buffer.alloc(LINK), attribute(IFLA_EXT_MASK, mask)]),
  );
}

function routeRequest(family: number, protocol: number): Buffer {
  const body = Buffer.alloc(ROUTE);
  body[0] = family;
  body[5] = protocol;
  return dumpRequest(RTM_GETROUTE, body);
}

function nameOf(body: Buffer): string {
  const IFLA_IFNAME = 3;
  return textOf(attributesOf(body, LINK).get(IFLA_IFNAME)) ?? "";
}

type Known = {
  readonly names: ReadonlyMap<number, string>;
  readonly byIndex: ReadonlyMap<number, string[]>;
};

function linkOf(body: Buffer, { names, byIndex }: Known): LinkState {
  const [IFLA_ADDRESS, IFLA_IFNAME, IFLA_MTU, IFLA_MASTER] = [1, 3, 4, 10];
  const [IFLA_LINKINFO, IFLA_IFALIAS, IFLA_INFO_KIND, IFLA_INFO_DATA] = [18, 20, 1, 2];
  const attributes = attributesOf(body, LINK);
  const ifindex = body.readInt32LE(4);
  const flags = body.readUInt32LE(8);
  const info = attributesOf(attributes.get(IFLA_LINKINFO) ?? Buffer.alloc(0));
  const name = textOf(attributes.get(IFLA_IFNAME)) ?? "";
  const kind = textOf(info.get(IFLA_INFO_KIND)) ?? (name === "lo" ? "loopback" : "physical");
  const alias = textOf(attributes.get(IFLA_IFALIAS));
  const master = names.get(numberOf(attributes.get(IFLA_MASTER)) ?? 0);
  const data = attributesOf(info.get(IFLA_INFO_DATA) ?? Buffer.alloc(0));
  const up = (flags & IFF_UP) !== 0;
  return {
    ...{ name, ifindex, kind, up },
    mac: [...(attributes.get(IFLA_ADDRESS) ?? [])].map(hex).join(":"),
    mtu: numberOf(attributes.get(IFLA_MTU)) ?? 0,
    carrier: (flags & IFF_LOWER_UP) !== 0 && (!up || (flags & IFF_RUNNING) !== 0),
    ...(alias === undefined ? {} : { alias }),
    ...(master === undefined ? {} : { master }),
    ...(kind === "vxlan" ? { vxlan: vxlanOf(data) } : {}),
    addresses: byIndex.get(ifindex) ?? [],
  };
}

function vxlanOf(data: Attributes): NonNullable<LinkState["vxlan"]> {
  const [IFLA_VXLAN_ID, IFLA_VXLAN_GROUP, IFLA_VXLAN_LOCAL] = [1, 2, 4];
  const [IFLA_VXLAN_GROUP6, IFLA_VXLAN_LOCAL6] = [16, 17];
  const text = (value: Buffer | undefined) =>
    value === undefined ? "" : printAddress(addressIn(value));
  return {
    vni: numberOf(data.get(IFLA_VXLAN_ID)) ?? 0,
    local: text(data.get(IFLA_VXLAN_LOCAL) ?? data.get(IFLA_VXLAN_LOCAL6)),
    remote: text(data.get(IFLA_VXLAN_GROUP) ?? data.get(IFLA_VXLAN_GROUP6)),
  };
}

/** Link-local and loopback addresses come with the interface and are nobody's intent. */
function addressTextOf(body: Buffer, link: string | undefined): string[] {
  const [IFA_ADDRESS, IFA_LOCAL] = [1, 2];
  const [family, length, scope] = [body[0], body[1] ?? 0, body[3]];
  const attributes = attributesOf(body, ADDRESS);
  const own = attributes.get(IFA_LOCAL) ?? attributes.get(IFA_ADDRESS);
  if (own === undefined || (family === AF_INET6 && scope === RT_SCOPE_LINK)) return [];
  if (link === "lo" && scope === RT_SCOPE_HOST) return [];
  return [canonicalPrefix(printPrefix({ ...addressIn(own), length }))];
}

function routeOf(body: Buffer, names: ReadonlyMap<number, string>): RouteState | undefined {
  const [RTA_DST, RTA_OIF, RTA_PRIORITY, RTA_MULTIPATH, RTA_TABLE] = [1, 4, 6, 9, 15];
  const [family, length, protocol, type] = [body[0], body[1] ?? 0, body[5], body[7]];
  const attributes = attributesOf(body, ROUTE);
  if ((numberOf(attributes.get(RTA_TABLE)) ?? body[4]) !== RT_TABLE_MAIN) return undefined;
  const bytes = attributes.get(RTA_DST) ?? Buffer.alloc(family === AF_INET6 ? 16 : 4);
  const multipath = attributes.get(RTA_MULTIPATH);
  const hops = multipath === undefined ? [attributes] : hopsOf(multipath);
  const via = hops.flatMap(gatewayOf);
  // The kernel hangs a route that leads nowhere on the loopback.
  const isUnreachable = type === RTN_UNREACHABLE;
  const hasDevice = via.length === 0 && !isUnreachable;
  const device = hasDevice ? names.get(numberOf(attributes.get(RTA_OIF)) ?? 0) : undefined;
  const isLast = numberOf(attributes.get(RTA_PRIORITY)) === lastResortMetric;
  return {
    prefix: canonicalNetwork(printPrefix({ ...addressIn(bytes), length })),
    via: via.sort(),
    ...(device === undefined ? {} : { interface: device }),
    ...(isLast ? { lastResort: true as const } : {}),
    ...(isUnreachable ? { unreachable: true as const } : {}),
    ...(protocol === RTPROT_BOOT ? { byHand: true as const } : {}),
  };
}

/** `struct rtnexthop`, one after the other, each with attributes of its own. */
function hopsOf(bytes: Buffer): Attributes[] {
  const hops: Attributes[] = [];
  for (let at = 0; at + HOP <= bytes.length; ) {
    const length = bytes.readUInt16LE(at);
    if (length < HOP || at + length > bytes.length) break;
    hops.push(attributesOf(bytes.subarray(at, at + length), HOP));
    at += aligned(length);
  }
  return hops;
}

function gatewayOf(hop: Attributes): string[] {
  const [RTA_GATEWAY, RTA_VIA] = [5, 18];
  // A gateway of the other family stands behind its family's number (RFC 8950).
  const bytes = hop.get(RTA_GATEWAY) ?? hop.get(RTA_VIA)?.subarray(2);
  return bytes === undefined ? [] : [printAddress(addressIn(bytes))];
}

function neighborOf(
  body: Buffer,
  names: ReadonlyMap<number, string>,
): NamespaceState["neighbors"][number][] {
  const [NDA_DST, NDA_LLADDR] = [1, 2];
  const family = body[0];
  const state = body.readUInt16LE(8);
  const attributes = attributesOf(body, NEIGHBOR);
  const bytes = attributes.get(NDA_DST);
  const link = names.get(body.readInt32LE(4));
  if (bytes === undefined || link === undefined) return [];
  if (family !== AF_INET && family !== AF_INET6) return [];
  // Entries without a state are still being made; groups and the like need no address of hardware.
  if (state === 0 || (state & NUD_NOARP) !== 0) return [];
  const address = printAddress(addressIn(bytes));
  if (address.startsWith("ff02:")) return [];
  const mac = attributes.get(NDA_LLADDR);
  const told = { interface: link, address };
  return [mac === undefined ? told : { ...told, mac: [...mac].map(hex).join(":") }];
}

function addressIn(bytes: Buffer): Address {
  const value = bytes.length === 0 ? 0n : BigInt(`0x${bytes.toString("hex")}`);
  return { family: bytes.length === 4 ? "ipv4" : "ipv6", value };
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, "0");
}
