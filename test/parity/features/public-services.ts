/** Services that are public, beside the private peering. */
import { argvIn } from "../../../src/drivers/place-argv.ts";
import { run } from "../../../src/drivers/run.ts";
import { TRAFFIC_CLASSES, type TrafficClass } from "../../../src/fabric/report.ts";
import { crossConnectionId } from "../../../src/main/demo/order.ts";
import { BANDWIDTH_MBPS } from "../../../src/main/demo/variants.ts";
import { markByPort, sendLoad } from "../../linux/marked-load.ts";
import {
  allow,
  customersByVariant,
  pools,
  publicPeeringBody,
  services,
} from "../../scenarios/public-orders.ts";
import { type Feature, must } from "../feature.ts";
import {
  carries,
  customerOf,
  ratedAt,
  received,
  remove,
  type Standing,
  seen,
  write,
} from "../standing.ts";

const { sql } = services;
const oakByAnother = {
  microsoftPeeringConfig: {
    ...{ advertisedPublicPrefixes: pools.oak.ipv4, customerASN: 64_450 },
    routingRegistryName: "RADB",
  },
};

async function reached(standing: Standing, addresses: readonly string[]): Promise<void> {
  for (const to of addresses)
    await seen(`${to} answers`, async () => (await received(standing, to)) === 3);
}

type PublicOrder = {
  readonly addresses: readonly string[];
  /** Attaches the filter, and waits until the services answer. */
  open(): Promise<void>;
};

/** A public peering of the circuit while `work` runs; without a filter at first. */
async function withPublicPeering(
  standing: Standing,
  work: (order: PublicOrder) => Promise<void>,
): Promise<void> {
  const { fabric, variant, names, first } = standing;
  const whose = customersByVariant[variant.name] ?? "alder";
  // Oak's IPv4 pool is registered with another AS number of its, and its IPv6 pool not at all.
  const properties = whose === "oak" ? oakByAnother : {};
  const addresses = whose === "oak" ? [sql.address] : [sql.address, sql.address6];
  const { customer, provider } = fabric.parties;
  const at = `${names.circuit(0)}/peerings/MicrosoftPeering`;
  const filter = `${names.group}/providers/Microsoft.Network/routeFilters/parity`;
  await allow(customer, filter, { location: variant.region, communities: [sql.community] });
  try {
    if (variant.peeringBy === "provider") {
      const line = crossConnectionId(fabric.parties, variant, first.serviceKey);
      const body = publicPeeringBody(whose, { properties });
      await write(provider, `${line}/peerings/MicrosoftPeering`, body);
    } else await write(customer, at, publicPeeringBody(whose, { properties }));
    await work({
      addresses,
      async open() {
        await write(customer, at, publicPeeringBody(whose, { filter, properties }));
        await reached(standing, addresses);
      },
    });
  } finally {
    await remove(customer, at);
    await remove(customer, filter);
  }
  await carries(standing);
}

const [VOICE, VIDEO, SHARING, FILES] = [46, 34, 18, 10];
const MARKS = [VOICE, VIDEO, SHARING, FILES];
const classOf = (dscp: number): TrafficClass =>
  dscp === VOICE
    ? "voice"
    : dscp === FILES
      ? "bulk"
      : dscp === VIDEO || dscp === SHARING
        ? "interactive"
        : "default";

type Passed = { readonly passed: number; readonly dropped: number };

/** Packets of each class into the cloud, over both links. */
async function classesOf(standing: Standing): Promise<ReadonlyMap<TrafficClass, Passed>> {
  type Counted = { packets: number; droppedPackets: number };
  type Row = { direction: string; classes?: Record<TrafficClass, Counted> };
  const path = `${standing.names.circuit(0)}/traffic`;
  const { value } = await customerOf(standing).get<{ value: readonly Row[] }>(path);
  const rows = value.filter(({ direction }) => direction === "in");
  must(rows.length === 2, `${rows.length} links are told of`);
  return new Map(
    TRAFFIC_CLASSES.map((name) => {
      const sum = (what: keyof Counted) =>
        rows.reduce((total, { classes }) => total + (classes?.[name][what] ?? 0), 0);
      return [name, { passed: sum("packets"), dropped: sum("droppedPackets") }];
    }),
  );
}

/** One flow of each mark, and more of what is not marked than `mbps`. What each class was sent comes back. */
async function sendMarked(
  { fabric, variant }: Standing,
  mbps: number,
): Promise<ReadonlyMap<TrafficClass, number>> {
  const from = variant.onPremises;
  await markByPort(fabric.lab, from, MARKS);
  try {
    const flows = [
      ...MARKS.map((dscp) => ({ dscp, mbps: 1, bytes: 400 })),
      { dscp: 0, mbps, bytes: 1_400 },
    ].map((flow) => ({ ...flow, address: sql.address }));
    const counts = await sendLoad(fabric.lab, from, { flows, seconds: 2 });
    const sent = new Map<TrafficClass, number>();
    for (const [index, { dscp }] of flows.entries())
      sent.set(classOf(dscp), (sent.get(classOf(dscp)) ?? 0) + (counts[index] ?? 0));
    return sent;
  } finally {
    const argv = argvIn(fabric.lab, from, ["nft", "delete", "table", "inet", "marks"]);
    await run({ argv, why: "mark no more" });
  }
}

async function classed(standing: Standing, mbps: number, isOverload: boolean): Promise<void> {
  const before = await classesOf(standing);
  const sent = await sendMarked(standing, mbps);
  const grown = async () => {
    const after = await classesOf(standing);
    const growth = (name: TrafficClass, what: keyof Passed) =>
      (after.get(name)?.[what] ?? 0) - (before.get(name)?.[what] ?? 0);
    return TRAFFIC_CLASSES.map((name) => ({
      name,
      sent: sent.get(name) ?? 0,
      passed: growth(name, "passed"),
      dropped: growth(name, "dropped"),
    }));
  };
  await seen("every class was counted", async () =>
    (await grown()).every((one) => one.passed + one.dropped >= 0.9 * one.sent),
  ).catch(async () => must(false, `counted ${JSON.stringify(await grown())}`));
  const found = await grown();
  const told = JSON.stringify(found);
  for (const { name, sent: asked, passed, dropped } of found) {
    // Routers' own packets are not marked as any of these, and are in the last class too.
    const most = name === "default" ? Number.POSITIVE_INFINITY : asked;
    must(passed > 0 && passed + dropped <= most, `of ${name}: ${told}`);
    if (name === "voice" || name === "interactive") must(dropped === 0, `${name} lost: ${told}`);
  }
  const plain = found.find(({ name }) => name === "default");
  if (isOverload) must((plain?.dropped ?? 0) > 0.1 * (plain?.sent ?? 0), `no overload: ${told}`);
}

async function limited(standing: Standing, enableDirectPortRateLimit: boolean): Promise<void> {
  const at = standing.names.circuit(0);
  const { properties, ...rest } = await customerOf(standing).get(at);
  const body = { ...rest, properties: { ...properties, enableDirectPortRateLimit } };
  await write(customerOf(standing), at, body);
}

export const publicServices: readonly Feature[] = [
  {
    name: "peering to public services",
    says: "With a filter, services are reached by translated addresses beside the private peering; without, not.",
    check: (standing) =>
      withPublicPeering(standing, async ({ open }) => {
        must((await received(standing, sql.address)) === 0, "reached without a filter");
        await open();
        must(
          (await received(standing, services.storage.address)) === 0,
          "more than the filter lets through",
        );
      }),
  },
  {
    name: "classes by DSCP",
    says: "Marked datagrams to a public service are counted in the classes of their marks. Of 80 Mbit/s on a circuit of 50, voice and video lose nothing; on Direct, limited to what no machine of the lab reaches, nothing is lost.",
    check: (standing) =>
      withPublicPeering(standing, async ({ open }) => {
        const isDirect = standing.variant.order.kind === "direct";
        if (isDirect) await limited(standing, true);
        else await ratedAt(standing, 50);
        try {
          await open();
          await classed(standing, isDirect ? 2 : 80, !isDirect);
        } finally {
          if (isDirect) await limited(standing, false);
          else await ratedAt(standing, BANDWIDTH_MBPS);
        }
      }),
  },
];
