/**
 * Both peerings of a circuit loaded at once, each in both families: the customer's own networks and public
 * services share what was ordered.
 */
import { systemClock } from "../../src/base/clock.ts";
import { argvIn } from "../../src/drivers/place-argv.ts";
import { run } from "../../src/drivers/run.ts";
import type { Place } from "../../src/fabric/probe.ts";
import { namesOf } from "../../src/main/demo/bodies.ts";
import { HOST_ADDRESSES, type Variant } from "../../src/main/demo/variants.ts";
import { SERVICES_VRF } from "../../src/plan/services.ts";
import { allow, publicPeeringBody, services } from "../scenarios/public-orders.ts";
import type { Lab } from "./benchmark.ts";
import { type Flood, flood } from "./flood.ts";
import type { StandingVariant } from "./standing-variant.ts";

/** Longer than the quarter of a second's bytes that a full bucket lets through at once. */
const BURST_SECONDS = 2;
const REACHED_WITHIN_MS = 60_000;
/** The customer whose site the variant is. */
export const CUSTOMER = "alder";
const ROUTER: Place = { node: `${CUSTOMER}-ce`, vrf: "default" };
const SERVICE: Place = { node: "public-host", vrf: SERVICES_VRF };

type In = Flood["from"];
type Load = Omit<Flood, "port">;
/** Where datagrams are counted; on all devices where none are named. */
type Receiver = { readonly at: In; readonly devices?: readonly string[] };
export type MixedWay = { readonly loads: readonly Load[]; readonly receivers: readonly Receiver[] };

export type Mixed = {
  readonly ways: Readonly<Record<"to cloud" | "to on-premises", MixedWay>>;
  takeAway(): Promise<void>;
};

/** The peering to public services beside the private one, once hosts reach a service in both families. */
export async function addPublicPeering(
  { running, parties }: Lab,
  variant: Variant,
  { context }: StandingVariant,
): Promise<Mixed> {
  const { customer } = parties;
  const names = namesOf(variant, parties.customerSubscription);
  const filter = `${names.group}/providers/Microsoft.Network/routeFilters/bench`;
  const peering = `${names.circuit(0)}/peerings/MicrosoftPeering`;
  const { community, address, address6 } = services.sql;
  await allow(customer, filter, { location: variant.region, communities: [community] });
  await customer.waitFor(await customer.put(peering, publicPeeringBody(CUSTOMER, { filter })));
  const { probe } = running.backend;
  for (const to of [address, address6]) await reached(probe, { from: variant.onPremises, to });
  const lab = (await running.folder.readLab()) ?? "";
  const at =
    (place: Place): In =>
    (argv) =>
      argvIn(lab, place, argv);
  const { place, ipv4, ipv6 } = context.machine;
  const [host, machine, service] = [at(variant.onPremises), at(place), at(SERVICE)];
  return {
    ways: {
      "to cloud": {
        loads: [
          ...[ipv4, ipv6].map((own) => ({ from: host, to: machine, address: own })),
          ...[address, address6].map((own) => ({ from: host, to: service, address: own })),
        ],
        receivers: [{ at: machine }, { at: service }],
      },
      // A service answers: nobody calls a host behind its translation.
      "to on-premises": {
        loads: [
          ...[HOST_ADDRESSES.ipv4, HOST_ADDRESSES.ipv6].map((own) => ({
            ...{ from: machine, to: host, address: own },
          })),
          ...[address, address6].map((own) => ({
            ...{ from: host, to: service, address: own, isAnswer: true },
          })),
        ],
        // Its router puts fragments together for the translation: behind that, one lost fragment in ten takes all ten.
        receivers: [{ at: at(ROUTER), devices: ["wan1", "wan2"] }],
      },
    },
    async takeAway() {
      await customer.waitFor(await customer.delete(peering));
      await customer.waitFor(await customer.delete(filter));
    },
  };
}

async function reached(
  probe: Lab["running"]["backend"]["probe"],
  { from, to }: { from: Place; to: string },
): Promise<void> {
  const ping = { from, to, count: 3, intervalMs: 50, timeoutMs: 500 };
  for (const end = systemClock.now() + REACHED_WITHIN_MS; ; await systemClock.sleep(200)) {
    if ((await probe.ping(ping)).received === ping.count) return;
    if (systemClock.now() > end) throw new Error(`${to} does not answer over the public peering`);
  }
}

/** IP bytes that came to the receivers' interfaces, counted and dropped there, in Mbit/s; and what was offered. */
export async function loadAll(
  { loads, receivers }: MixedWay,
  { mbps, seconds }: { mbps: number; seconds: number },
): Promise<{ through: number; offered: number }> {
  await Promise.all(receivers.map(countDatagrams));
  try {
    const sending = loads.map((load, index) =>
      flood(
        { ...load, port: FIRST_PORT + index },
        { mbps: mbps / loads.length, seconds: seconds + BURST_SECONDS + STARTS_SECONDS },
      ),
    );
    // They fail when they are awaited, not before.
    for (const each of sending) each.catch(() => {});
    await systemClock.sleep((STARTS_SECONDS / 2 + BURST_SECONDS) * 1000);
    const first = await counted(receivers);
    await systemClock.sleep(seconds * 1000);
    const last = await counted(receivers);
    const through = ((last.bytes - first.bytes) * 8) / ((last.atMs - first.atMs) * 1000);
    const sent = await Promise.all(sending);
    return { through, offered: sent.reduce((sum, each) => sum + each, 0) };
  } finally {
    await Promise.all(receivers.map(countNoMore));
  }
}

const FIRST_PORT = 5311;
/** Until the last of them sends, and as long after the last look. */
const STARTS_SECONDS = 3;
const TABLE = "mixed";

/** Dropped once counted: putting fragments together would take the time that the senders need. */
async function countDatagrams({ at, devices }: Receiver): Promise<void> {
  const links = JSON.parse(
    await run({ argv: at(["ip", "-j", "link", "show", "up"]), why: "find the links" }),
  ) as { ifname: string }[];
  const names = devices ?? links.flatMap(({ ifname }) => (ifname === "lo" ? [] : [ifname]));
  // In IPv6 a fragment names itself before what it is a part of (RFC 8200 4.5): 44. BFD keeps the sessions.
  const rules = [
    "udp dport 3784 accept",
    "ip protocol udp counter drop",
    "ip6 nexthdr { 17, 44 } counter drop",
  ];
  const list = names.map((name) => `"${name}"`).join(", ");
  const hook = `type filter hook ingress devices = { ${list} } priority 0;`;
  const input = [`table netdev ${TABLE} {`, "chain in {", hook, ...rules, "}", "}", ""].join("\n");
  await run({ argv: at(["nft", "-f", "-"]), input, why: "count what arrives" });
}

async function countNoMore({ at }: Receiver): Promise<void> {
  const input = `add table netdev ${TABLE}\ndelete table netdev ${TABLE}\n`;
  await run({ argv: at(["nft", "-f", "-"]), input, why: "count no more" });
}

async function counted(receivers: readonly Receiver[]): Promise<{ bytes: number; atMs: number }> {
  const before = performance.now();
  const texts = await Promise.all(
    receivers.map(({ at }) =>
      run({ argv: at(["nft", "list", "table", "netdev", TABLE]), why: "read what arrived" }),
    ),
  );
  const atMs = (before + performance.now()) / 2;
  const bytes = texts.flatMap((text) => [...text.matchAll(/ bytes (\d+)/g)]);
  return { bytes: bytes.reduce((sum, [, each]) => sum + Number(each), 0), atMs };
}
