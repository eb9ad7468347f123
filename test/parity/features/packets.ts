/** What crosses the circuit, and under which tags. */
import { systemClock } from "../../../src/base/clock.ts";
import { argvIn } from "../../../src/drivers/place-argv.ts";
import { runAnyway } from "../../../src/drivers/run.ts";
import { SIDES } from "../../../src/fabric/intent.ts";
import { BANDWIDTH_MBPS, C_TAG, HOST_ADDRESSES } from "../../../src/main/demo/variants.ts";
import { ask, startAnswerer } from "../../linux/markers.ts";
import { type Feature, must, notApplicable } from "../feature.ts";
import {
  carries,
  ratedAt,
  received,
  type Standing,
  seen,
  statsOf,
  underStream,
  withPeering,
} from "../standing.ts";

const bothWays = (family: "ipv4" | "ipv6") => async (standing: Standing) => {
  const { machine } = standing.first;
  const up = await received(standing, machine[family], { count: 10 });
  const down = await received(standing, HOST_ADDRESSES[family], { count: 10, from: machine });
  must(up === 10 && down === 10, `of 10 packets each way ${up} and ${down} were answered`);
};

async function largest(standing: Standing, to: string, bytes: number): Promise<boolean> {
  const { fabric, variant } = standing;
  const words = [
    "ping",
    "-M",
    "do",
    "-s",
    `${bytes}`,
    "-c",
    "2",
    "-i",
    "0.1",
    "-W",
    "1",
    to,
  ] as const;
  const argv = argvIn(fabric.lab, variant.onPremises, words);
  return (await runAnyway({ argv, why: `ping ${to}` })).code === 0;
}

async function tagsOn(standing: Standing, cTag: number): Promise<void> {
  const { fabric, variant, first } = standing;
  const wanted = first.stag === undefined ? [cTag] : [first.stag, cTag];
  const { probe } = fabric.running.backend;
  await underStream(standing, async () => {
    for (const side of SIDES) {
      // Others on the same hand-off have the same addresses.
      const request = { source: first.machine.ipv4, count: 40, timeoutMs: 20_000 };
      const frames = await probe.captureTags({ at: variant.handOff[side], ...request });
      const found = [...new Set(frames.map(String))];
      must(found.includes(String(wanted)), `${side}: tags ${found.join(" ")}; ordered ${wanted}`);
    }
  });
}

export const packets: readonly Feature[] = [
  {
    name: "IPv4",
    says: "Ten packets each way between the site and a machine, none lost.",
    check: bothWays("ipv4"),
  },
  {
    name: "IPv6",
    says: "The same for IPv6.",
    check: bothWays("ipv6"),
  },
  {
    name: "MTU of 1500 bytes",
    says: "A packet of 1500 bytes that may not be broken up passes.",
    async check(standing) {
      const { machine } = standing.first;
      must(await largest(standing, machine.ipv4, 1472), "1500 bytes do not pass over IPv4");
      must(await largest(standing, machine.ipv6, 1452), "1500 bytes do not pass over IPv6");
    },
  },
  {
    name: "tags on the wire",
    says: "Frames on both hand-offs carry the tags that were ordered, and nothing else of theirs.",
    check: (standing) => tagsOn(standing, C_TAG),
  },
  {
    name: "another C-tag",
    says: "A peering moved to another tag: frames carry it, and packets pass.",
    check: (standing) =>
      withPeering(standing, { vlanId: C_TAG + 1 }, async () => {
        await carries(standing);
        await tagsOn(standing, C_TAG + 1);
      }),
  },
  {
    name: "both links used",
    says: "Flows are shared over both links, in both directions.",
    async check(standing) {
      const stats = () => statsOf(standing, standing.names.circuit(0));
      const before = await stats();
      await underStream(standing, () => systemClock.sleep(1_500));
      const grown = async () => {
        const after = await stats();
        return [
          "primarybytesIn",
          "primarybytesOut",
          "secondarybytesIn",
          "secondarybytesOut",
        ].filter((name) => (after[name] ?? 0) - (before[name] ?? 0) < 5_000);
      };
      await seen("both links carried both ways", async () => (await grown()).length === 0).catch(
        async () => must(false, `nothing to speak of in ${await grown()}`),
      );
    },
  },
  {
    name: "isolation",
    says: "All circuits have the same addresses; a site's packets reach its own machine alone.",
    async check({ fabric, variant, first }) {
      const name = variant.name;
      await using answerer = await startAnswerer(fabric.lab, {
        ...{ at: first.machine, name, address: first.machine.ipv4 },
      });
      const request = { from: variant.onPremises, address: first.machine.ipv4 };
      const found = await ask(fabric.lab, { ...request, text: `marker:${name}` });
      const heard = Object.keys(await answerer.seen());
      must(
        String(Object.keys(found)) === `answer:${name} marker:${name}`,
        `answers ${Object.keys(found)}`,
      );
      must(String(heard) === `marker:${name}`, `the machine heard ${heard}`);
    },
  },
  {
    name: "rate of the circuit",
    says: "A circuit of 50 Mbit/s carries that on each link and no more.",
    async check(standing) {
      const { fabric, variant, first, names } = standing;
      if (variant.order.kind === "direct")
        notApplicable(
          "a Direct circuit has 1 Gbit/s at least, and its rate is held only on request",
        );
      const { machine } = first;
      const { customer } = fabric.parties;
      const at = names.circuit(0);
      await ratedAt(standing, 50);
      try {
        const flow = { from: variant.onPremises, to: machine, address: machine.ipv4 };
        const told = await fabric.running.backend.probe.tcp({ ...flow, seconds: 3, flows: 16 });
        must("mbps" in told, `not measured: ${"absent" in told ? told.absent : ""}`);
        must(told.mbps < 110, `${told.mbps} Mbit/s over two links of 50 on ${at}`);
        must(told.mbps > 10, `${told.mbps} Mbit/s over two links of 50`);
      } finally {
        await ratedAt(standing, BANDWIDTH_MBPS);
      }
      must((await customer.find(at)) !== undefined, "the circuit is gone");
    },
  },
];
