/** Translation at the customer's edge by both designs of a pool, and what running flows make of a lost link. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { systemClock } from "../../../src/base/clock.ts";
import type { Place } from "../../../src/fabric/probe.ts";
import { namesOf } from "../../../src/main/demo/bodies.ts";
import { SERVICES_VRF } from "../../../src/plan/services.ts";
import {
  allow,
  type Customer,
  publicPeeringBody,
  services,
} from "../../scenarios/public-orders.ts";
import { converged, type LabServer, until, variantNamed } from "../lab-server.ts";
import { order, sessionsUp } from "../orders.ts";
import { borrowLab } from "./borrowed-lab.ts";

const SERVICE: Place = { node: "public-host", vrf: SERVICES_VRF };
const { sql, storage } = services;
/** Longer than the loss of a link is noticed in. */
const LOST_MS = 5_000;

let server: LabServer;

beforeAll(async () => {
  server = await borrowLab();
});

afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
});

async function publicCircuit(variant: string, customer: Customer, location: string) {
  const { customer: client, customerSubscription } = server.parties;
  const [ordered] = await order(server.parties, variantNamed(variant));
  const names = namesOf(variantNamed(variant), customerSubscription);
  const filter = `${names.group}/providers/Microsoft.Network/routeFilters/public`;
  await allow(client, filter, { location, communities: [sql.community, storage.community] });
  const id = `${ordered?.circuitId}/peerings/MicrosoftPeering`;
  await client.waitFor(await client.put(id, publicPeeringBody(customer, { filter })));
  await converged(server.parties);
}

/** Sixteen flows to a service: some of them by each link. A service answers one stream at a time. */
function flowsFrom(from: Place, { address }: { address: string }) {
  return server.backend.probe.stream({
    ...{ from, to: SERVICE, address, intervalMs: 20, flows: 16 },
    signal: new AbortController().signal,
  });
}

async function whole(router: string): Promise<void> {
  await sessionsUp((await server.folder.readLab()) ?? "", { nodes: [router] });
}

/** Waits until of these prefixes the services know just those. */
async function told(prefixes: readonly string[], wanted: readonly string[]): Promise<void> {
  const node = server.backend.nodes.find(({ name }) => name === SERVICE.node);
  await until(`${wanted.join(" and ")} are told`, async () => {
    const routes = (await node?.routes(SERVICES_VRF, AbortSignal.timeout(20_000))) ?? [];
    const there = prefixes.filter((prefix) => routes.some((route) => route.prefix === prefix));
    return there.join() === wanted.join() ? true : undefined;
  });
}

async function answers(from: Place, address: string): Promise<void> {
  const ping = { from, to: address, count: 3, intervalMs: 50, timeoutMs: 500 };
  await until(`${address} answers`, async () =>
    (await server.backend.probe.ping(ping)).received === 3 ? true : undefined,
  );
}

async function without<Result>(lost: string, work: () => Promise<Result>): Promise<Result> {
  const port = { node: lost, port: "wan1" };
  await server.backend.probe.setPort(port, false);
  try {
    return await work();
  } finally {
    await server.backend.probe.setPort(port, true);
  }
}

test("with one pool on both links every flow outlives the loss of one", async () => {
  await publicCircuit("exchange-l2", "alder", "westeurope");
  const from = { node: "alder-host", vrf: "default" };
  await whole("alder-ce");
  await answers(from, sql.address);
  const running = await flowsFrom(from, sql);
  await systemClock.sleep(1_000);
  await without("alder-ce", async () => {
    await systemClock.sleep(LOST_MS);
    // Over the other link, under the addresses that they had.
    expect((await running.stop()).blackoutMs).toBeLessThan(LOST_MS);
    await answers(from, sql.address6);
  });
});

test("with a pool on each link, flows of a lost link end, and new ones have the other's addresses", async () => {
  await publicCircuit("ethernet", "cedar", "germanywestcentral");
  const from = { node: "cedar-host", vrf: "default" };
  const halves = ["198.18.32.0/25", "198.18.32.128/25"];
  const [, other = ""] = halves;
  await told(halves, halves);
  await whole("cedar-ce");
  await answers(from, sql.address);
  const running = await flowsFrom(from, sql);
  await systemClock.sleep(1_000);
  await without("cedar-ce", async () => {
    await told(halves, [other]);
    const later = await flowsFrom(from, storage);
    await systemClock.sleep(LOST_MS);
    const [old, fresh] = [await running.stop(), await later.stop()];
    // Those translated to the lost half hear nothing any more; the others never ceased to.
    expect(old.blackoutMs).toBeGreaterThan(LOST_MS);
    expect(old.received).toBeGreaterThan(old.sent / 10);
    expect(fresh.received).toBe(fresh.sent);
  });
  await told(halves, halves);
  await answers(from, sql.address);
});
