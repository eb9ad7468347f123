/** Which way real packets take, in both directions, and that changing it resets no session. */
import { afterAll, beforeAll, expect, test } from "vitest";
import * as bodies from "../../../src/main/demo/bodies.ts";
import { converged, until, variantNamed } from "../lab-server.ts";
import { establishments, order, resets } from "../orders.ts";
import { ask, askJson, type OneSite, raiseSite } from "./one-site.ts";

const CUSTOMER = "alder-ce";
const ROUTERS = ["ams-primary", "ams-secondary", CUSTOMER, "cloud-host"];
const SITE = "10.10.0.0/16";
const SPACE = "10.20.0.0/16";

let site: OneSite;

beforeAll(async () => {
  site = await raiseSite("exchange-l2", ROUTERS);
});

afterAll(() => site?.[Symbol.asyncDispose]());

async function put(id: string, body: object): Promise<void> {
  const { customer } = site.server.parties;
  await customer.waitFor(await customer.put(id, body));
  await converged(site.server.parties);
}

async function remove(id: string): Promise<void> {
  const { customer } = site.server.parties;
  await customer.waitFor(await customer.delete(id));
  await converged(site.server.parties);
}

/** Next hops of the site's prefix in the first instance of the variant's gateway. */
async function waysOut(gatewayVrf: string): Promise<number> {
  const node = site.server.backend.nodes.find(({ name }) => name === "cloud-host");
  const routes = (await node?.routes(gatewayVrf, AbortSignal.timeout(20_000))) ?? [];
  return routes.find(({ prefix }) => prefix === SITE)?.nextHops.length ?? 0;
}

async function answers(from: { node: string; vrf: string }, to: string): Promise<boolean> {
  const asked = { from, to, count: 1, intervalMs: 100, timeoutMs: 500 };
  return (await site.server.backend.probe.ping(asked)).received === 1;
}

const reaches = (from: { node: string; vrf: string }, to: string) =>
  until(`${from.node} ${from.vrf} reaches ${to}`, async () =>
    (await answers(from, to)) ? true : undefined,
  );

const waysOutAre = (vrf: string, count: number) =>
  until(`${vrf} has ${count} ways out`, async () =>
    (await waysOut(vrf)) === count ? true : undefined,
  );

async function gatewayVrf(): Promise<string> {
  const { value } = await site.server.parties.operator.get<{
    value: readonly { resourceId: string; vrf: string }[];
  }>("/causeway/places");
  const id = site.names.gateway(0);
  return value.find(({ resourceId }) => resourceId.startsWith(id))?.vrf ?? "";
}

test("two circuits share the load over four links; a weight draws it to one, and resets no session", async () => {
  const far = variantNamed("ethernet");
  await order(site.server.parties, far);
  const farNames = bodies.namesOf(far, site.server.parties.customerSubscription);
  // Both variants' networks have the same addresses, and only one may be on a circuit.
  await remove(farNames.connection(0));
  const second = site.names.connection(0).replace(/[^/]+$/, "second");
  const join = (routingWeight: number) => {
    const { properties, ...rest } = bodies.connection(site.variant, site.names, 0) as {
      properties: object;
    };
    const peer = { id: farNames.circuit(0) };
    return put(second, { ...rest, properties: { ...properties, peer, routingWeight } });
  };
  await join(0);
  const vrf = await gatewayVrf();
  await waysOutAre(vrf, 4);
  const before = await establishments(site.lab, ROUTERS);
  await join(200);
  await waysOutAre(vrf, 2);
  const [machine] = site.circuits;
  if (machine === undefined) throw new Error("no machine");
  await join(0);
  await waysOutAre(vrf, 4);
  expect(resets(before, await establishments(site.lab, ROUTERS))).toEqual([]);
  await remove(second);
  await waysOutAre(vrf, 2);
});

test("communities and summaries reach the customer, and another network by the same gateway both ways", async () => {
  const before = await establishments(site.lab, ROUTERS);
  const hub = site.names.virtualNetwork(0);
  const spoke = hub.replace(/[^/]+$/, "spoke");
  await put(spoke, bodies.virtualNetwork(site.variant, 11));
  const machine = site.names.virtualMachine(0).replace(/[^/]+$/, "spoke-vm");
  await put(machine, {
    location: site.variant.region,
    properties: { subnet: { id: `${spoke}/subnets/servers` } },
  });
  const half = (id: string, more: object) => ({
    properties: { remoteVirtualNetwork: { id }, ...more },
  });
  await put(`${hub}/virtualNetworkPeerings/spoke`, half(spoke, { allowGatewayTransit: true }));
  await put(`${spoke}/virtualNetworkPeerings/hub`, half(hub, { useRemoteGateways: true }));
  const { value } = await site.server.parties.operator.get<{
    value: readonly { resourceId: string; node: string; vrf: string }[];
  }>("/causeway/places");
  const place = value.find(({ resourceId }) => resourceId === machine);
  if (place === undefined) throw new Error("the spoke's machine is nowhere");
  await reaches(place, "10.10.1.10");
  await reaches(place, "fd10:10:0:1::10");
  await reaches(site.variant.onPremises, "10.31.1.5");

  const { properties, ...rest } = bodies.virtualNetwork(site.variant, 0) as { properties: object };
  await put(hub, {
    ...rest,
    properties: { ...properties, bgpCommunities: { virtualNetworkCommunity: "12076:20007" } },
  });
  type Told = { paths?: { community?: { string: string } }[] };
  await until("the customer sees the network's communities", async () => {
    const line = `show bgp ipv4 unicast ${SPACE} json`;
    const { paths = [] } = await askJson<Told>(site, CUSTOMER, line);
    const seen = paths.map(({ community }) => community?.string);
    return seen.length === 2 && seen.every((one) => one === "12076:20007 12076:50002")
      ? true
      : undefined;
  });
  const summarizedGatewayPrefixes = { addressPrefixes: ["10.16.0.0/12"] };
  await put(hub, { ...rest, properties: { ...properties, summarizedGatewayPrefixes } });
  await until("the summary stands in place of both spaces", async () => {
    const text = await ask(site, CUSTOMER, "show bgp ipv4 unicast json");
    const prefixes = Object.keys((JSON.parse(text) as { routes: object }).routes);
    const cloud = prefixes.filter((prefix) => !prefix.startsWith("10.10."));
    return cloud.join() === "10.16.0.0/12" ? true : undefined;
  });
  await reaches(site.variant.onPremises, "10.31.1.5");
  await reaches(place, "10.10.1.10");
  await put(hub, { ...rest, properties });
  await remove(`${spoke}/virtualNetworkPeerings/hub`);
  await until("the spoke is on its own again", async () =>
    (await answers(place, "10.10.1.10")) ? undefined : true,
  );
  expect(resets(before, await establishments(site.lab, ROUTERS))).toEqual([]);
});
