/** What is changed of a circuit that carries packets, and what is only tried. */
import type { WireResource } from "../../../src/client/client.ts";
import { routerTemplates } from "../../../src/domain/router-config/templates.ts";
import { argvIn } from "../../../src/drivers/place-argv.ts";
import { run } from "../../../src/drivers/run.ts";
import { HOST_ADDRESSES } from "../../../src/main/demo/variants.ts";
import { causeway } from "../../linux/lab-server.ts";
import { type Feature, must, notApplicable } from "../feature.ts";
import { carries, customerOf, resetsBy, type Standing, seen, underStream } from "../standing.ts";

type Sized = { readonly size: (variant: Standing["variant"]) => object };

/** Writes the circuit with another size under a stream: nothing is reset, and no link falls silent. */
const sized =
  ({ size }: Sized) =>
  async (standing: Standing): Promise<void> => {
    const reset = await resetsBy(standing, async () => {
      const { lostMs } = await underStream(standing, async () => {
        await rewrite(standing, ({ properties }) => ({
          properties: merged(properties, size(standing.variant)),
        }));
      });
      must(lostMs < 500, `packets of ${Math.round(lostMs)} ms were lost`);
    });
    must(reset.length === 0, `reset: ${reset.join(", ")}`);
    await carries(standing);
  };

function merged(held: object, changes: object): object {
  const both = { ...held, ...changes };
  const offer = "serviceProviderProperties";
  if (!(offer in changes)) return both;
  return {
    ...both,
    [offer]: { ...Object(Object(held)[offer]), ...Object(Object(changes)[offer]) },
  };
}

async function rewrite(standing: Standing, change: (held: WireResource) => object): Promise<void> {
  const customer = customerOf(standing);
  const at = standing.names.circuit(0);
  const held = await customer.get(at);
  await customer.waitFor(await customer.put(at, { ...held, ...change(held) }), {
    timeoutMs: 60_000,
  });
}

const bandwidth = (provider: number, direct: number) => ({
  size: ({ order }: Standing["variant"]) =>
    order.kind === "provider"
      ? { serviceProviderProperties: { bandwidthInMbps: provider } }
      : { bandwidthInGbps: direct },
});

async function forgetSizes({ fabric, variant, first }: Standing): Promise<void> {
  for (const place of [variant.onPremises, first.machine])
    for (const family of ["-4", "-6"]) {
      const argv = argvIn(fabric.lab, place, ["ip", family, "route", "flush", "cache"]);
      await run({ argv, why: "forget what routers said of packets' sizes" });
    }
}

async function largest({ fabric, variant, first }: Standing, mtu: number): Promise<void> {
  const ways = [
    { from: variant.onPremises, to: first.machine.ipv4 },
    { from: variant.onPremises, to: first.machine.ipv6 },
    { from: first.machine, to: HOST_ADDRESSES.ipv4 },
    { from: first.machine, to: HOST_ADDRESSES.ipv6 },
  ];
  const { probe } = fabric.running.backend;
  for (const way of ways) {
    const ping = { ...way, count: 3, intervalMs: 50, timeoutMs: 500 };
    await seen(
      `${mtu} bytes pass to ${way.to}`,
      async () => (await probe.ping({ ...ping, bytes: mtu })).received === 3,
    );
    const { received, pathMtu } = await probe.ping({ ...ping, bytes: mtu + 1 });
    must(received === 0 && pathMtu === mtu, `${mtu + 1} bytes to ${way.to}: told ${pathMtu}`);
  }
}

export const changes: readonly Feature[] = [
  {
    name: "bandwidth up",
    says: "More bandwidth while packets flow: no session is reset.",
    check: sized(bandwidth(2_000, 5)),
  },
  {
    name: "bandwidth down",
    says: "Less bandwidth again: the same.",
    check: sized(bandwidth(1_000, 2)),
  },
  {
    name: "tier up and down",
    says: "Standard to Premium and back in place: no session is reset.",
    async check(standing) {
      const tier = (name: string) =>
        rewrite(standing, () => ({ sku: { tier: name, family: "MeteredData" } }));
      const reset = await resetsBy(standing, async () => {
        await tier("Premium");
        await carries(standing);
        await tier("Standard");
      });
      must(reset.length === 0, `reset: ${reset.join(", ")}`);
      await carries(standing);
    },
  },
  {
    name: "largest packet",
    says: "What a circuit declares passes to the byte, both ways; to one byte more the size is answered. 1400 everywhere, 9000 on Direct.",
    async check(standing) {
      const { order } = standing.variant;
      const reset = await resetsBy(standing, async () => {
        // Hosts remember a smaller size for a while: it comes last, and what another try left is forgotten.
        await forgetSizes(standing);
        for (const mtu of order.kind === "direct" ? [9_000, 1_400] : [1_400]) {
          await rewrite(standing, ({ properties }) => ({
            properties: { ...properties, causeway: { mtu } },
          }));
          await largest(standing, mtu);
        }
        await rewrite(standing, ({ properties }) => ({
          properties: { ...properties, causeway: null },
        }));
      });
      must(reset.length === 0, `reset: ${reset.join(", ")}`);
      await carries(standing);
    },
  },
  {
    name: "tags of the resource",
    says: "A PATCH of tags touches nothing else, and is on record with who did it.",
    async check(standing) {
      const customer = customerOf(standing);
      const at = standing.names.circuit(0);
      const tags = { parity: standing.variant.name };
      const reset = await resetsBy(standing, async () => void (await customer.patch(at, { tags })));
      must(reset.length === 0, `reset: ${reset.join(", ")}`);
      const held = await customer.get(at);
      must(
        held.tags?.["parity"] === standing.variant.name,
        `tags are ${JSON.stringify(held.tags)}`,
      );
      const { value } = await customer.get<{ value: object[] }>(
        `/causeway/activity?$filter=resourceUri eq '${at}'`,
      );
      const noted = value.some((one) =>
        String(Object(one).properties?.changes).includes("tags.parity"),
      );
      must(noted, "the change is not on record");
    },
  },
  {
    name: "rate limit",
    says: "Set on a circuit of Direct ports, raised with its bandwidth and taken away again: no session is reset. Others always have it.",
    async check(standing) {
      if (standing.variant.order.kind === "provider")
        notApplicable("a provider's circuit is always held to its bandwidth");
      const reset = await resetsBy(standing, async () => {
        for (const enableDirectPortRateLimit of [true, false]) {
          await rewrite(standing, ({ properties }) => ({
            properties: { ...properties, enableDirectPortRateLimit },
          }));
          await carries(standing);
        }
      });
      must(reset.length === 0, `reset: ${reset.join(", ")}`);
    },
  },
  {
    name: "line protocol and light",
    says: "Both links of a customer's own ports tell of their line protocol, and of light or why there is none to read.",
    async check(standing) {
      if (standing.variant.order.kind === "provider")
        notApplicable("the ports are the provider's, and shared");
      type States = { value: { lineProtocol?: string; lightNotMeasurable?: string }[] };
      const { value } = await customerOf(standing).get<States>(`${standing.names.port}/linkStates`);
      must(value.length === 2, `${value.length} links are told of`);
      for (const { lineProtocol, lightNotMeasurable } of value) {
        must(lineProtocol === "Up", `the line protocol is ${lineProtocol}`);
        must(
          lightNotMeasurable?.endsWith("it has no optics") === true,
          `of its light: ${lightNotMeasurable}`,
        );
      }
    },
  },
  {
    name: "dry run",
    says: "A change that is only tried says what nodes would become, and changes nothing.",
    async check(standing) {
      const customer = customerOf(standing);
      const at = standing.names.peering(0);
      const held = await customer.get(at);
      const { etag, properties } = held;
      const body = { properties: { ...properties, vlanId: 777 } };
      const tried = await customer.put<{ dryRun: boolean; nodes: object[] }>(
        `${at}?causeway-dryRun=true`,
        body,
      );
      must(
        tried.body.dryRun && tried.body.nodes.length > 0,
        JSON.stringify(tried.body).slice(0, 200),
      );
      must((await customer.get(at)).etag === etag, "the peering was changed");
    },
  },
  {
    name: "router configuration",
    says: "The configuration of the customer's end is written for a router of one of the makes there are templates of.",
    async check({ fabric, first, variant, all }) {
      // A start of the program each: every variant takes another one.
      const turn = all.indexOf(variant.name) % routerTemplates.length;
      for (const { name } of routerTemplates.slice(turn, turn + 1)) {
        const words = ["router-config", first.circuitId, "--format", name, "--data", fabric.data];
        const { code, stdout, stderr } = await causeway(words);
        must(code === 0, `${name}: ${stderr}`);
        must(stdout.includes("192.168.100."), `${name} does not name the link's addresses`);
      }
    },
  },
];
