/** What is looked at once a variant carries packets. */
import { type Clock, systemClock } from "../../base/clock.ts";
import type { Side } from "../../fabric/intent.ts";
import type { FabricProbe, Place } from "../../fabric/probe.ts";
import type { BySide, Findings } from "./result.ts";
import { HOST_ADDRESSES, type Variant } from "./variants.ts";

export type CheckContext = {
  readonly probe: FabricProbe;
  readonly clock: Clock;
  readonly variant: Variant;
  readonly machine: { readonly place: Place; readonly ipv4: string; readonly ipv6: string };
  readonly findings: Findings;
};

const PINGS = 20;
const TCP_SECONDS = 1;
const TCP_FLOWS = 16;
/** Sixteen flows hashed over two links: both must carry a fair part. */
const SHARE_MIN_PCT = 10;

export async function pingBothFamilies({
  probe,
  variant,
  machine,
  findings,
}: CheckContext): Promise<{ ipv4LossPct: number; ipv6LossPct: number }> {
  const loss = async (from: Place, to: string) => {
    const { sent, received } = await probe.ping({
      from,
      to,
      count: PINGS,
      intervalMs: 25,
      timeoutMs: 1000,
    });
    return sent === 0 ? 100 : Math.round((1000 * (sent - received)) / sent) / 10;
  };
  const [up4, up6, down4, down6, ...branches] = await Promise.all([
    loss(variant.onPremises, machine.ipv4),
    loss(variant.onPremises, machine.ipv6),
    loss(machine.place, HOST_ADDRESSES.ipv4),
    loss(machine.place, HOST_ADDRESSES.ipv6),
    ...variant.otherBranches.flatMap((branch) => [
      loss(branch, machine.ipv4),
      loss(branch, HOST_ADDRESSES.ipv4),
    ]),
  ]);
  const [ipv4LossPct, ipv6LossPct] = [
    Math.max(up4 ?? 100, down4 ?? 100),
    Math.max(up6 ?? 100, down6 ?? 100),
  ];
  findings.check(ipv4LossPct === 0, `IPv4 ping lost ${ipv4LossPct} %`);
  findings.check(ipv6LossPct === 0, `IPv6 ping lost ${ipv6LossPct} %`);
  findings.check(
    branches.every((lost) => lost === 0),
    "a branch does not reach the cloud and the other branches",
  );
  return { ipv4LossPct, ipv6LossPct };
}

/** TCP one way after the other, and from the links' counters around it the share of each. */
export async function tcpAndShare(
  context: CheckContext,
  readBytes: () => Promise<BySide<number>>,
): Promise<{
  throughputMbps: { toCloud: number | null; toOnPremises: number | null };
  linkSharePct: BySide<number | null>;
}> {
  const { variant, machine } = context;
  const before = await readBytes();
  const toCloud = await tcp(context, {
    from: variant.onPremises,
    to: machine.place,
    address: machine.ipv4,
  });
  const toOnPremises = await tcp(context, {
    from: machine.place,
    to: variant.onPremises,
    address: HOST_ADDRESSES.ipv4,
  });
  if (toCloud === null) await spread(context);
  const after = await readBytes();
  return {
    throughputMbps: { toCloud, toOnPremises },
    linkSharePct: shareOf(context, before, after),
  };
}

async function tcp(
  { probe, findings }: CheckContext,
  ends: { from: Place; to: Place; address: string },
): Promise<number | null> {
  const result = await probe.tcp({ ...ends, seconds: TCP_SECONDS, flows: TCP_FLOWS });
  if ("mbps" in result) {
    findings.check(result.mbps > 0, `TCP to ${ends.address} carried nothing`);
    return Math.round(result.mbps * 10) / 10;
  }
  findings.missing(`throughput to ${ends.address}: ${result.absent}`);
  return null;
}

/** Where TCP cannot be measured, datagrams of many flows show how the links share. */
async function spread({ probe, clock, variant, machine }: CheckContext): Promise<void> {
  const ends = new AbortController();
  const stream = await probe.stream({
    from: variant.onPremises,
    to: machine.place,
    address: machine.ipv4,
    intervalMs: 1,
    flows: 64,
    signal: ends.signal,
  });
  await clock.sleep(100);
  await stream.stop();
  ends.abort();
}

function shareOf(
  { findings }: CheckContext,
  before: BySide<number>,
  after: BySide<number>,
): BySide<number | null> {
  const [primary, secondary] = [after.primary - before.primary, after.secondary - before.secondary];
  const total = primary + secondary;
  if (total <= 0) {
    findings.check(false, "the edges' counters did not move");
    return { primary: null, secondary: null };
  }
  const share = Math.round((1000 * primary) / total) / 10;
  findings.check(
    share >= SHARE_MIN_PCT && share <= 100 - SHARE_MIN_PCT,
    `one link carries nearly everything: primary ${share} %`,
  );
  return { primary: share, secondary: Math.round((100 - share) * 10) / 10 };
}

type Seen = { readonly atMs: number; readonly tags: readonly number[] };

/** Frames that the machine sent, seen on each hand-off: when the first came, and its tags. */
export function watchHandOffs(
  context: Pick<CheckContext, "probe" | "variant">,
  address: string,
  timeoutMs: number,
): BySide<Promise<Seen | undefined>> {
  const watch = (side: Side) => watchHandOff(context, side, { address, timeoutMs });
  return { primary: watch("primary"), secondary: watch("secondary") };
}

/** The first frame from an address on one hand-off. */
export async function watchHandOff(
  { probe, variant }: Pick<CheckContext, "probe" | "variant">,
  side: Side,
  { address, timeoutMs }: { address: string; timeoutMs: number },
): Promise<Seen | undefined> {
  const until = systemClock.now() + timeoutMs;
  for (let left = timeoutMs; left > 0; left = until - systemClock.now()) {
    const frames = await probe.captureTags({
      at: variant.handOff[side],
      source: address,
      count: 1,
      timeoutMs: left,
    });
    if (frames[0] !== undefined) return { atMs: systemClock.now(), tags: frames[0] };
    // A simulated capture answers at once; the order needs real time to become traffic.
    await systemClock.sleep(20);
  }
  return undefined;
}
