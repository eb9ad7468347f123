/**
 * Keeps sessions, and rooms that sessions share, within prefix limits that discard. It looks at the counts once a second; where a session
 * has more than its limit, the newest prefixes are refused by a list of that neighbor's own, which bgpd
 * applies to what it kept of them (soft reconfiguration), so that no session is reset. They may have been
 * in use for that second.
 *
 *   open ── more than the limit ──▶ gated ── no more than the limit, or the session ended ──▶ open
 *   gated ── more entries than FRR takes in good time ──▶ overrun: bgpd's own limit ends the session
 *
 * A room goes by the prefixes' own order then, and ends nobody's session.
 */
import { readFileSync, writeFileSync } from "node:fs";
import type { Log } from "../../base/log.ts";
import type { Fragment } from "../../fabric/intent.ts";
import {
  limitTold,
  type PrefixLimitObservation,
  type RoomObservation,
  type SessionObservation,
} from "../../fabric/report.ts";
import { wait } from "../wait.ts";
import type { Block } from "./blocks.ts";
import type { FrrDriver } from "./frr.ts";
import {
  countsOf,
  entriesOf,
  gatesOf,
  type Held,
  type KeptLimit,
  limitsIn,
  type Member,
  weighed,
} from "./kept-limits.ts";
import { parseSessions } from "./observation.ts";
import { isGated, openGate, type PrefixGate } from "./prefix-gate.ts";
import { renderFragments } from "./render.ts";

const lookMs = 1_000;
/** With thousands of sessions a look is dear: it takes no more than this part of the time. */
const busyFactor = 20;
/** A room is weighed when its counts have come to rest, or after so many looks: its lists are long ones. */
const restlessMax = 5;
/** What a room refuses does not show in its counts, so it is weighed again after so many looks. */
const quietMax = 10;

export type LimitGuardOptions = {
  readonly frr: FrrDriver;
  readonly file: string;
  readonly log: Log;
  /** One thing at a time on the node. */
  inTurn(work: () => Promise<void>): Promise<void>;
};

type Sessions = ReadonlyMap<string, SessionObservation>;

export class LimitGuard {
  readonly #options: LimitGuardOptions;
  readonly #held: Map<string, Held>;
  /** Of rooms: what was seen at the last look, and how many looks ago it was weighed. */
  readonly #seen = new Map<string, { readonly counts: string; readonly looks: number }>();
  readonly #ending = new AbortController();
  #limits: readonly KeptLimit[] = [];
  #fragments: readonly Fragment[] = [];
  #isLooking = false;

  constructor(options: LimitGuardOptions) {
    this.#options = options;
    this.#held = readHeld(options.file);
  }

  /** The configuration with the lists that are in force; from now on these fragments' limits are kept. */
  render(fragments: readonly Fragment[]): Block[] {
    this.#fragments = fragments;
    this.#limits = limitsIn(fragments);
    const keys = new Set(this.#limits.map(({ key }) => key));
    for (const key of this.#held.keys()) if (!keys.has(key)) this.#held.delete(key);
    for (const key of this.#seen.keys()) if (!keys.has(key)) this.#seen.delete(key);
    if (this.#limits.length > 0 && !this.#isLooking) {
      this.#isLooking = true;
      void this.#keepLooking(this.#ending.signal);
    }
    return this.#rendered();
  }

  tell(sessions: readonly SessionObservation[]): SessionObservation[] {
    const limits = new Map<string, (KeptLimit & { member: Member })[]>();
    for (const one of this.#limits) {
      const [member] = one.members;
      if (one.room !== undefined || member === undefined) continue;
      const at = `${member.vrf} ${member.address}`;
      limits.set(at, [...(limits.get(at) ?? []), { ...one, member }]);
    }
    return sessions.map((session) => {
      const own = limits.get(`${session.vrf} ${session.address}`);
      if (own === undefined || session.state !== "Established") return session;
      const told = own.map((one) => [one.member.family, this.#toldOf(one, session)] as const);
      return { ...session, prefixLimits: Object.fromEntries(told) };
    });
  }

  /** Of rooms that were looked at since a session in them is established. */
  rooms(): RoomObservation[] {
    return this.#limits.flatMap(({ key, room, limit }) => {
      const held = this.#held.get(key);
      if (room === undefined || held === undefined) return [];
      return [{ name: room, ...limitTold(limit, held.received, held.gate.refused) }];
    });
  }

  close(): void {
    this.#ending.abort();
  }

  #toldOf(
    { key, limit, member }: KeptLimit & { member: Member },
    { prefixesReceived }: SessionObservation,
  ): PrefixLimitObservation {
    const refused = this.#held.get(key)?.gate.refused ?? [];
    // What is over the limit and not refused yet is in the count of the session.
    return limitTold(limit, (prefixesReceived[member.family] ?? 0) + refused.length, refused);
  }

  async #keepLooking(signal: AbortSignal): Promise<void> {
    let pauseMs = lookMs;
    while (!signal.aborted) {
      await wait(pauseMs, signal);
      if (signal.aborted) return;
      let tookMs = 0;
      await this.#options
        .inTurn(async () => {
          // To wait for one's turn costs nothing.
          const started = performance.now();
          await this.#look();
          tookMs = performance.now() - started;
        })
        // A daemon that is being started again: the next look finds it.
        .catch((error: unknown) => {
          this.#options.log("warn", "prefix limits could not be looked after", {
            error: String(error),
          });
        });
      pauseMs = Math.max(lookMs, busyFactor * tookMs);
    }
  }

  async #look(): Promise<void> {
    if (this.#limits.length === 0 || this.#ending.signal.aborted) return;
    const summary = await this.#options.frr.ask("bgpd", "show bgp vrf all summary json");
    const sessions: Sessions = new Map(
      parseSessions({ summary, failed: "", bfd: "" }).map((one) => [
        `${one.vrf} ${one.address}`,
        one,
      ]),
    );
    let isChanged = false;
    for (const limit of this.#limits) if (await this.#weigh(limit, sessions)) isChanged = true;
    if (!isChanged) return;
    writeFileSync(this.#options.file, JSON.stringify([...this.#held]), { mode: 0o600 });
    await this.#type();
  }

  /** Whether what is refused has changed. */
  async #weigh(limit: KeptLimit, sessions: Sessions): Promise<boolean> {
    const { key, members } = limit;
    const held = this.#held.get(key);
    const counts = countsOf(members, sessions);
    if (counts === undefined) {
      this.#held.delete(key);
      this.#seen.delete(key);
      return held !== undefined && (held.gate.refused.length > 0 || held.isOverrun);
    }
    if (held?.isOverrun || !this.#isDue(limit, held, counts)) return false;
    const gate = held?.gate ?? openGate;
    const received = new Set<string>();
    for (const member of members)
      if (sessions.get(`${member.vrf} ${member.address}`)?.state === "Established")
        for (const prefix of await this.#received(member, gate)) received.add(prefix);
    const next = weighed(limit, { held, received: [...received], counts });
    this.#held.set(key, next);
    const isSame = next.gate.refused.join() === gate.refused.join();
    if (!isSame || next.isOverrun) this.#warn(limit, next);
    return !isSame || next.isOverrun;
  }

  /** A session's own limit is weighed whenever it may matter: its lists are short ones. */
  #isDue({ key, room, limit }: KeptLimit, held: Held | undefined, counts: string): boolean {
    const isGated = (held?.gate.refused.length ?? 0) > 0;
    const isSame = held?.counts === counts && held.limit === limit;
    if (room === undefined) return isGated || !isSame;
    const { counts: last, looks } = this.#seen.get(key) ?? { counts: "", looks: 0 };
    const isAtRest = last === counts;
    const isDue = isSame ? isGated && looks >= quietMax : isAtRest || looks >= restlessMax;
    const isIdle = isSame && !isGated;
    this.#seen.set(key, { counts, looks: isDue || isIdle ? 0 : looks + 1 });
    return isDue;
  }

  #warn({ room, limit, members }: KeptLimit, { gate: { refused }, isOverrun }: Held): void {
    const [{ vrf, address } = { vrf: "", address: "" }] = members;
    const of = room === undefined ? { vrf, address } : { room };
    const first = refused.slice(0, 5);
    this.#options.log("warn", "prefixes beyond a limit", {
      ...{ ...of, limit, isOverrun, discarded: refused.length, first },
    });
  }

  /** What the session's policy lets in: what is in use, and what our own list refuses of the rest. */
  async #received({ vrf, address, family }: Member, gate: PrefixGate): Promise<string[]> {
    const { frr } = this.#options;
    const at = `show bgp vrf ${vrf} ${family} unicast neighbors ${address}`;
    const used = keysIn(await frr.ask("bgpd", `${at} routes json`), "routes");
    const entries = entriesOf(gate);
    if (entries.length === 0) return used;
    const all = keysIn(await frr.ask("bgpd", `${at} received-routes json`), "receivedRoutes");
    return [...new Set([...used, ...all.filter((prefix) => isGated(entries, prefix))])];
  }

  async #type(): Promise<void> {
    const { frr, log } = this.#options;
    const blocks = this.#rendered();
    frr.forget();
    const failures = await frr.apply(frr.diff(await frr.recall(), blocks));
    await frr.settle(blocks, failures);
    for (const [key, error] of failures)
      log("warn", "a prefix limit could not be kept", { key, error });
  }

  #rendered(): Block[] {
    return renderFragments(this.#fragments, gatesOf(this.#limits, this.#held));
  }
}

function keysIn(text: string, member: string): string[] {
  const found = (JSON.parse(text) as Record<string, object | undefined>)[member];
  return Object.keys(found ?? {});
}

function readHeld(file: string): Map<string, Held> {
  try {
    return new Map(JSON.parse(readFileSync(file, "utf8")) as [string, Held][]);
  } catch {
    return new Map();
  }
}
