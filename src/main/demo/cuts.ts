/** One link is cut, then silenced, under a running stream; the blackout is what the stream lost. */

import type { Clock } from "../../base/clock.ts";
import type { FabricProbe, Place, StreamResult } from "../../fabric/probe.ts";
import { watchHandOff } from "./checks.ts";
import type { Findings } from "./result.ts";
import { HOST_ADDRESSES, type Variant } from "./variants.ts";

const STREAM_INTERVAL_MS = 4;
/**
 * Links are chosen by a hash of addresses and ports that is the same both ways, so a flow lies on one link altogether.
 * All of six lie on the other link once in 64 faults, and then nothing is hurt; all of sixteen once in 65,536.
 */
const FLOWS = 16;
const LEAD_MS = 300;
const CARRIED_WITHIN_MS = 10_000;
/** What the captures leave behind on a small machine is over by then. */
const CALM_MS = 300;
const CUT_WATCH_MS = 1_200;
const SILENT_WATCH_MS = 2_200;

export type CutContext = {
  readonly probe: FabricProbe;
  readonly clock: Clock;
  readonly variant: Variant;
  readonly machine: { readonly place: Place; readonly address: string };
  readonly findings: Findings;
};

/** Administratively down at the edge: both ends see the carrier go. */
export async function cutLink(context: CutContext): Promise<number> {
  const { probe, clock, variant } = context;
  const at = variant.handOff.primary;
  const result = await watched(context, CUT_WATCH_MS, {
    // Not looked at by a capture: one that has just ended doubles the few milliseconds that are measured here.
    lead: () => clock.sleep(LEAD_MS),
    begin: () => probe.setPort(at, false),
    end: () => probe.setPort(at, true),
  });
  judge(context, { what: "the cut of the primary link", watchMs: CUT_WATCH_MS, result });
  return result.blackoutMs;
}

/** Frames vanish in both directions while the link stays up: only BFD can find it. */
export async function silenceLink(context: CutContext): Promise<number> {
  const { probe, variant } = context;
  const ends = [variant.handOff.primary, variant.far.primary];
  const set = async (silent: boolean) => {
    await Promise.all(ends.map((end) => probe.setSilence(end, silent)));
  };
  const result = await watched(context, SILENT_WATCH_MS, {
    lead: () => carried(context),
    begin: () => set(true),
    end: () => set(false),
  });
  judge(context, { what: "the silent loss on the primary link", watchMs: SILENT_WATCH_MS, result });
  return result.blackoutMs;
}

async function watched(
  context: CutContext,
  watchMs: number,
  fault: { lead(): Promise<void>; begin(): Promise<void>; end(): Promise<void> },
): Promise<StreamResult> {
  const { probe, clock, variant, machine } = context;
  const ends = new AbortController();
  try {
    const stream = await probe.stream({
      from: variant.onPremises,
      to: machine.place,
      address: machine.address,
      intervalMs: STREAM_INTERVAL_MS,
      flows: FLOWS,
      signal: ends.signal,
    });
    await fault.lead();
    await fault.begin();
    await clock.sleep(watchMs);
    const result = await stream.stop();
    await fault.end();
    return result;
  } finally {
    ends.abort();
  }
}

/** A session that is back has not told all forwarding tables yet, and the silence of a link that carries nothing hurts nobody. */
async function carried(context: CutContext): Promise<void> {
  const { clock, machine, findings } = context;
  const ways = [machine.address, HOST_ADDRESSES.ipv4].map((address) =>
    watchHandOff(context, "primary", { address, timeoutMs: CARRIED_WITHIN_MS }),
  );
  findings.check(
    (await Promise.all(ways)).every((frame) => frame !== undefined),
    "the stream did not pass the primary link both ways before it was silenced",
  );
  await clock.sleep(CALM_MS);
}

function judge(
  { findings }: CutContext,
  { what, watchMs, result }: { what: string; watchMs: number; result: StreamResult },
): void {
  findings.check(result.received > 0, `no datagram of the stream came back around ${what}`);
  findings.check(
    result.blackoutMs < watchMs,
    `traffic did not survive ${what}: nothing for ${Math.round(result.blackoutMs)} ms`,
  );
}
