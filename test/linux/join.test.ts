/** Global Reach on real edges: three sites of one customer, two joins, real packets of both families. */
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  hostOf,
  joinBody,
  joinId,
  orderSite,
  type SiteName,
  threeSiteFabric,
} from "../scenarios/three-sites.ts";
import { converged, type LabServer, startLabServer, until } from "./lab-server.ts";
import { establishments, resets } from "./orders.ts";

const edges = ["ams-primary", "ams-secondary", "fra-primary", "fra-secondary"];

let server: LabServer;
let lab = "";

beforeAll(async () => {
  server = await startLabServer({ fabric: threeSiteFabric() });
  lab = (await server.folder.readLab()) ?? "";
  const { parties } = server;
  const { operator, customer } = parties;
  const orders = (["a", "b", "c"] as const).map((name) => orderSite(parties, name));
  const pending = (await Promise.all(orders)).flat();
  await Promise.all(pending.map((each) => operator.waitFor(each)));
  const joins = [
    await customer.put(joinId(parties, "a", "b"), joinBody(parties, { to: "b", third: 91 })),
    await customer.put(joinId(parties, "c", "b"), joinBody(parties, { to: "b", third: 92 })),
  ];
  await Promise.all(joins.map((each) => operator.waitFor(each)));
  await converged(parties);
});

afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
});

async function pings(from: SiteName, to: SiteName): Promise<number[]> {
  const { ipv4, ipv6 } = hostOf(to);
  const request = { from: hostOf(from).place, count: 2, intervalMs: 50, timeoutMs: 500 };
  const answers = [ipv4, ipv6].map((address) =>
    server.backend.probe.ping({ ...request, to: address }),
  );
  return (await Promise.all(answers)).map(({ received }) => received);
}

const both = [2, 2];
const none = [0, 0];

async function reaches(from: SiteName, to: SiteName, wanted = both): Promise<void> {
  let last: number[] = [];
  await until(`${from} hears ${wanted} of ${to}`, async () => {
    last = await pings(from, to);
    return last.join() === wanted.join() ? true : undefined;
  }).catch((error: Error) => {
    throw new Error(`${error.message}; heard ${last}`);
  });
}

async function statusOf(from: SiteName, to: SiteName): Promise<unknown[]> {
  const { properties } = await server.parties.customer.get(joinId(server.parties, from, to));
  const ipv6 = properties["ipv6CircuitConnectionConfig"] as { circuitConnectionStatus: string };
  return [properties["circuitConnectionStatus"], ipv6.circuitConnectionStatus];
}

test("A–B and B–C joined: A reaches B, B reaches C, and A does not reach C", async () => {
  await reaches("a", "b");
  await reaches("c", "b");
  await reaches("b", "c");
  expect(await pings("a", "c")).toEqual(none);
  expect(await pings("c", "a")).toEqual(none);
  await until("both joins say Connected for both families", async () => {
    const words = [...(await statusOf("a", "b")), ...(await statusOf("c", "b"))];
    return words.every((word) => word === "Connected") ? true : undefined;
  });
});

test("a filter on a join holds at once, without a session being reset", async () => {
  const { parties } = server;
  const before = await establishments(lab, edges);
  const causeway = { importPrefixes: [{ prefix: "fd10::/16", le: 64 }] };
  const body = joinBody(parties, { to: "b", third: 92, causeway });
  await parties.operator.waitFor(await parties.customer.put(joinId(parties, "c", "b"), body));
  await reaches("c", "b", [0, 2]);
  expect(resets(before, await establishments(lab, edges))).toEqual([]);
  const open = joinBody(parties, { to: "b", third: 92 });
  const lifted = { properties: { ...Object(open)["properties"], causeway: null } };
  await parties.operator.waitFor(await parties.customer.put(joinId(parties, "c", "b"), lifted));
  await reaches("c", "b");
  expect(resets(before, await establishments(lab, edges))).toEqual([]);
});

test("the traffic of a join is counted at both of its circuits", async () => {
  const packets = async () => {
    const reports = await Promise.all(
      edges.map((edge) => server.backend.nodes.find(({ name }) => name === edge)),
    );
    const signal = AbortSignal.timeout(20_000);
    const seen = await Promise.all(reports.map((node) => node?.observe(signal)));
    const meters = seen.flatMap((each) => each?.meters ?? []);
    const joins = meters.filter(({ meter }) => meter === "join/0");
    return joins.reduce((sum, each) => sum + each.in.packets + each.out.packets, 0);
  };
  const before = await packets();
  await pings("a", "b");
  expect((await packets()) - before).toBeGreaterThanOrEqual(16);
  const metrics = await server.parties.customer.text("/metrics");
  const counted = /^causeway_join_bytes_total\{.*\} [1-9]\d*$/gm;
  // A to B and C to B, at both circuits of each: on either link what the flows chose, and its sessions.
  expect(metrics.match(counted)?.length).toBeGreaterThanOrEqual(8);
  expect(metrics.match(/^causeway_peering_bgp_up\{.*\} 1$/gm)).toHaveLength(12);
});

test("a deleted join takes away what it gave, and no other session is reset", async () => {
  const { parties } = server;
  const before = await establishments(lab, edges);
  await parties.operator.waitFor(await parties.customer.delete(joinId(parties, "a", "b")));
  await converged(parties);
  expect(await pings("a", "b")).toEqual(none);
  expect(await pings("c", "b")).toEqual(both);
  const gone = resets(before, await establishments(lab, edges));
  // Two sides, two families, two ends: 192.168.91.0/29 and fd65:91::/125.
  expect(gone).toHaveLength(8);
  for (const key of gone) expect(key).toMatch(/ (192\.168\.91\.|fd65:91::)\d$/);
});
