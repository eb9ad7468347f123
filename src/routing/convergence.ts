/**
 * From the state of a fabric at one moment to what it does: sessions, routes, forwarding tables.
 *
 * Routing instances that exchange routes form groups. A group's result is kept and used again as long
 * as everything that it was computed from is the same: one more circuit computes one more group.
 */
import type { Place } from "../fabric/probe.ts";
import type { BgpRoute } from "./best-path.ts";
import { convergeGroup, type GroupRoutes, type LiveEnd, type Speaker } from "./bgp-engine.ts";
import type { FabricState } from "./carrier.ts";
import { placeKey } from "./disposition.ts";
import { type Fib, resolve, wholeFib } from "./fib.ts";
import type { VrfModel } from "./node-model.ts";
import {
  type Advance,
  advanceSessions,
  judgeSessions,
  type SessionEnd,
  type SessionMemory,
} from "./sessions.ts";
import { localFibOf, type Wiring, wiringOf } from "./wiring.ts";

type GroupResult = GroupRoutes & { readonly inputs: readonly unknown[] };

export type ConvergedFabric = {
  readonly wiring: Wiring;
  readonly nowMs: number;
  readonly ends: ReadonlyMap<string, SessionEnd>;
  readonly memory: ReadonlyMap<string, SessionMemory>;
  /** When timers alone change something next; infinity when nothing is pending. */
  readonly nextChangeMs: number;
  /** The group of every speaker, by place. */
  readonly groups: ReadonlyMap<string, GroupResult>;
  /** Places whose routes would go on changing. */
  readonly unstable: readonly string[];
  readonly fibs: Map<string, Fib>;
};

export type ConvergeRequest = { readonly nowMs: number; readonly previous?: ConvergedFabric };

export function convergeFabric(
  state: FabricState,
  { nowMs, previous }: ConvergeRequest,
): ConvergedFabric {
  const wiring = wiringOf(state);
  const ends = judgeSessions(wiring);
  const advance = advanceSessions(ends, previous?.memory ?? new Map(), nowMs);
  const speakers = speakersOf({ wiring, ends, advance, previous });
  const groups = new Map<string, GroupResult>();
  const unstable: string[] = [];
  for (const members of connectedGroups(speakers)) {
    const group = groupResult(members, { wiring, previous });
    for (const { key } of members) groups.set(key, group);
    unstable.push(...group.unstable);
  }
  const { memory, nextChangeMs } = advance;
  return { wiring, nowMs, ends, memory, nextChangeMs, groups, unstable, fibs: new Map() };
}

/** The forwarding table of a place; undefined where there is no such place. */
export function fibOf(fabric: ConvergedFabric, place: Place): Fib | undefined {
  const key = placeKey(place);
  const known = fabric.fibs.get(key);
  if (known) return known;
  const vrf = vrfAt(fabric, place);
  if (vrf === undefined) return undefined;
  const local = localFibOf(fabric.wiring, place.node, vrf);
  const selections = fabric.groups.get(key)?.selections.get(key);
  const fib = selections ? wholeFib(local, selections.values()) : local;
  fabric.fibs.set(key, fib);
  return fib;
}

function vrfAt({ wiring }: ConvergedFabric, { node, vrf }: Place): VrfModel | undefined {
  return wiring.state.nodes.get(node)?.vrfs.get(vrf);
}

/** Routes accepted from a session's neighbour, and whether the prefix limit closed it. */
export function sessionRoutes(
  fabric: ConvergedFabric,
  end: SessionEnd,
): {
  routes: readonly BgpRoute[];
  discarded: readonly BgpRoute[];
  closed?: "overLimit" | "closedByPeer";
} {
  const group = fabric.groups.get(placeKey({ node: end.node, vrf: end.vrf.name }));
  const routes = group?.received.get(end.key) ?? [];
  const discarded = group?.discarded.get(end.key) ?? [];
  if (group?.overLimit.has(end.key)) return { routes, discarded, closed: "overLimit" };
  if (group?.closedByPeer.has(end.key)) return { routes, discarded, closed: "closedByPeer" };
  return { routes, discarded };
}

/** `node` and `vrf` carry what belongs to the same speaker. */
type Draft = Speaker & { readonly node: string; readonly vrf: VrfModel; readonly ends: LiveEnd[] };

type Sources = {
  readonly wiring: Wiring;
  readonly ends: ReadonlyMap<string, SessionEnd>;
  readonly advance: Advance;
  readonly previous: ConvergedFabric | undefined;
};

function speakersOf({ wiring, ends, advance, previous }: Sources): ReadonlyMap<string, Draft> {
  const speakers = new Map<string, Draft>();
  for (const { name: node, vrfs } of wiring.state.nodes.values()) {
    for (const vrf of vrfs.values()) {
      if (vrf.bgp === undefined) continue;
      const key = placeKey({ node, vrf: vrf.name });
      const local = localFibOf(wiring, node, vrf);
      const resolves = (nextHop: string) => resolve(local, nextHop).length > 0;
      speakers.set(key, { key, node, vrf, bgp: vrf.bgp, resolves, ends: [] });
    }
  }
  for (const end of ends.values()) {
    const memory = advance.memory.get(end.key);
    const speaker = speakers.get(placeKey({ node: end.node, vrf: end.vrf.name }));
    if (!memory?.up || end.interface === undefined || speaker === undefined) continue;
    const isPeerUp = end.peer !== undefined && advance.memory.get(end.peer)?.up === true;
    speaker.ends.push({
      key: end.key,
      speaker: speaker.key,
      neighbor: end.neighbor,
      interface: end.interface,
      ...(end.neighbor.room && {
        room: { key: roomKey(end), prefixes: end.neighbor.room.prefixes },
      }),
      heldBefore: () =>
        new Set(previous ? sessionRoutes(previous, end).routes.map((route) => route.key) : []),
      ...(isPeerUp && end.heard && { peer: end.peer }),
      ...(advance.frozen.has(end.key) && {
        frozen: previous ? sessionRoutes(previous, end).routes : [],
      }),
    });
  }
  return speakers;
}

/** A room is the node's, whatever routing instance a neighbor of it is in. */
function roomKey({ node, neighbor: { room } }: SessionEnd): string {
  return `${node} ${room?.name ?? ""}`;
}

function connectedGroups(speakers: ReadonlyMap<string, Draft>): readonly (readonly Draft[])[] {
  const speakerOfEnd = new Map<string, string>();
  const firstOfRoom = new Map<string, string>();
  const neighbors = new Map<string, string[]>();
  for (const speaker of speakers.values()) {
    neighbors.set(speaker.key, []);
    for (const end of speaker.ends) speakerOfEnd.set(end.key, speaker.key);
  }
  for (const speaker of speakers.values()) {
    const join = (other: string) => {
      neighbors.get(speaker.key)?.push(other);
      neighbors.get(other)?.push(speaker.key);
    };
    for (const { peer, room } of speaker.ends) {
      const other = peer === undefined ? undefined : speakerOfEnd.get(peer);
      if (other !== undefined) join(other);
      if (room === undefined) continue;
      const first = firstOfRoom.get(room.key);
      if (first === undefined) firstOfRoom.set(room.key, speaker.key);
      else if (first !== speaker.key) join(first);
    }
  }
  const grouped = new Set<string>();
  const groups: Draft[][] = [];
  for (const start of speakers.keys()) {
    if (grouped.has(start)) continue;
    grouped.add(start);
    const members = [start];
    for (const member of members) {
      for (const next of neighbors.get(member) ?? []) {
        if (grouped.has(next)) continue;
        grouped.add(next);
        members.push(next);
      }
    }
    groups.push(members.sort().flatMap((key) => speakers.get(key) ?? []));
  }
  return groups;
}

function groupResult(
  members: readonly Draft[],
  { wiring, previous }: Pick<Sources, "wiring" | "previous">,
): GroupResult {
  const inputs = members.flatMap(({ key, vrf, node, ends }) => [
    key,
    vrf,
    // Which connected networks there are is all that ports change for a speaker.
    [...localFibOf(wiring, node, vrf).entries.keys()].join(" "),
    ...ends.flatMap((end) => [end.key, end.peer, end.frozen]),
  ]);
  const before = previous?.groups.get(members[0]?.key ?? "");
  if (before && sameInputs(before.inputs, inputs)) return before;
  return { ...convergeGroup(members), inputs };
}

function sameInputs(one: readonly unknown[], other: readonly unknown[]): boolean {
  return one.length === other.length && one.every((value, index) => value === other[index]);
}
