/** Private peering's options on real routers: what they change, and that no session is reset by a filter. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { until } from "../lab-server.ts";
import { establishments, resets, sessionsUp } from "../orders.ts";
import { askJson, changePeering, type OneSite, raiseSite, session, vrfAt } from "./one-site.ts";

const EDGES = ["ams-primary", "ams-secondary"];
const CUSTOMER = "alder-ce";
const ROUTERS = [...EDGES, CUSTOMER, "cloud-host"];
const AT_EDGE = { node: "ams-primary", address: "192.168.100.1" };
const SPACE = "10.20.0.0/16";

let site: OneSite;

beforeAll(async () => {
  site = await raiseSite("exchange-l2", ROUTERS);
});

afterAll(() => site?.[Symbol.asyncDispose]());

/** Whether the customer's router has the network's space, and from how many edges. */
async function spaceAtCustomer(): Promise<number> {
  const { paths = [] } = await askJson<{ paths?: object[] }>(
    site,
    CUSTOMER,
    `show bgp ipv4 unicast ${SPACE} json`,
  );
  return paths.length;
}

test("filters, guards and private AS numbers change routes and reset no session", async () => {
  const before = await establishments(site.lab, ROUTERS);
  const { uptimeSeconds = 0 } = await session(site, AT_EDGE, ({ bfd }) => bfd === "Up");
  await session(site, AT_EDGE, ({ prefixesReceived }) => prefixesReceived.ipv4 === 1);
  expect(await spaceAtCustomer()).toBe(2);

  await changePeering(site, {
    causeway: { importPrefixes: [{ prefix: "172.16.0.0/12", le: 24 }] },
  });
  await session(site, AT_EDGE, ({ prefixesReceived }) => prefixesReceived.ipv4 === 0);
  await changePeering(site, { causeway: { maximumLength: { ipv4: 15 } } });
  await session(site, AT_EDGE, ({ prefixesReceived }) => prefixesReceived.ipv4 === 0);
  await changePeering(site, { causeway: { exportPrefixes: [] } });
  await session(site, AT_EDGE, ({ prefixesReceived }) => prefixesReceived.ipv4 === 1);
  await until("the space is withdrawn from the customer", async () =>
    (await spaceAtCustomer()) === 0 ? true : undefined,
  );
  await changePeering(site, { causeway: { privateAsns: "Remove" } });
  await until("the customer sees the cloud's number alone", async () => {
    const { paths } = await askJson<{ paths?: { aspath: { string: string } }[] }>(
      site,
      CUSTOMER,
      `show bgp ipv4 unicast ${SPACE} json`,
    );
    return paths?.length === 2 && paths.every(({ aspath }) => aspath.string === "12076")
      ? true
      : undefined;
  });
  await changePeering(site, { causeway: null });
  expect(resets(before, await establishments(site.lab, ROUTERS))).toEqual([]);
  const after = await session(site, AT_EDGE, ({ state }) => state === "Established");
  expect(after.uptimeSeconds).toBeGreaterThan(uptimeSeconds);
});

test("BFD runs at what both ends agree on, and not where it is switched off", async () => {
  await session(site, AT_EDGE, ({ bfdTimers }) => bfdTimers?.transmitMs === 300);
  await changePeering(site, { causeway: { bfd: { intervalMs: 100, multiplier: 5 } } });
  const faster = await session(site, AT_EDGE, ({ bfdTimers }) => bfdTimers?.transmitMs === 100);
  const agreed = { transmitMs: 100, receiveMs: 100, multiplier: 5 };
  expect(faster.bfdTimers).toEqual(agreed);
  const { value } = await site.server.parties.customer.get<{ value: object[] }>(
    `${site.names.peering(0)}/sessions`,
  );
  expect(value).toContainEqual(
    expect.objectContaining({
      ...{ side: "primary", family: "ipv4", state: "Established", prefixesReceived: 1 },
      bfd: { state: "Up", ...agreed },
      prefixLimit: expect.objectContaining({ limit: 4_000, level: "normal", discarded: 0 }),
    }),
  );
  await changePeering(site, { causeway: { bfd: { enabled: false } } });
  // The end that still speaks BFD when the other has ceased resets the session, once.
  await session(site, AT_EDGE, ({ bfd, state }) => bfd === undefined && state === "Established");
});

test("GTSM and roles stand where both ends do their part", async () => {
  await changePeering(site, { causeway: { gtsm: true, role: "ProviderStrict" } });
  await sessionsUp(site.lab, { nodes: ROUTERS, count: 16 });
  const [circuit] = site.circuits;
  if (circuit === undefined) throw new Error("no circuit");
  const vrf = vrfAt(site, AT_EDGE.node, circuit);
  const told = await askJson<Record<string, object>>(
    site,
    AT_EDGE.node,
    `show bgp vrf ${vrf} neighbors ${AT_EDGE.address} json`,
  );
  expect(told[AT_EDGE.address]).toMatchObject({
    localRole: "provider",
    remoteRole: "customer",
    externalBgpNbrMaxHopsAway: 1,
  });
});
