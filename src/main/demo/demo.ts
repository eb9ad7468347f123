/**
 * The demo: each variant is ordered, provisioned, looked at, hurt twice and taken away, through the API
 * alone as far as ordering goes, and by packets as far as checking goes.
 */
import { messageOf } from "../../base/cause.ts";
import { type Clock, systemClock } from "../../base/clock.ts";
import { SIDES, type Side } from "../../fabric/intent.ts";
import { circuitVrf } from "../../plan/names.ts";
import type { Backend } from "../backend.ts";
import { signedIn } from "../commands/signed-in.ts";
import type { Up } from "../up.ts";
import { namesOf } from "./bodies.ts";
import { type CheckContext, pingBothFamilies, tcpAndShare, watchHandOffs } from "./checks.ts";
import { cutLink, silenceLink } from "./cuts.ts";
import {
  addressesOf,
  circuitsOf,
  orderCircuit,
  type Parties,
  prepareCloud,
  takeAway,
} from "./order.ts";
import { type BySide, type DemoResult, Findings, type VariantResult } from "./result.ts";
import { BANDWIDTH_MBPS, C_TAG, type Variant, variants } from "./variants.ts";

const FIRST_PACKET_WITHIN_MS = 20_000;
const STANDING_WITHIN_MS = 20_000;
const SESSIONS_WITHIN_MS = 10_000;
export type DemoOptions = {
  readonly only?: readonly string[];
  readonly say: (line: string) => void;
};

export async function runDemo(running: Up, { only, say }: DemoOptions): Promise<DemoResult> {
  const { clock } = running.backend;
  const started = clock.now();
  const parties = await signIn(running);
  await standing(parties, clock);
  const results: VariantResult[] = [];
  for (const variant of variants.filter(({ name }) => only?.includes(name) ?? true)) {
    say(`\n${variant.name}: ${variant.story}`);
    results.push(await runVariant(running, parties, { variant, say }));
  }
  return {
    nodes: running.backend.kind,
    variants: results,
    elapsedMs: Math.round(clock.now() - started),
  };
}

export async function signIn({ folder }: Up): Promise<Parties> {
  const [customer, provider, operator] = await Promise.all([
    signedIn(folder.path, "customer"),
    signedIn(folder.path, "provider"),
    signedIn(folder.path, "operator"),
  ]);
  return {
    customer: customer.client,
    provider: provider.client,
    operator: operator.client,
    customerSubscription: customer.principal.subscriptionId,
    providerSubscription: provider.principal.subscriptionId,
  };
}

/** What stands before any order is on the nodes: hosts, routers, the underlay. */
export async function standing({ operator }: Parties, clock: Clock): Promise<void> {
  for (const end = systemClock.now() + STANDING_WITHIN_MS; ; await clock.sleep(100)) {
    const { status } = await operator.get<{ status: string }>("/causeway/health");
    if (status === "converged") return;
    if (systemClock.now() > end)
      throw new Error(
        `The lab is ${status} after ${STANDING_WITHIN_MS / 1000} s; 'causeway up' and 'causeway status' show why.`,
      );
  }
}

type Steps = { readonly variant: Variant; readonly say: (line: string) => void };

async function runVariant(
  running: Up,
  parties: Parties,
  { variant, say }: Steps,
): Promise<VariantResult> {
  const { backend } = running;
  const findings = new Findings();
  const names = namesOf(variant, parties.customerSubscription);
  const before = new Set(await backend.snapshot());
  let result: Omit<VariantResult, "name" | "pass" | "leftovers" | "failures" | "absent"> = NOTHING;
  try {
    const { context, machines } = await preparedVariant(running, parties, { variant, findings });
    result = await orderAndCheck(context, { parties, names, machines, backend, say });
  } catch (error) {
    findings.check(false, messageOf(error));
  }
  const leftovers = await removeAndCount({
    parties,
    variant,
    names,
    findings,
    say,
    snapshot: () => backend.snapshot(),
    before,
  });
  for (const failure of findings.failures) say(`  ✗ ${failure}`);
  return {
    name: variant.name,
    pass: findings.failures.length === 0,
    ...result,
    leftovers,
    failures: findings.failures,
    absent: findings.absent,
  };
}

/** The cloud's side of a variant, and where its machines are: all that may stand before the order. */
export async function preparedVariant(
  running: Up,
  parties: Parties,
  { variant, findings }: { variant: Variant; findings: Findings },
): Promise<{ context: CheckContext; machines: readonly CheckContext["machine"][] }> {
  const names = namesOf(variant, parties.customerSubscription);
  await prepareCloud(parties, variant, names);
  const places = await running.places();
  const placeOf = (id: string) =>
    places.find(({ resourceId }) => resourceId === id) ?? { node: "", vrf: "" };
  const machines = await Promise.all(
    Array.from({ length: circuitsOf(variant) }, async (_, index) => ({
      place: placeOf(names.virtualMachine(index)),
      ...(await addressesOf(parties, names.virtualMachine(index))),
    })),
  );
  const [machine] = machines;
  if (machine === undefined) throw new Error("no virtual machine was made");
  const { probe, clock } = running.backend;
  return { context: { probe, clock, variant, machine, findings }, machines };
}

const NONE = { primary: null, secondary: null } as const;
const NOTHING = {
  orderToFirstPacketMs: NONE,
  tags: { primary: { outer: null, inner: null }, secondary: { outer: null, inner: null } },
  bgp: { primary: "none", secondary: "none" },
  ping: { ipv4LossPct: 100, ipv6LossPct: 100 },
  throughputMbps: { toCloud: null, toOnPremises: null },
  linkSharePct: NONE,
  blackoutMs: { linkDown: null, silent: null },
} as const;

export type Around = {
  readonly parties: Parties;
  readonly names: ReturnType<typeof namesOf>;
  readonly machines: readonly CheckContext["machine"][];
  readonly backend: Backend;
  readonly say: (line: string) => void;
};

/** Two links carry twice what was ordered, and a short flow the burst on top: a reader may wonder. */
function heldTo({ order }: Variant): string {
  if (order.kind === "direct") return "not held to a rate, which Direct is only on request";
  const mbits = order.bandwidthMbps ?? BANDWIDTH_MBPS;
  return `each link is held to the ${mbits} Mbit/s ordered, after a burst of a quarter of a second`;
}

async function orderAndCheck(
  context: CheckContext,
  around: Around,
): Promise<Omit<VariantResult, "name" | "pass" | "leftovers" | "failures" | "absent">> {
  const { parties, names, say } = around;
  const first = await firstPacket(context, around);
  say(
    `  order to first packet: primary ${ms(first.orderToFirstPacketMs.primary)}, secondary ${ms(first.orderToFirstPacketMs.secondary)}; tags on the wire ${printTags(first.tags)}`,
  );
  const bgp = await sessionsOf(context, around);
  say(`  BGP: primary ${bgp.primary}, secondary ${bgp.secondary}`);
  const ping = await pingBothFamilies(context);
  for (const machine of around.machines.slice(1)) await pingBothFamilies({ ...context, machine });
  say(`  ping lost: IPv4 ${ping.ipv4LossPct} %, IPv6 ${ping.ipv6LossPct} %`);
  const { throughputMbps, linkSharePct } = await tcpAndShare(context, () =>
    bytesByLink(parties, names.circuit(0)),
  );
  say(
    `  TCP: to the cloud ${mbps(throughputMbps.toCloud)}, to on-premises ${mbps(throughputMbps.toOnPremises)}; primary link carried ${linkSharePct.primary ?? "?"} %; ${heldTo(context.variant)}`,
  );
  const cut = {
    ...context,
    machine: { place: context.machine.place, address: context.machine.ipv4 },
  };
  const linkDown = await cutLink(cut);
  await sessionsOf(context, around);
  await watchedByBfd(context, around);
  const silent = await silenceLink(cut);
  say(`  blackout: link down ${ms(linkDown)}, silent loss ${ms(silent)}`);
  return {
    ...first,
    bgp,
    ping,
    throughputMbps,
    linkSharePct,
    blackoutMs: { linkDown: round(linkDown), silent: round(silent) },
  };
}

/** From the order's request to the first frame of the machine's traffic on each hand-off. */
export async function firstPacket(
  context: CheckContext,
  { parties, names, machines }: Around,
): Promise<Pick<VariantResult, "orderToFirstPacketMs" | "tags">> {
  const { probe, clock, variant, machine, findings } = context;
  const ends = new AbortController();
  const watch = watchHandOffs(context, machine.ipv4, FIRST_PACKET_WITHIN_MS);
  const stream = await probe.stream({
    from: variant.onPremises,
    to: machine.place,
    address: machine.ipv4,
    intervalMs: 5,
    flows: 16,
    signal: ends.signal,
  });
  const orderedAt = clock.now();
  const pending = await Promise.all(
    machines.map((_, index) => orderCircuit(parties, variant, { names, index })),
  );
  await Promise.all(pending.flat().map((operation) => parties.operator.waitFor(operation)));
  const frames = { primary: await watch.primary, secondary: await watch.secondary };
  // The capture saw the frame on its way; its echo needs a moment more.
  await clock.sleep(200);
  const { received } = await stream.stop();
  ends.abort();
  findings.check(received > 0, "no datagram reached the virtual machine and came back");
  const stag = (await parties.customer.get(names.circuit(0))).properties["stag"];
  const expected =
    variant.order.kind === "direct" && variant.order.encapsulation === "Dot1Q"
      ? [C_TAG]
      : [stag, C_TAG];
  const look = (side: Side) => {
    const frame = frames[side];
    findings.check(
      frame !== undefined,
      `no frame of the circuit was seen on the ${side} hand-off within ${FIRST_PACKET_WITHIN_MS} ms`,
    );
    findings.check(
      frame === undefined || machines.length > 1 || String(frame.tags) === String(expected),
      `tags ${String(frame?.tags)} on the ${side} hand-off; ordered ${String(expected)}`,
    );
    const [inner = null, outer = null] = [...(frame?.tags ?? [])].reverse();
    return {
      ms: frame === undefined ? null : Math.round(frame.atMs - orderedAt),
      tags: { outer, inner },
    };
  };
  const [primary, secondary] = [look("primary"), look("secondary")];
  return {
    orderToFirstPacketMs: { primary: primary.ms, secondary: secondary.ms },
    tags: { primary: primary.tags, secondary: secondary.tags },
  };
}

/** What the edges say of the sessions with the customer or provider, once all are up or time is over. */
export async function sessionsOf(
  { clock, variant, findings }: CheckContext,
  { parties, names }: Around,
): Promise<BySide<string>> {
  const read = async (side: Side) => {
    const { body } = await parties.customer.post<{ value: { as: number; statePfxRcd: string }[] }>(
      `${names.peering(0)}/routeTablesSummary/${side}`,
    );
    const outside = body.value.filter(
      ({ as }) => as === (variant.peeringBy === "provider" ? 65020 : 65010),
    );
    // Both families with the customer or provider, and both gateway instances behind the edge.
    // One that is up and has heard nothing yet forwards nothing yet.
    const down = body.value.find(({ statePfxRcd }) => !/^[1-9]\d*$/.test(statePfxRcd));
    const complete = outside.length === 2 && body.value.length === 4;
    return complete ? (down?.statePfxRcd ?? "Established") : "missing";
  };
  // Seen twice: what an edge has heard takes a moment to all forwarding tables.
  let seen = 0;
  for (const end = clock.now() + SESSIONS_WITHIN_MS; ; await clock.sleep(200)) {
    const [primary = "", secondary = ""] = await Promise.all(SIDES.map(read));
    const done = primary === "Established" && secondary === "Established";
    seen = done ? seen + 1 : 0;
    if (seen < 2 && clock.now() < end) continue;
    findings.check(
      done,
      `BGP is not established on both links: primary ${primary}, secondary ${secondary}`,
    );
    return { primary, secondary };
  }
}

/** BFD comes back a moment after BGP; until then a silent loss is found by the hold time alone. */
export async function watchedByBfd(
  { clock, variant, findings }: CheckContext,
  { parties, names, backend }: Around,
): Promise<void> {
  const { properties } = await parties.customer.get(names.circuit(0));
  const vrf = circuitVrf(String(properties["serviceKey"]));
  const edge = backend.nodes.find(({ name }) => name === variant.handOff.primary.node);
  for (const end = clock.now() + SESSIONS_WITHIN_MS; ; await clock.sleep(200)) {
    const observed = await edge?.observe(AbortSignal.timeout(SESSIONS_WITHIN_MS));
    const sessions = observed?.sessions.filter((session) => session.vrf === vrf) ?? [];
    if (sessions.length > 0 && sessions.every(({ bfd }) => bfd === "Up")) return;
    if (clock.now() < end) continue;
    return findings.check(
      false,
      `BFD is not up on the primary link: ${sessions.map(({ address, bfd }) => `${address} ${bfd ?? "none"}`).join(", ")}`,
    );
  }
}

async function bytesByLink({ customer }: Parties, circuit: string): Promise<BySide<number>> {
  const stats = await customer.get<Record<string, number>>(`${circuit}/stats`);
  const sum = (side: Side) => (stats[`${side}bytesIn`] ?? 0) + (stats[`${side}bytesOut`] ?? 0);
  return { primary: sum("primary"), secondary: sum("secondary") };
}

async function removeAndCount(at: {
  parties: Parties;
  variant: Variant;
  names: ReturnType<typeof namesOf>;
  findings: Findings;
  say: (line: string) => void;
  snapshot: () => Promise<readonly string[]>;
  before: ReadonlySet<string>;
}): Promise<number> {
  const { parties, variant, names, findings, say } = at;
  try {
    await takeAway(parties, variant, names);
  } catch (error) {
    findings.check(false, `deleting failed: ${messageOf(error)}`);
  }
  const left = (await at.snapshot()).filter((item) => !at.before.has(item));
  findings.check(left.length === 0, `left behind: ${left.slice(0, 5).join("; ")}`);
  say(`  deleted; left behind: ${left.length}`);
  return left.length;
}

function printTags(tags: VariantResult["tags"]): string {
  const print = ({ outer, inner }: { outer: number | null; inner: number | null }) =>
    [outer, inner].filter((tag) => tag !== null).join(".");
  return `primary ${print(tags.primary)}, secondary ${print(tags.secondary)}`;
}

function ms(value: number | null): string {
  return value === null ? "never" : `${Math.round(value)} ms`;
}

function mbps(value: number | null): string {
  return value === null ? "not measurable" : `${Math.round(value)} Mbit/s`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
