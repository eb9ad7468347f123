/** Two virtual networks on one circuit: what one sends too much costs the other, until the first connection is capped. */
import { expect, test } from "vitest";
import { systemClock } from "../../../src/base/clock.ts";
import { argvIn } from "../../../src/drivers/place-argv.ts";
import { run } from "../../../src/drivers/run.ts";
import type { Place } from "../../../src/fabric/probe.ts";
import * as bodies from "../../../src/main/demo/bodies.ts";
import { addressesOf } from "../../../src/main/demo/order.ts";
import { HOST_ADDRESSES } from "../../../src/main/demo/variants.ts";
import { converged, type LabServer, until, variantNamed } from "../lab-server.ts";
import { FIRST_PORT, sendLoad } from "../marked-load.ts";
import { order, sessionsUp } from "../orders.ts";
import { borrowLab } from "./borrowed-lab.ts";

const exchange = variantNamed("exchange-l2");
if (exchange.order.kind !== "provider") throw new Error("a provider's variant");
const variant = { ...exchange, order: { ...exchange.order, bandwidthMbps: 50 } };
const SECONDS = 3;
/** Ten fragments a call: a busy machine too has to send more than the circuit carries. */
const NOISY_BYTES = 14_000;
type Machine = Place & { readonly ipv4: string };

test("a connection that sends more than its circuit carries takes from another's, and capped it takes nothing", async () => {
  await using server = await borrowLab();
  const lab = (await server.folder.readLab()) ?? "";
  const [circuit] = await order(server.parties, variant);
  if (circuit === undefined) throw new Error("no circuit");
  const quiet = await secondNetwork(server);
  await sessionsUp(lab, { nodes: ["alder-ce"] });
  // On one link, so that both share one bucket.
  const { probe } = server.backend;
  await using ends = new AsyncDisposableStack();
  ends.defer(() => probe.setPort(variant.handOff.secondary, true));
  await probe.setPort(variant.handOff.secondary, false);
  for (const { ipv4: to } of [circuit.machine, quiet])
    await until(`${to} answers`, async () => {
      const ping = { from: variant.onPremises, to, count: 3, intervalMs: 50, timeoutMs: 500 };
      return (await server.backend.probe.ping(ping)).received === 3 ? true : undefined;
    });
  ends.defer(() => uncount(lab));
  await countFrom(lab, quiet);
  expect(await lostShare(lab, { noisy: circuit.machine, quiet })).toBeGreaterThan(0.02);
  await capNoisy(server, 20);
  expect(await lostShare(lab, { noisy: circuit.machine, quiet })).toBeLessThan(0.01);
  const shown = await server.parties.customer.text("/metrics");
  const dropped =
    /causeway_connection_dropped_bytes_total\{.*connection-1".*direction="out"\} (\d+)/;
  await until("the cap's drops are told", async () =>
    Number(dropped.exec(await server.parties.customer.text("/metrics"))?.[1] ?? 0) > 1_000_000
      ? true
      : undefined,
  );
  expect(shown).not.toMatch(/connection_dropped_bytes_total\{.*connection-2".*\} [1-9]/);
});

/** The share of the quiet one's datagrams that are lost while the other sends three times what the circuit carries. */
async function lostShare(
  lab: string,
  { noisy, quiet }: { noisy: Machine; quiet: Machine },
): Promise<number> {
  const before = await counted(lab);
  const send = (from: Machine, mbps: number, seconds: number, bytes = 1400) => {
    const flows = [{ address: HOST_ADDRESSES.ipv4, dscp: 0, mbps, bytes }];
    return sendLoad(lab, from, { flows, seconds });
  };
  const flood = send(noisy, 150, SECONDS + 3, NOISY_BYTES);
  // It fails when it is awaited, not before. First its burst: a full bucket takes in a quarter of a second.
  flood.catch(() => {});
  await systemClock.sleep(2_000);
  const [sent = 0] = await send(quiet, 8, SECONDS);
  await flood;
  expect(sent).toBeGreaterThan(1_000);
  return 1 - ((await counted(lab)) - before) / sent;
}

/** Another network with its gateway and machine, connected to the same circuit. */
async function secondNetwork(server: LabServer): Promise<Machine> {
  const { customer, operator } = server.parties;
  const names = bodies.namesOf(variant, server.parties.customerSubscription);
  const connection = bodies.connection(variant, names, 1) as { properties: object };
  const peer = { id: names.circuit(0) };
  const wanted: readonly (readonly [string, object])[] = [
    [names.virtualNetwork(1), bodies.virtualNetwork(variant, 1)],
    [names.virtualMachine(1), bodies.virtualMachine(variant, names, 1)],
    [names.gateway(1), bodies.gateway(variant, names, 1)],
    [names.connection(1), { ...connection, properties: { ...connection.properties, peer } }],
  ];
  for (const [id, body] of wanted) await operator.waitFor(await customer.put(id, body));
  await converged(server.parties);
  const { value } = await operator.get<{ value: readonly (Place & { resourceId: string })[] }>(
    "/causeway/places",
  );
  const place = value.find(({ resourceId }) => resourceId === names.virtualMachine(1));
  if (place === undefined) throw new Error("the second machine is nowhere");
  const { ipv4 } = await addressesOf(server.parties, names.virtualMachine(1));
  return { node: place.node, vrf: place.vrf, ipv4 };
}

async function capNoisy(server: LabServer, rateMbps: number): Promise<void> {
  const { customer } = server.parties;
  const names = bodies.namesOf(variant, server.parties.customerSubscription);
  const { properties, ...rest } = bodies.connection(variant, names, 0) as { properties: object };
  const body = { ...rest, properties: { ...properties, causeway: { rateMbps } } };
  await customer.waitFor(await customer.put(names.connection(0), body));
  await converged(server.parties);
}

/** As they come to the interface: a host with too much to do loses what the network brought. */
async function countFrom(lab: string, { ipv4 }: Machine): Promise<void> {
  const rule = `ip saddr ${ipv4} udp dport ${FIRST_PORT} counter`;
  const hook = "type filter hook prerouting priority -300; policy accept;";
  const input = ["table ip quiet {", "chain in {", hook, rule, "}", "}", ""].join("\n");
  await run({ argv: argvIn(lab, variant.onPremises, ["nft", "-f", "-"]), input, why: "count" });
}

async function uncount(lab: string): Promise<void> {
  const argv = argvIn(lab, variant.onPremises, ["nft", "delete", "table", "ip", "quiet"]);
  await run({ argv, why: "count no more" });
}

async function counted(lab: string): Promise<number> {
  const list = argvIn(lab, variant.onPremises, ["nft", "list", "table", "ip", "quiet"]);
  return Number(/packets (\d+)/.exec(await run({ argv: list, why: "read what came" }))?.[1]);
}
