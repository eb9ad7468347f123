/**
 * Keeps sessions within prefix limits that discard. It looks at the counts once a second; where a session
 * has more than its limit, the newest prefixes are refused by a list of that neighbor's own, which bgpd
 * applies to what it kept of them (soft reconfiguration), so that no session is reset. They may have been
 * in use for that second.
 *
 *   open ── more than the limit ──▶ gated ── no more than the limit, or the session ended ──▶ open
 *   gated ── more entries than FRR takes in good time ──▶ overrun: bgpd's own limit ends the session
 */
import { readFileSync, writeFileSync } from "node:fs";
import type { Log } from "../../base/log.ts";
import type { Family, Fragment, PrefixMatch } from "../../fabric/intent.ts";
import {
  DISCARDED_TOLD_MAX,
  type PrefixLimitObservation,
  prefixLevel,
  type SessionObservation,
} from "../../fabric/report.ts";
import { wait } from "../wait.ts";
import type { Block } from "./blocks.ts";
import type { FrrDriver } from "./frr.ts";
import { parseSessions } from "./observation.ts";
import { gateEntries, isGated, nextGate, openGate, type PrefixGate } from "./prefix-gate.ts";
import { renderFragments } from "./render.ts";

const lookMs = 1_000;
/** With thousands of sessions a look is dear: it takes no more than this part of the time. */
const busyFactor = 20;
/** FRR 8.4 takes seconds for longer lists, with the square of their length. */
const entriesMax = 250;

export type LimitGuardOptions = {
  readonly frr: FrrDriver;
  readonly file: string;
  readonly log: Log;
  /** One thing at a time on the node. */
  inTurn(work: () => Promise<void>): Promise<void>;
};

type Limited = {
  readonly vrf: string;
  readonly address: string;
  readonly family: Family;
  readonly limit: number;
};

type Held = { readonly gate: PrefixGate; readonly count: number; readonly isOverrun: boolean };

export class LimitGuard {
  readonly #options: LimitGuardOptions;
  readonly #held: Map<string, Held>;
  readonly #ending = new AbortController();
  #limited: readonly Limited[] = [];
  #fragments: readonly Fragment[] = [];
  #isLooking = false;

  constructor(options: LimitGuardOptions) {
    this.#options = options;
    this.#held = readHeld(options.file);
  }

  /** The configuration with the lists that are in force; from now on these fragments' limits are kept. */
  render(fragments: readonly Fragment[]): Block[] {
    this.#fragments = fragments;
    this.#limited = fragments.flatMap(limitedIn);
    const keys = new Set(this.#limited.map(keyOf));
    for (const key of this.#held.keys()) if (!keys.has(key)) this.#held.delete(key);
    if (this.#limited.length > 0 && !this.#isLooking) {
      this.#isLooking = true;
      void this.#keepLooking(this.#ending.signal);
    }
    return this.#rendered();
  }

  tell(sessions: readonly SessionObservation[]): SessionObservation[] {
    const limits = new Map<string, Limited[]>();
    for (const one of this.#limited) {
      const at = `${one.vrf} ${one.address}`;
      limits.set(at, [...(limits.get(at) ?? []), one]);
    }
    return sessions.map((session) => {
      const own = limits.get(`${session.vrf} ${session.address}`);
      if (own === undefined || session.state !== "Established") return session;
      const told = own.map((one) => [one.family, this.#toldOf(one, session)] as const);
      return { ...session, prefixLimits: Object.fromEntries(told) };
    });
  }

  close(): void {
    this.#ending.abort();
  }

  #toldOf(limited: Limited, { prefixesReceived }: SessionObservation): PrefixLimitObservation {
    const { limit, family } = limited;
    const refused = this.#held.get(keyOf(limited))?.gate.refused ?? [];
    // What is over the limit and not refused yet is in the count of the session.
    const received = (prefixesReceived[family] ?? 0) + refused.length;
    return {
      limit,
      received,
      level: prefixLevel(received, limit),
      discarded: refused.length,
      discardedPrefixes: refused.slice(0, DISCARDED_TOLD_MAX),
    };
  }

  async #keepLooking(signal: AbortSignal): Promise<void> {
    let pauseMs = lookMs;
    while (!signal.aborted) {
      await wait(pauseMs, signal);
      if (signal.aborted) return;
      const started = performance.now();
      await this.#options
        .inTurn(() => this.#look())
        // A daemon that is being started again: the next look finds it.
        .catch((error: unknown) => {
          this.#options.log("warn", "prefix limits could not be looked after", {
            error: String(error),
          });
        });
      pauseMs = Math.max(lookMs, busyFactor * (performance.now() - started));
    }
  }

  async #look(): Promise<void> {
    if (this.#limited.length === 0 || this.#ending.signal.aborted) return;
    const summary = await this.#options.frr.ask("bgpd", "show bgp vrf all summary json");
    const sessions = new Map(
      parseSessions({ summary, failed: "", bfd: "" }).map((one) => [
        `${one.vrf} ${one.address}`,
        one,
      ]),
    );
    let isChanged = false;
    for (const limited of this.#limited) {
      const session = sessions.get(`${limited.vrf} ${limited.address}`);
      if (await this.#weigh(limited, session)) isChanged = true;
    }
    if (!isChanged) return;
    writeFileSync(this.#options.file, JSON.stringify([...this.#held]), { mode: 0o600 });
    await this.#type();
  }

  /** Whether what is refused has changed. */
  async #weigh(limited: Limited, session: SessionObservation | undefined): Promise<boolean> {
    const key = keyOf(limited);
    const held = this.#held.get(key);
    if (session?.state !== "Established") {
      this.#held.delete(key);
      return held !== undefined && (held.gate.refused.length > 0 || held.isOverrun);
    }
    const count = session.prefixesReceived[limited.family] ?? 0;
    const isGated = (held?.gate.refused.length ?? 0) > 0;
    if (held?.isOverrun || (!isGated && held?.count === count)) return false;
    const received = await this.#received(limited, held?.gate ?? openGate);
    const gate = nextGate(held?.gate ?? openGate, received, limited.limit);
    const isOverrun = gateEntries(gate).length > entriesMax;
    const isFull = isGated || gate.refused.length > 0;
    this.#held.set(key, { gate: isOverrun ? openGate : gate, count, isOverrun });
    const isSame = gate.refused.join() === (held?.gate.refused ?? []).join();
    if (isFull && !isSame) {
      const { refused } = gate;
      const { vrf, address, limit } = limited;
      this.#options.log("warn", "prefixes beyond a session's limit", {
        ...{ vrf, address, limit, isOverrun, discarded: refused.length },
        first: refused.slice(0, 5),
      });
    }
    return !isSame || isOverrun;
  }

  /** What the session's policy lets in: what is in use, and what our own list refuses of the rest. */
  async #received({ vrf, address, family }: Limited, gate: PrefixGate): Promise<string[]> {
    const { frr } = this.#options;
    const at = `show bgp vrf ${vrf} ${family} unicast neighbors ${address}`;
    const used = keysIn(await frr.ask("bgpd", `${at} routes json`), "routes");
    const entries = gateEntries(gate);
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
    const gates = new Map<string, readonly PrefixMatch[] | "overrun">();
    for (const [key, { gate, isOverrun }] of this.#held) {
      const entries = isOverrun ? "overrun" : gateEntries(gate);
      if (entries.length > 0) gates.set(key, entries);
    }
    return renderFragments(this.#fragments, gates);
  }
}

function limitedIn(fragment: Fragment): Limited[] {
  if (fragment.kind !== "vrf") return [];
  return (fragment.bgp?.neighbors ?? []).flatMap((neighbor) => {
    const { address, beyondMaximum, families, maximumPrefixes } = neighbor;
    if (beyondMaximum !== "discard" || maximumPrefixes === undefined) return [];
    return families.map((family) => ({
      ...{ vrf: fragment.name, address, family, limit: maximumPrefixes[family] },
    }));
  });
}

function keyOf({ vrf, address, family }: Limited): string {
  return `${vrf} ${address} ${family}`;
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
