import { systemClock } from "../../src/base/clock.ts";
import { argvIn } from "../../src/drivers/place-argv.ts";
import { run } from "../../src/drivers/run.ts";
import type { Place } from "../../src/fabric/probe.ts";
import { HOST_ADDRESSES, type Variant } from "../../src/main/demo/variants.ts";
import { type Bench, type Benchmark, type Lab, raiseLab } from "./benchmark.ts";
import type { Figure } from "./figures.ts";
import { type IperfRequest, iperf, wireMbps } from "./iperf.ts";
import { addPublicPeering, CUSTOMER, loadAll } from "./mixed-load.ts";
import { chosenVariants, orderVariant, type StandingVariant } from "./standing-variant.ts";

export const policing: Benchmark = {
  name: "policing",
  story:
    "What one link of a provider's circuit lets through of 1.5 times its bandwidth in datagrams, in IP bytes that reach the receiver's interface; the second link is shut, the first seconds with the burst are left out. Once by one family of the private peering, with TCP for information; once by four loads at a time, both families of both peerings.",
  run: measureAll,
};

const BANDWIDTHS_MBPS = [50, 200, 1000] as const;
const OVERLOAD = 1.5;
const TOLERANCE = 0.03;
/** Longer than the quarter of a second's bytes that a full bucket lets through at once. */
const BURST_SECONDS = 2;
const ETHERNET_HEADER = 14;

async function measureAll(bench: Bench): Promise<Figure[]> {
  const lab = await raiseLab(bench);
  const [variant] = chosenVariants(bench.option("variants") ?? "exchange-l2");
  if (variant?.order.kind !== "provider")
    throw new Error("policing is measured on a provider's variant; Direct circuits have none");
  const { order } = variant;
  const figures: Figure[] = [];
  for (const mbps of BANDWIDTHS_MBPS) {
    const ordered = { ...variant, order: { ...order, bandwidthMbps: mbps } };
    figures.push(...(await measured(bench, lab, { variant: ordered, mbps })));
  }
  await lab.clear();
  return figures;
}

async function measured(
  bench: Bench,
  lab: Lab,
  { variant, mbps }: { variant: Variant; mbps: number },
): Promise<Figure[]> {
  const { probe } = lab.running.backend;
  const standing = await orderVariant(lab, variant);
  await standing.settled();
  await probe.setPort(variant.handOff.secondary, false);
  const name = (await lab.running.folder.readLab()) ?? "";
  const at = (place: Place) => (argv: readonly string[]) => argvIn(name, place, argv);
  const { place, ipv4 } = standing.context.machine;
  const [onPremises, machine] = [at(variant.onPremises), at(place)];
  const ways = {
    "to cloud": { from: onPremises, to: machine, address: ipv4 },
    "to on-premises": { from: machine, to: onPremises, address: HOST_ADDRESSES.ipv4 },
  };
  const seconds = bench.number("seconds", 5);
  const runs = bench.number("runs", 3);
  const figures: Figure[] = [];
  for (const [direction, way] of Object.entries(ways)) {
    const udp: number[] = [];
    const offers: number[] = [];
    for (let index = 0; index < runs; index += 1) {
      const { through, offered } = await overloaded(way, mbps * OVERLOAD, seconds);
      udp.push(through);
      offers.push(offered);
    }
    const tcp = (await iperf({ ...way, seconds, omitSeconds: 2, flows: 4 })).mbps;
    const off = udp.map((each) => (100 * each) / mbps - 100);
    bench.say(
      `  ${mbps} Mbit/s ${direction}: datagrams off by ${off.map((each) => each.toFixed(2)).join(", ")} % under ${Math.round(Math.min(...offers))} Mbit/s; TCP ${tcp.toFixed(1)} Mbit/s`,
    );
    figures.push(
      {
        name: `${mbps} ${direction}, datagrams`,
        unit: "Mbit/s",
        samples: udp,
        target: targetOf(mbps),
        note: `offered at least ${Math.round(Math.min(...offers))} Mbit/s`,
      },
      { name: `${mbps} ${direction}, TCP payload`, unit: "Mbit/s", samples: [tcp] },
    );
  }
  figures.push(...(await mixedFigures(bench, lab, { variant, standing, mbps })));
  await probe.setPort(variant.handOff.secondary, true);
  await standing.takeAway();
  return figures;
}

/** Both peerings, each in both families, at once. */
async function mixedFigures(
  bench: Bench,
  lab: Lab,
  { variant, standing, mbps }: { variant: Variant; standing: StandingVariant; mbps: number },
): Promise<Figure[]> {
  // Public prefixes belong to a customer, and this one's are in the lab's registry.
  if (variant.onPremises.node !== `${CUSTOMER}-host`) return [];
  const mixed = await addPublicPeering(lab, variant, standing);
  const figures: Figure[] = [];
  for (const [direction, way] of Object.entries(mixed.ways)) {
    const samples: number[] = [];
    const offers: number[] = [];
    for (let index = 0; index < bench.number("runs", 3); index += 1) {
      const seconds = bench.number("seconds", 5);
      const { through, offered } = await loadAll(way, { mbps: mbps * OVERLOAD, seconds });
      samples.push(through);
      offers.push(offered);
    }
    const least = Math.round(Math.min(...offers));
    const off = samples.map((each) => ((100 * each) / mbps - 100).toFixed(2));
    bench.say(
      `  ${mbps} Mbit/s ${direction}, both families and peerings: off by ${off.join(", ")} % under ${least} Mbit/s`,
    );
    figures.push({
      name: `${mbps} ${direction}, both families and peerings`,
      unit: "Mbit/s",
      samples,
      target: targetOf(mbps),
      note: `offered at least ${least} Mbit/s`,
    });
  }
  await mixed.takeAway();
  return figures;
}

function targetOf(mbps: number): NonNullable<Figure["target"]> {
  return { of: "every", least: mbps * (1 - TOLERANCE), most: mbps * (1 + TOLERANCE) };
}

type Way = Pick<IperfRequest, "from" | "to" | "address">;

/**
 * IP bytes that reach the receiver's interface, counted there: what a slow receiver does not take out of
 * its socket has passed the link all the same.
 */
async function overloaded(
  way: Way,
  udpMbps: number,
  seconds: number,
): Promise<{ through: number; offered: number }> {
  // Two senders: one processor alone may not offer enough.
  const loads = [5301, 5302].map((port) =>
    iperf({
      ...way,
      port,
      udpMbps: udpMbps / 2,
      seconds: seconds + BURST_SECONDS + 3,
      omitSeconds: 0,
    }),
  );
  // They fail when they are awaited, not before.
  for (const load of loads) load.catch(() => {});
  await systemClock.sleep(1000);
  await ignoreDatagrams(way.to, true);
  await systemClock.sleep(BURST_SECONDS * 1000);
  const first = await received(way.to);
  await systemClock.sleep(seconds * 1000);
  const last = await received(way.to);
  await ignoreDatagrams(way.to, false);
  const sent = await Promise.all(loads);
  const sentMbps = sent.reduce((sum, each) => sum + each.sentMbps, 0);
  const through = ((last.bytes - first.bytes) * 8) / ((last.atMs - first.atMs) * 1000);
  return { through, offered: wireMbps(sentMbps) };
}

/** Once counted they are dropped: putting fragments together would take the time that the senders need. */
async function ignoreDatagrams(to: Way["to"], on: boolean): Promise<void> {
  const gone = "add table netdev bench\ndelete table netdev bench\n";
  const rules =
    'table netdev bench {\n chain counted {\n  type filter hook ingress device "eth0" priority 0;\n  ip protocol udp drop\n }\n}\n';
  const argv = to(["nft", "-f", "-"]);
  await run({ argv, input: on ? gone + rules : gone, why: "drop what was counted" });
}

type LinkJson = { stats64?: { rx?: { bytes: number; packets: number } } };

async function received(to: Way["to"]): Promise<{ bytes: number; atMs: number }> {
  const argv = to(["ip", "-j", "-s", "link", "show", "dev", "eth0"]);
  const before = performance.now();
  const text = await run({ argv, why: "count what arrived" });
  const atMs = (before + performance.now()) / 2;
  const rx = (JSON.parse(text) as LinkJson[])[0]?.stats64?.rx;
  if (rx === undefined) throw new Error(`ip told no counters: ${text.slice(0, 200)}`);
  return { bytes: rx.bytes - rx.packets * ETHERNET_HEADER, atMs };
}
