/** The limits that a node keeps by itself, as its fragments name them, and what each refuses of whom. Pure. */
import type { Family, Fragment, PrefixMatch } from "../../fabric/intent.ts";
import type { SessionObservation } from "../../fabric/report.ts";
import { gateEntries, nextGate, openGate, type PrefixGate } from "./prefix-gate.ts";
import type { Gates } from "./render.ts";

/** One family of one session. */
export type Member = { readonly vrf: string; readonly address: string; readonly family: Family };

export type KeptLimit = {
  readonly key: string;
  readonly limit: number;
  /** A session's own limit has one; a room has all families of all its neighbors. */
  readonly members: readonly Member[];
  readonly room?: string;
};

export type Held = {
  readonly gate: PrefixGate;
  /** For which it was weighed. */
  readonly limit: number;
  /** Of each member, when it was last weighed. */
  readonly counts: string;
  readonly received: number;
  readonly isOverrun: boolean;
};

/** FRR 8.4 takes seconds for longer lists, with the square of their length. */
export const ENTRIES_MAX = 250;

export function limitsIn(fragments: readonly Fragment[]): KeptLimit[] {
  const own: KeptLimit[] = [];
  const rooms = new Map<string, KeptLimit>();
  for (const fragment of fragments) {
    if (fragment.kind !== "vrf") continue;
    for (const neighbor of fragment.bgp?.neighbors ?? []) {
      const { address, beyondMaximum, families, maximumPrefixes, room } = neighbor;
      const members = families.map((family) => ({ vrf: fragment.name, address, family }));
      if (beyondMaximum === "discard" && maximumPrefixes !== undefined)
        for (const member of members)
          own.push({
            key: memberKey(member),
            limit: maximumPrefixes[member.family],
            members: [member],
          });
      if (room === undefined) continue;
      const others = rooms.get(room.name)?.members ?? [];
      rooms.set(room.name, {
        key: `room ${room.name}`,
        limit: room.prefixes,
        members: [...others, ...members],
        room: room.name,
      });
    }
  }
  return [...own, ...rooms.values()];
}

export function memberKey({ vrf, address, family }: Member): string {
  return `${vrf} ${address} ${family}`;
}

/**
 * What is taken in of what comes now. Where a list of the newest would be too long, a session is left to
 * bgpd, which ends it; a room must not end what others have in it, and goes by the prefixes' own order.
 */
export function weighed(
  { limit, room }: KeptLimit,
  {
    held,
    received,
    counts,
  }: { held: Held | undefined; received: readonly string[]; counts: string },
): Held {
  const gate = nextGate(held?.gate ?? openGate, received, limit);
  const isLong = entriesOf(gate).length > ENTRIES_MAX;
  const told = { counts, limit, received: received.length };
  if (!isLong) return { ...told, gate, isOverrun: false };
  if (room === undefined) return { ...told, gate: openGate, isOverrun: true };
  return { ...told, gate: nextGate(openGate, received, limit), isOverrun: false };
}

/** Entries of both families. */
export function entriesOf({ admitted, refused }: PrefixGate): readonly PrefixMatch[] {
  return (["ipv4", "ipv6"] as const).flatMap((family) => {
    const ofFamily = (prefix: string) => prefix.includes(":") === (family === "ipv6");
    return gateEntries({
      admitted: admitted.filter(ofFamily),
      refused: refused.filter(ofFamily),
    });
  });
}

/** By member; one that is in two limits is refused what either refuses. */
export function gatesOf(limits: readonly KeptLimit[], held: ReadonlyMap<string, Held>): Gates {
  const gates = new Map<string, readonly PrefixMatch[] | "overrun">();
  for (const { key, members } of limits) {
    const { gate, isOverrun } = held.get(key) ?? { gate: openGate, isOverrun: false };
    const entries = entriesOf(gate);
    for (const member of members) {
      const at = memberKey(member);
      const there = gates.get(at) ?? [];
      const own = entries.filter(
        ({ prefix }) => prefix.includes(":") === (member.family === "ipv6"),
      );
      if (isOverrun || there === "overrun") gates.set(at, "overrun");
      else if (own.length > 0) gates.set(at, [...there, ...own]);
    }
  }
  return gates;
}

/** What each member has now, as one text; undefined while none of them has a session. */
export function countsOf(
  members: readonly Member[],
  sessions: ReadonlyMap<string, SessionObservation>,
): string | undefined {
  const counts = members.map(({ vrf, address, family }) => {
    const session = sessions.get(`${vrf} ${address}`);
    return session?.state === "Established" ? (session.prefixesReceived[family] ?? 0) : "-";
  });
  return counts.every((count) => count === "-") ? undefined : counts.join();
}
