/** What a simulated node reports of itself, read from the converged fabric. */
import { printPrefix } from "../base/prefix.ts";
import type { BfdTimers, NodeName } from "../fabric/intent.ts";
import {
  limitTold,
  type NeighborObservation,
  type PortObservation,
  type RoomObservation,
  type RouteObservation,
  type SessionObservation,
} from "../fabric/report.ts";
import type { BgpRoute } from "../routing/best-path.ts";
import type { NeighborModel } from "../routing/bgp-model.ts";
import { type ConvergedFabric, sessionRoutes } from "../routing/convergence.ts";
import { placeKey } from "../routing/disposition.ts";
import type { Fib } from "../routing/fib.ts";
import { neighborEntries } from "../routing/neighbors.ts";
import type { NodeModel } from "../routing/node-model.ts";
import { countOf } from "../routing/prefix-limit.ts";
import { type Obstacle, obstacleWords, type SessionEnd } from "../routing/sessions.ts";
import type { LegPlace } from "../routing/wiring.ts";

export function observeSessions(
  fabric: ConvergedFabric,
  node: NodeName,
): readonly SessionObservation[] {
  return [...fabric.ends.values()]
    .filter((end) => end.node === node)
    .map((end) => observeSession(fabric, end));
}

function observeSession(fabric: ConvergedFabric, end: SessionEnd): SessionObservation {
  const memory = fabric.memory.get(end.key);
  const { routes, discarded, closed } = sessionRoutes(fabric, end);
  const { neighbor } = end;
  const base = { vrf: end.vrf.name, address: neighbor.address, remoteAsn: neighbor.remoteAsn };
  const bfd = bfdOf(fabric, end);
  if (memory?.up && closed === undefined) {
    const received = neighbor.families.map((family) => [family, countOf(routes, family)]);
    return {
      ...base,
      state: "Established",
      uptimeSeconds: Math.floor((fabric.nowMs - (memory.upSinceMs ?? fabric.nowMs)) / 1000),
      prefixesReceived: Object.fromEntries(received),
      ...(memory.lastReset !== undefined && { lastReset: memory.lastReset }),
      ...bfd,
      ...limitsOf(neighbor, routes, discarded),
    };
  }
  const lastReset = closed ? closedWords[closed] : downWords(end.obstacle, memory?.lastReset);
  return {
    ...base,
    state: closed === "overLimit" ? "Idle" : stateOf(end.obstacle),
    prefixesReceived: {},
    ...(lastReset !== undefined && { lastReset }),
    ...bfd,
  };
}

function limitsOf(
  { beyondMaximum, families, maximumPrefixes }: NeighborModel,
  routes: readonly BgpRoute[],
  discarded: readonly BgpRoute[],
): Pick<SessionObservation, "prefixLimits"> {
  if (beyondMaximum !== "discard") return {};
  const limits = families.flatMap((family) => {
    const limit = maximumPrefixes[family];
    if (limit === undefined) return [];
    const beyond = discarded.filter(({ prefix }) => prefix.family === family);
    const received = countOf(routes, family) + beyond.length;
    const said = limitTold(
      limit,
      received,
      beyond.map(({ key }) => key),
    );
    return [[family, said] as const];
  });
  return limits.length === 0 ? {} : { prefixLimits: Object.fromEntries(limits) };
}

/** Of rooms that neighbors on the node share, where a session in them is established. */
export function observeRooms(fabric: ConvergedFabric, node: NodeName): readonly RoomObservation[] {
  const rooms = new Map<string, SessionEnd[]>();
  for (const end of fabric.ends.values()) {
    const name = end.neighbor.room?.name;
    if (end.node !== node || name === undefined || !fabric.memory.get(end.key)?.up) continue;
    rooms.set(name, [...(rooms.get(name) ?? []), end]);
  }
  return [...rooms].map(([name, ends]) => {
    const taken = new Set<string>();
    const beyond = new Map<string, BgpRoute>();
    for (const end of ends) {
      const { routes, discarded } = sessionRoutes(fabric, end);
      for (const { key } of routes) taken.add(key);
      for (const route of discarded) beyond.set(route.key, route);
    }
    const limit = ends[0]?.neighbor.room?.prefixes ?? 0;
    const discarded = [...beyond.keys()].filter((key) => !taken.has(key));
    return { name, ...limitTold(limit, taken.size + discarded.length, discarded) };
  });
}

const closedWords = {
  overLimit: "More prefixes arrived than the session's limit allows.",
  closedByPeer: "The neighbour closed the session: more prefixes arrived than its limit allows.",
} as const;

/** The obstacle of now, unless it only says that the neighbour is gone and how that was noticed is known. */
function downWords(obstacle: Obstacle | undefined, lastReset: string | undefined) {
  if (obstacle === undefined || obstacle === "neighborUnresolved") {
    return lastReset ?? (obstacle && obstacleWords[obstacle]);
  }
  return obstacleWords[obstacle];
}

function stateOf(obstacle: Obstacle | undefined): SessionObservation["state"] {
  const cannotStart = new Set<Obstacle | undefined>([
    "disabled",
    "noSharedSubnet",
    "interfaceDown",
    "wrongAsn",
  ]);
  if (obstacle === "passwordsDiffer") return "Connect";
  return cannotStart.has(obstacle) ? "Idle" : "Active";
}

function bfdOf(
  fabric: ConvergedFabric,
  end: SessionEnd,
): Pick<SessionObservation, "bfd" | "bfdTimers"> {
  if (end.neighbor.bfd === undefined) return {};
  if (!end.neighbor.enabled) return { bfd: "AdminDown" };
  const peer = end.peer === undefined ? undefined : fabric.ends.get(end.peer);
  const isUp = fabric.memory.get(end.key)?.up === true;
  const isSpoken = peer === undefined || peer.neighbor.bfd !== undefined;
  if (!isUp || !isSpoken) return { bfd: "Down" };
  return { bfd: "Up", ...negotiated(end.neighbor.bfd, peer?.neighbor.bfd) };
}

/** RFC 5880 §6.8.2, §6.8.4: the slower of both intervals, and the other end's multiplier. */
function negotiated(own: BfdTimers, other: BfdTimers | undefined) {
  if (other === undefined) return {};
  const slower = Math.max(own.intervalMs, other.intervalMs);
  return {
    bfdTimers: { transmitMs: slower, receiveMs: slower, multiplier: other.multiplier },
  };
}

export function observeNeighbors(
  { wiring }: ConvergedFabric,
  node: NodeModel,
): readonly NeighborObservation[] {
  return [...node.vrfs.values()].flatMap((vrf) =>
    neighborEntries(wiring, node.name, vrf).map(({ interface: model, address, owner }) => ({
      vrf: vrf.name,
      interface: model.name,
      address,
      ...(owner && { mac: macOf(owner) }),
    })),
  );
}

/** A tunnel's address is the system's choice: here a locally administered one made from its place. */
function macOf({ node, vrf, interface: model }: LegPlace): string {
  if ("mac" in model.source) return model.source.mac;
  let hash = 0n;
  for (const character of `${placeKey({ node, vrf: vrf.name })}/${model.name}`) {
    hash = (hash * 1_099_511_628_211n + BigInt(character.charCodeAt(0))) & ((1n << 40n) - 1n);
  }
  return `02${hash.toString(16).padStart(10, "0")}`.replace(/..(?!$)/g, "$&:");
}

export function observePorts(
  { wiring }: ConvergedFabric,
  node: NodeModel,
  unknownTags: ReadonlyMap<string, number>,
): readonly PortObservation[] {
  const cabled = wiring.state.cabling.links.flat().filter((end) => end.node === node.name);
  const ports = new Set([...cabled.map(({ port }) => port), ...node.ports.keys()]);
  return [...ports].map((port) => {
    const use = node.ports.get(port);
    const isTagged = use !== undefined && (use.connects.size > 0 || !use.legs.has(""));
    return {
      port,
      up: wiring.carrier.isUp({ node: node.name, port }),
      ...(isTagged &&
        use.segment === undefined && {
          unknownTagPackets: unknownTags.get(port) ?? 0,
        }),
    };
  });
}

export function observeRoutes(fib: Fib): readonly RouteObservation[] {
  return [...fib.entries.values()].map(({ prefix, protocol, paths, selection }) => ({
    prefix: printPrefix(prefix),
    protocol,
    nextHops: [...new Set(paths.flatMap(({ nextHop }) => nextHop ?? []))],
    ...(selection && { path: selection.best.path, weight: selection.best.weight }),
  }));
}
