/**
 * A case of the twin: some routers, the links between them, sessions, policies, networks and static routes, all from
 * one seed. Every case has the same nodes and cables and VRFs of its own on them, so that many stand at once.
 */
import type {
  Bgp,
  Neighbor,
  StaticRoute,
  VrfFragment,
  VrfInterface,
} from "../../src/fabric/intent.ts";
import type { Cabling } from "../../src/fabric/probe.ts";
import { Dice } from "./dice.ts";
import { randomPolicy } from "./random-policy.ts";

export const routerNames = ["r0", "r1", "r2", "r3", "r4", "r5"] as const;

/** Every router has a cable to every other: `p3` of r0 leads to r3. */
export const twinCabling: Cabling = {
  nodes: routerNames.map((name) => ({ name, routing: true })),
  links: routerNames.flatMap((one, from) =>
    routerNames.slice(from + 1).map((other, at) => {
      const to = from + 1 + at;
      return [
        { node: one, port: `p${to}` },
        { node: other, port: `p${from}` },
      ] as const;
    }),
  ),
};

export type TwinRouter = {
  readonly node: string;
  readonly fragment: VrfFragment;
  /** Addresses of its own networks: where packets are sent to and from. */
  readonly hosts: readonly string[];
};

export type TwinCase = {
  readonly seed: number;
  readonly vrf: string;
  readonly routers: readonly TwinRouter[];
};

type Link = { readonly number: number; readonly ends: readonly [number, number] };
type Shape = {
  readonly slot: number;
  readonly members: readonly number[];
  readonly asns: ReadonlyMap<number, number>;
  readonly links: readonly Link[];
};

/** Networks that routers announce, some inside others, and the same one from two routers now and then. */
const networks4 = ["10.1.0.0/16", "10.1.2.0/24", "10.1.2.128/25", "10.2.0.0/16", "10.3.4.0/24"];
const more4 = ["172.20.0.0/14", "172.21.8.0/21", "192.0.2.0/26", "198.51.100.7/32", "0.0.0.0/0"];
const networks6 = ["2001:db8:1::/48", "2001:db8:1:2::/64", "2001:db8:2::/48", "2001:db8:3::1/128"];
const networks = [...networks4, ...more4, ...networks6];
const asns = [64_512, 64_513, 65_010, 65_515, 12_076, 23_456 + 1, 4_200_000_001, 4_200_000_002];

export function twinCase(seed: number, slot: number): TwinCase {
  const dice = new Dice(seed);
  const members = dice.someOf(
    routerNames.map((_, index) => index),
    dice.between(3, routerNames.length),
  );
  const pool = dice.someOf(asns, members.length);
  // Two of one autonomous system now and then: iBGP between them, and others' loops through it refused.
  if (dice.chance(20)) pool[1] = pool[0] ?? 0;
  const shape: Shape = {
    slot,
    members,
    asns: new Map(members.map((member, index) => [member, pool[index] ?? 65_000 + index])),
    links: linksOf(dice, members),
  };
  const sessions = shape.links.map((link) => sessionOf(dice, link));
  const vrf = `t${slot}`;
  const routers = members.map((member) => router(dice, { shape, member, sessions, vrf }));
  return { seed, vrf, routers };
}

/** A tree, so that everybody is reached, and some more links, of which some run beside each other. */
function linksOf(dice: Dice, members: readonly number[]): Link[] {
  const tree = members.slice(1).map((member, at) => [member, dice.oneOf(members.slice(0, at + 1))]);
  const extra = Array.from({ length: dice.between(0, 4) }, () => dice.someOf(members, 2));
  return [...tree, ...extra].map(([one = 0, other = 0], number) => ({
    number,
    ends: [one, other] as const,
  }));
}

type Session = {
  readonly link: Link;
  /** Over which addresses: one session for both families, or one for each. */
  readonly over: readonly ("ipv4" | "ipv6")[];
  readonly password: readonly [string | undefined, string | undefined];
  readonly enabled: readonly [boolean, boolean];
  readonly expectsWrongAsn: boolean;
  readonly bfd: boolean;
};

function sessionOf(dice: Dice, link: Link): Session {
  const key = dice.chance(30) ? "twin" : undefined;
  return {
    link,
    over: dice.oneOf([["ipv4"], ["ipv4", "ipv6"], ["ipv6"]] as const),
    password: [key, dice.chance(4) ? "other" : key],
    enabled: [!dice.chance(3), !dice.chance(3)],
    expectsWrongAsn: dice.chance(3),
    bfd: dice.chance(40),
  };
}

type Part = {
  readonly shape: Shape;
  readonly member: number;
  readonly sessions: readonly Session[];
  readonly vrf: string;
};

function router(dice: Dice, part: Part): TwinRouter {
  const { shape, member, sessions, vrf } = part;
  const own = dice.someOf(networks, dice.between(1, 4));
  const mine = sessions.filter(({ link }) => link.ends.includes(member));
  const hosts = own.map(hostOf);
  const loopback: VrfInterface = {
    kind: "loopback",
    name: "lo",
    addresses: hosts.map((host) => `${host}/${host.includes(":") ? 128 : 32}`),
    mtu: 65_536,
  };
  const neighbors = mine.flatMap((session) => neighborsOf(dice, part, session));
  const bgp: Bgp = {
    asn: shape.asns.get(member) ?? 0,
    routerId: `10.255.${shape.slot}.${member + 1}`,
    networks: own,
    maximumPaths: dice.oneOf([1, 2, 8]),
    neighbors,
  };
  const fragment: VrfFragment = {
    kind: "vrf",
    key: `twin/${vrf}`,
    name: vrf,
    interfaces: [...mine.map(({ link }) => interfaceOf(part, link)), loopback],
    routes: staticRoutes(dice, part, mine),
    bgp,
  };
  return { node: routerNames[member] ?? "", fragment, hosts };
}

function interfaceOf({ shape, member }: Part, { number, ends }: Link): VrfInterface {
  const side = ends[0] === member ? 0 : 1;
  const other = ends[side === 0 ? 1 : 0];
  const hex = (value: number) => value.toString(16).padStart(2, "0");
  return {
    kind: "subinterface",
    name: `l${number}`,
    port: `p${other}`,
    tags: [shape.slot + 1, number + 1],
    mac: `02:7${side}:${hex(shape.slot)}:${hex(member)}:${hex(other)}:${hex(number)}`,
    addresses: [`${address(number, side, "ipv4")}/30`, `${address(number, side, "ipv6")}/126`],
    mtu: 1500,
  };
}

export function address(link: number, side: 0 | 1, family: "ipv4" | "ipv6"): string {
  return family === "ipv4" ? `192.168.${link}.${side + 1}` : `fd00:0:0:${link + 1}::${side + 1}`;
}

function neighborsOf(dice: Dice, { shape, member }: Part, session: Session): Neighbor[] {
  const { link, over, password, enabled, expectsWrongAsn, bfd } = session;
  const side = link.ends[0] === member ? 0 : 1;
  const remote = link.ends[side === 0 ? 1 : 0];
  const asn = shape.asns.get(remote) ?? 0;
  const key = password[side];
  return over.map((family) => ({
    address: address(link.number, side === 0 ? 1 : 0, family),
    remoteAsn: expectsWrongAsn && side === 0 ? asn + 7 : asn,
    description: "",
    enabled: enabled[side],
    families: over.length === 1 ? (["ipv4", "ipv6"] as const) : [family],
    ...(key === undefined ? {} : { password: key }),
    ...(bfd ? { bfd: { intervalMs: 300, multiplier: 3 } } : {}),
    keepaliveSeconds: 10,
    holdSeconds: 30,
    importPolicy: randomPolicy(dice, { networks, asn, isLeaf: isLeaf(shape, member) }),
    exportPolicy: randomPolicy(dice, { networks, asn: shape.asns.get(member) ?? 0, isLeaf: false }),
  }));
}

/** Weights at a router that is no way for others cannot make a circle of wishes (RFC 4264). */
function isLeaf({ links }: Shape, member: number): boolean {
  return new Set(links.flatMap(({ ends }) => (ends.includes(member) ? ends : []))).size <= 2;
}

function staticRoutes(dice: Dice, { member }: Part, sessions: readonly Session[]): StaticRoute[] {
  if (!dice.chance(30)) return [];
  const hops = dice.someOf(sessions, dice.between(1, 2)).map(({ link }) => {
    return address(link.number, link.ends[0] === member ? 1 : 0, "ipv4");
  });
  return [{ prefix: dice.oneOf(["10.99.0.0/16", "10.1.2.0/24", "10.2.128.0/17"]), via: hops }];
}

/** The first address that a host could have; of one address, itself. */
export function hostOf(prefix: string): string {
  const [base = "", length = ""] = prefix.split("/");
  if (length === "32" || length === "128") return base;
  if (base === "0.0.0.0") return "203.0.113.9";
  if (base.includes(":")) return `${base}9`;
  const parts = base.split(".").map(Number);
  return [...parts.slice(0, 3), (parts[3] ?? 0) + 9].join(".");
}
