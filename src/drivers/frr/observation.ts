/** What the daemons say of sessions and routes, read from their JSON. Pure. */
import { REPAIR_INTERFACE } from "../../fabric/intent.ts";
import type { BfdObservation, RouteObservation, SessionObservation } from "../../fabric/report.ts";

type PeerJson = {
  remoteAs?: number;
  state?: string;
  peerUptimeMsec?: number;
  pfxRcd?: number;
  lastResetDueTo?: string;
};
type FamilyJson = { peers?: Record<string, PeerJson> };
type SummaryJson = Record<string, { ipv4Unicast?: FamilyJson; ipv6Unicast?: FamilyJson }>;
type BfdPeerJson = {
  peer: string;
  vrf?: string;
  status: string;
  "transmit-interval"?: number;
  "receive-interval"?: number;
  "remote-detect-multiplier"?: number;
  "remote-transmit-interval"?: number;
  "remote-receive-interval"?: number;
};

type Session = {
  -readonly [Field in keyof SessionObservation]: SessionObservation[Field];
};

const states = new Set(["Idle", "Connect", "Active", "OpenSent", "OpenConfirm", "Established"]);
const bfdStates: Readonly<Record<string, SessionObservation["bfd"]>> = {
  up: "Up",
  down: "Down",
  init: "Init",
  shutdown: "AdminDown",
};

export function parseSessions(texts: {
  summary: string;
  failed: string;
  bfd: string;
}): SessionObservation[] {
  const sessions = new Map<string, Session>();
  for (const [vrf, families] of Object.entries(parse<SummaryJson>(texts.summary, {}))) {
    addFamily(sessions, { vrf, family: "ipv4", peers: families.ipv4Unicast?.peers });
    addFamily(sessions, { vrf, family: "ipv6", peers: families.ipv6Unicast?.peers });
  }
  for (const [vrf, families] of Object.entries(parse<SummaryJson>(texts.failed, {}))) {
    for (const { peers = {} } of [families.ipv4Unicast ?? {}, families.ipv6Unicast ?? {}]) {
      for (const [address, { lastResetDueTo }] of Object.entries(peers)) {
        const session = sessions.get(`${vrf} ${address}`);
        if (session !== undefined && lastResetDueTo) session.lastReset = lastResetDueTo;
      }
    }
  }
  for (const one of parse<BfdPeerJson[]>(texts.bfd, [])) {
    const session = sessions.get(`${one.vrf ?? "default"} ${one.peer}`);
    const bfd = bfdStates[one.status];
    if (session === undefined || bfd === undefined) continue;
    session.bfd = bfd;
    const timers = bfd === "Up" ? agreedTimers(one) : undefined;
    if (timers !== undefined) session.bfdTimers = timers;
  }
  return [...sessions.values()].sort((one, other) => (idOf(one) < idOf(other) ? -1 : 1));
}

/** RFC 5880 §6.8.2: each end sends as slowly as the slower of the two asks for. FRR says both ends' wishes. */
function agreedTimers(peer: BfdPeerJson): BfdObservation | undefined {
  const remoteTransmit = peer["remote-transmit-interval"];
  const remoteReceive = peer["remote-receive-interval"];
  const multiplier = peer["remote-detect-multiplier"];
  if (remoteTransmit === undefined || remoteReceive === undefined || multiplier === undefined)
    return undefined;
  return {
    transmitMs: Math.max(peer["transmit-interval"] ?? 0, remoteReceive),
    receiveMs: Math.max(peer["receive-interval"] ?? 0, remoteTransmit),
    multiplier,
  };
}

function addFamily(
  sessions: Map<string, Session>,
  at: { vrf: string; family: "ipv4" | "ipv6"; peers: Record<string, PeerJson> | undefined },
): void {
  for (const [address, peer] of Object.entries(at.peers ?? {})) {
    const state = stateOf(peer.state);
    const before = sessions.get(`${at.vrf} ${address}`);
    const established = state === "Established";
    sessions.set(`${at.vrf} ${address}`, {
      ...before,
      vrf: at.vrf,
      address,
      remoteAsn: peer.remoteAs ?? 0,
      state,
      ...(established && peer.peerUptimeMsec !== undefined
        ? { uptimeSeconds: Math.floor(peer.peerUptimeMsec / 1000) }
        : {}),
      prefixesReceived: {
        ...before?.prefixesReceived,
        ...(established && peer.pfxRcd !== undefined ? { [at.family]: peer.pfxRcd } : {}),
      },
    });
  }
}

/** FRR says `Idle (Admin)` and `Idle (PfxCt)`; RFC 4271 knows one Idle. */
function stateOf(text: string | undefined): SessionObservation["state"] {
  const word = (text ?? "Idle").split(" ")[0] ?? "Idle";
  return (states.has(word) ? word : "Idle") as SessionObservation["state"];
}

type ZebraRouteJson = {
  protocol: string;
  installed?: boolean;
  selected?: boolean;
  nexthops?: { ip?: string; interfaceName?: string; fib?: boolean; blackhole?: boolean }[];
};
type BgpRouteJson = {
  routes?: Record<string, { bestpath?: boolean | object; weight?: number; path?: string }[]>;
};

export function parseRoutes(zebra: readonly string[], bgp: readonly string[]): RouteObservation[] {
  const best = new Map<string, { path: number[]; weight: number }>();
  for (const text of bgp) {
    for (const [prefix, paths] of Object.entries(parse<BgpRouteJson>(text, {}).routes ?? {})) {
      const chosen = paths.find(({ bestpath }) => bestpath !== undefined && bestpath !== false);
      if (chosen === undefined) continue;
      const path = (chosen.path ?? "")
        .split(/[ {},()]+/)
        .filter(Boolean)
        .map(Number);
      best.set(prefix, { path: path.filter(Number.isInteger), weight: chosen.weight ?? 0 });
    }
  }
  return zebra.flatMap((text) =>
    Object.entries(parse<Record<string, ZebraRouteJson[]>>(text, {})).flatMap(
      ([prefix, routes]) => {
        const route = routes.find(({ selected }) => selected === true);
        return route === undefined || isLastResort(route) ? [] : [routeOf(prefix, route, best)];
      },
    ),
  );
}

/** Forwarding's own remedy, no route that anybody announced or asked for. */
function isLastResort({ protocol, nexthops = [] }: ZebraRouteJson): boolean {
  return protocol === "kernel" && nexthops.some((hop) => hop.interfaceName === REPAIR_INTERFACE);
}

function routeOf(
  prefix: string,
  { protocol, nexthops = [] }: ZebraRouteJson,
  best: ReadonlyMap<string, { path: number[]; weight: number }>,
): RouteObservation {
  const known = ["bgp", "connected", "static", "kernel", "local"] as const;
  // What we put into the kernel as static routes, zebra finds there and calls the kernel's.
  const found = known.find((each) => each === protocol) ?? "static";
  const name = found === "kernel" ? "static" : found;
  const hops = nexthops.filter(({ fib, ip }) => fib === true || ip !== undefined);
  const base = {
    prefix,
    protocol: name,
    nextHops: hops.map(({ ip, interfaceName }) => ip ?? interfaceName ?? "").filter(Boolean),
  };
  const attributes = name === "bgp" ? best.get(prefix) : undefined;
  if (attributes !== undefined) return { ...base, ...attributes };
  return name === "bgp" ? base : { ...base, path: [] };
}

function parse<Shape>(text: string, otherwise: Shape): Shape {
  const trimmed = text.trim();
  if (!/^[{[]/.test(trimmed)) return otherwise;
  try {
    return JSON.parse(trimmed) as Shape;
  } catch {
    return otherwise;
  }
}

function idOf({ vrf, address }: SessionObservation): string {
  return `${vrf} ${address}`;
}
