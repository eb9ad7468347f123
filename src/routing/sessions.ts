/**
 * Which BGP sessions stand, and why others do not.
 *
 * An end of a session is *judged* from configuration and wiring alone, then *advanced* in time:
 *
 *   down ── everything agrees and frames pass both ways ──▶ up
 *   up ── own interface down, or configuration no longer agrees ──▶ down, at once
 *   up ── no frame comes from the neighbour ──▶ failing ── detection time ──▶ down
 *   up ── the neighbour is down and can still be heard (it says so) ──▶ down, at once
 *   failing ── frames come again ──▶ up
 *
 * Establishing takes no time here; losing takes what the timers say.
 *
 * RFC 4271 §8 (the session's states), RFC 5880 §6.8.4, RFC 5882 §4.3, RFC 2385 (MD5), RFC 5082 (GTSM),
 * RFC 9234 §4.2 (roles).
 */
import { addressOf, prefixContains } from "../base/prefix.ts";
import type { NodeName } from "../fabric/intent.ts";
import { detectionMs } from "./bfd.ts";
import type { BgpModel, NeighborModel } from "./bgp-model.ts";
import { placeKey } from "./disposition.ts";
import type { InterfaceModel, VrfModel } from "./node-model.ts";
import { type Arrival, isInterfaceUp, reachOf, silentPortOn, type Wiring } from "./wiring.ts";

export type Obstacle =
  | "disabled"
  | "noSharedSubnet"
  | "interfaceDown"
  | "neighborUnresolved"
  | "notConfiguredAtNeighbor"
  | "disabledAtNeighbor"
  | "wrongAsn"
  | "passwordsDiffer"
  | "ttlsDiffer"
  | "rolesDiffer"
  | "noCommonFamily";

export type SessionEnd = {
  /** `node/vrf/neighbour address`. */
  readonly key: string;
  readonly node: NodeName;
  readonly vrf: VrfModel;
  readonly bgp: BgpModel;
  readonly neighbor: NeighborModel;
  readonly interface?: InterfaceModel;
  /** The other end, where it was found on the wire with this end as its neighbour. */
  readonly peer?: string;
  readonly detectionMs: number;
  readonly obstacle?: Obstacle;
  /** Whether frames from this end come to the other. */
  readonly heard: boolean;
};

export type SessionMemory = {
  readonly up: boolean;
  readonly peer?: string;
  readonly detectionMs: number;
  readonly upSinceMs?: number;
  readonly failingSinceMs?: number;
  readonly lastReset?: string;
};

export type Advance = {
  readonly memory: ReadonlyMap<string, SessionMemory>;
  /** Up ends from whose neighbour nothing comes: they keep the routes they have. */
  readonly frozen: ReadonlySet<string>;
  /** When, with nothing else changing, the next end goes down. */
  readonly nextChangeMs: number;
};

export function judgeSessions(wiring: Wiring): ReadonlyMap<string, SessionEnd> {
  const ends = new Map<string, SessionEnd>();
  for (const { name, routing, vrfs } of wiring.state.nodes.values()) {
    if (!routing) continue;
    for (const vrf of vrfs.values()) {
      for (const neighbor of vrf.bgp?.neighbors ?? []) {
        if (vrf.bgp === undefined) continue;
        const end = judge(wiring, { node: name, vrf, bgp: vrf.bgp, neighbor });
        ends.set(end.key, end);
      }
    }
  }
  return ends;
}

type Candidate = Pick<SessionEnd, "node" | "vrf" | "bgp" | "neighbor">;

function judge(wiring: Wiring, candidate: Candidate): SessionEnd {
  const { node, vrf, neighbor } = candidate;
  const key = sessionKey(node, vrf.name, neighbor.address);
  const model = interfaceTowards(vrf, neighbor.address);
  const refused = (obstacle: Obstacle): SessionEnd => {
    const end = { key, ...candidate, heard: false, detectionMs: 0, obstacle };
    return model ? { ...end, interface: model } : end;
  };
  if (!neighbor.enabled) return refused("disabled");
  if (model === undefined) return refused("noSharedSubnet");
  if (!isInterfaceUp(wiring, node, model)) return refused("interfaceDown");
  const arrival = arrivalAt(wiring, { ...candidate, interface: model });
  if (arrival === undefined) return refused("neighborUnresolved");
  const { at } = arrival;
  const local = model.addresses.find(({ network }) =>
    prefixContains(network, addressOf(neighbor.address)),
  );
  const mirrored = at.vrf.bgp?.neighbors.find(({ address }) => address === local?.text);
  const heard = silentPortOn(wiring, arrival) === undefined;
  if (at.vrf.bgp === undefined || mirrored === undefined) {
    return { ...refused("notConfiguredAtNeighbor"), heard };
  }
  const peer = sessionKey(at.node, at.vrf.name, mirrored.address);
  const obstacle = disagreement(candidate, at.vrf.bgp, mirrored);
  return {
    key,
    ...candidate,
    interface: model,
    peer,
    heard,
    detectionMs: detectionMs(neighbor, mirrored),
    ...(obstacle && { obstacle }),
  };
}

function disagreement(
  { bgp, neighbor }: Candidate,
  peerBgp: BgpModel,
  mirrored: NeighborModel,
): Obstacle | undefined {
  if (!mirrored.enabled) return "disabledAtNeighbor";
  if (neighbor.password !== mirrored.password) return "passwordsDiffer";
  const [own, theirs] = [neighbor.localAsn ?? bgp.asn, mirrored.localAsn ?? peerBgp.asn];
  if (neighbor.remoteAsn !== theirs || mirrored.remoteAsn !== own) return "wrongAsn";
  if (neighbor.isTtlSecure !== mirrored.isTtlSecure) return "ttlsDiffer";
  if (!rolesAgree(neighbor, mirrored)) return "rolesDiffer";
  const common = neighbor.families.some((family) => mirrored.families.includes(family));
  return common ? undefined : "noCommonFamily";
}

/** RFC 9234 §4.2: two that say their roles must be each other's; a strict end hears of a role. */
function rolesAgree({ role: own }: NeighborModel, { role: other }: NeighborModel): boolean {
  if (own === undefined || other === undefined) return !(own ?? other)?.strict;
  return own.name !== other.name;
}

function sessionKey(node: NodeName, vrf: string, address: string): string {
  return `${placeKey({ node, vrf })}/${address}`;
}

function interfaceTowards(vrf: VrfModel, address: string): InterfaceModel | undefined {
  const target = addressOf(address);
  return [...vrf.interfaces.values()].find(
    ({ source, addresses }) =>
      source.kind !== "loopback" &&
      addresses.some(({ network }) => prefixContains(network, target)),
  );
}

function arrivalAt(
  wiring: Wiring,
  { node, vrf, neighbor, ...end }: Candidate & { interface: InterfaceModel },
): Arrival | undefined {
  return reachOf(wiring, { node, vrf, interface: end.interface }).arrivals.find(({ at }) =>
    at.interface.addresses.some(({ text }) => text === neighbor.address),
  );
}

export function advanceSessions(
  ends: ReadonlyMap<string, SessionEnd>,
  before: ReadonlyMap<string, SessionMemory>,
  nowMs: number,
): Advance {
  const alone = new Map<string, SessionMemory>();
  for (const end of ends.values()) {
    alone.set(end.key, advanceAlone(end, { ends, before: before.get(end.key), nowMs }));
  }
  const memory = new Map<string, SessionMemory>();
  const frozen = new Set<string>();
  let nextChangeMs = Number.POSITIVE_INFINITY;
  for (const [key, state] of alone) {
    const settled = listenToPeer(state, { key, ends, alone });
    memory.set(key, settled);
    if (!settled.up || settled.failingSinceMs === undefined) continue;
    if (!isHeard(key, settled, ends)) frozen.add(key);
    if (frozen.has(key)) {
      nextChangeMs = Math.min(nextChangeMs, settled.failingSinceMs + settled.detectionMs);
    }
  }
  return { memory, frozen, nextChangeMs };
}

type Moment = {
  readonly ends: ReadonlyMap<string, SessionEnd>;
  readonly before: SessionMemory | undefined;
  readonly nowMs: number;
};

function advanceAlone(end: SessionEnd, { ends, before, nowMs }: Moment): SessionMemory {
  const stays = before?.lastReset === undefined ? {} : { lastReset: before.lastReset };
  const passes = end.heard && end.peer !== undefined && ends.get(end.peer)?.heard === true;
  if (passes && end.obstacle === undefined) {
    const upSinceMs = before?.upSinceMs ?? nowMs;
    return { up: true, peer: end.peer, detectionMs: end.detectionMs, upSinceMs, ...stays };
  }
  const down = (lastReset: string): SessionMemory => ({
    up: false,
    detectionMs: 0,
    ...stays,
    ...(before?.up && { lastReset }),
  });
  if (!before?.up) return down("");
  // What this end knows itself, or the neighbour can still tell it, needs no timer.
  const told = end.heard && end.obstacle !== "neighborUnresolved";
  if (end.obstacle !== undefined && (told || known.has(end.obstacle))) {
    return down(obstacleWords[end.obstacle]);
  }
  const failingSinceMs = before.failingSinceMs ?? nowMs;
  const deaf = !isHeard(end.key, before, ends);
  if (deaf && nowMs >= failingSinceMs + before.detectionMs) return down(timeoutWords(end));
  return { ...before, failingSinceMs };
}

/** What an end learns from itself. */
const known: ReadonlySet<Obstacle> = new Set(["disabled", "noSharedSubnet", "interfaceDown"]);

function isHeard(
  key: string,
  { peer }: SessionMemory,
  ends: ReadonlyMap<string, SessionEnd>,
): boolean {
  const other = peer === undefined ? undefined : ends.get(peer);
  return other?.heard === true && other.peer === key;
}

type Others = {
  readonly key: string;
  readonly ends: ReadonlyMap<string, SessionEnd>;
  readonly alone: ReadonlyMap<string, SessionMemory>;
};

function listenToPeer(state: SessionMemory, { key, ends, alone }: Others): SessionMemory {
  if (!state.up || state.peer === undefined || alone.get(state.peer)?.up) return state;
  if (!isHeard(key, state, ends)) return state;
  return { up: false, detectionMs: 0, lastReset: "The neighbour closed the session." };
}

function timeoutWords({ neighbor }: SessionEnd): string {
  return neighbor.bfd ? "BFD detected the loss of the neighbour." : "The hold timer expired.";
}

export const obstacleWords: Readonly<Record<Obstacle, string>> = {
  disabled: "The session is administratively down.",
  noSharedSubnet: "No interface has a subnet that holds the neighbour's address.",
  interfaceDown: "The interface towards the neighbour is down.",
  neighborUnresolved: "Nobody answers for the neighbour's address.",
  notConfiguredAtNeighbor: "The neighbour has no session for this address.",
  disabledAtNeighbor: "The neighbour's end is administratively down.",
  wrongAsn: "The AS numbers of the two ends do not agree.",
  passwordsDiffer: "The MD5 passwords of the two ends differ.",
  ttlsDiffer: "One end asks for packets from the next hop alone, and the other does not send such.",
  rolesDiffer: "The BGP roles of the two ends do not fit.",
  noCommonFamily: "The two ends have no address family in common.",
};
