/** The peering to public services, by az: nothing comes through it without a route filter, and with one what it allows. */
import { expect } from "vitest";
import { FrrDriver } from "../../src/drivers/frr/frr.ts";
import { nodePaths } from "../../src/drivers/places.ts";
import { until } from "../linux/lab-server.ts";
import {
  type Customer,
  customersByVariant,
  PUBLIC_TAG,
  pools,
  publicPeeringBody,
  services,
} from "../scenarios/public-orders.ts";
import { type Circuit, crossConnection, expressRoute, type Life, WITHIN_MS } from "./az-life.ts";
import type { AzAnswer } from "./az-shell.ts";

const PEERING = "MicrosoftPeering";
const { storage, sql } = services;

type Public = { readonly life: Life; readonly circuit: Circuit; readonly whose: Customer };

export async function publicServices(life: Life, circuit: Circuit): Promise<void> {
  const whose = customersByVariant[life.variant.name];
  if (whose === undefined) throw new Error(`nobody announces anything in ${life.variant.name}`);
  const one = { life, circuit, whose };
  await order(one);
  await established(one);
  await hears(one, []);
  const id = await filtered(one);
  const which = ["-g", life.group, "--circuit-name", "line", "-n", PEERING];
  const attach = (...words: string[]) =>
    life.customer(...expressRoute("peering", "update", ...which, "--route-filter", id, ...words));
  expect(await attach()).toMatchObject({ routeFilter: { id } });
  expect(await attach("--ip-version", "IPv6")).toMatchObject({
    routeFilter: { id },
    ipv6PeeringConfig: { routeFilter: { id } },
  });
  await hears(one, [storage]);
  const rule = ["-g", life.group, "--filter-name", "services", "-n", "allow"];
  const communities = `communities=['${sql.community}']`;
  expect(
    await life.customer("network", "route-filter", "rule", "update", ...rule, "--set", communities),
  ).toMatchObject({ communities: [sql.community] });
  await hears(one, [sql]);
  await end(one);
}

/** By whoever's router speaks BGP, as the private peering. */
async function order(one: Public): Promise<void> {
  const { life, circuit, whose } = one;
  const { properties } = publicPeeringBody(whose);
  if (life.variant.peeringBy === "provider") {
    const path = `/peerings/${PEERING}`;
    await crossConnection(life, circuit, { method: "put", path, sent: { properties } });
  } else {
    const { asn, ipv4, ipv6, link } = pools[whose];
    const create = (...words: string[]) =>
      life.customer(
        ...expressRoute("peering", "create", "-g", life.group, "--circuit-name", "line"),
        ...["--peering-type", PEERING, "--peer-asn", `${asn}`, "--vlan-id", `${PUBLIC_TAG}`],
        ...words,
      );
    await create(
      ...["--primary-peer-subnet", `198.18.0.${8 * link}/30`],
      ...["--secondary-peer-subnet", `198.18.0.${8 * link + 4}/30`],
      ...["--advertised-public-prefixes", ...ipv4],
    );
    await create(
      ...["--ip-version", "IPv6", "--primary-peer-subnet", `2001:db8:0:${link}::/126`],
      ...["--secondary-peer-subnet", `2001:db8:0:${link}::4/126`],
      ...["--advertised-public-prefixes", ...ipv6],
    );
  }
  // The registry has oak's prefixes with another's AS number.
  const state = whose === "oak" ? "ValidationNeeded" : "Configured";
  const shown = await eventually(one, "it stands", async () => {
    const which = ["-g", life.group, "--circuit-name", "line", "-n", PEERING];
    const { provisioningState, ...rest } = await life.customer(
      ...expressRoute("peering", "show", ...which),
    );
    return provisioningState === "Succeeded" ? rest : undefined;
  });
  expect(shown).toMatchObject({
    microsoftPeeringConfig: { advertisedPublicPrefixesState: state },
    ipv6PeeringConfig: { microsoftPeeringConfig: { advertisedPublicPrefixesState: state } },
  });
}

/** Both families, as the edge tells. */
async function established(one: Public): Promise<void> {
  const { customer, group } = one.life;
  const { asn } = pools[one.whose];
  await eventually(one, "sessions are up", async () => {
    const which = ["-g", group, "-n", "line", "--peering-name", PEERING, "--path", "primary"];
    const { value } = await customer(...expressRoute("list-route-tables-summary", ...which));
    const up = value.filter((row: AzAnswer) => row.as === asn && /^\d+$/.test(row.statePfxRcd));
    return up.length === 2 ? true : undefined;
  });
}

/** A filter that lets the storage through; gives its id. */
async function filtered({ life }: Public): Promise<string> {
  const { customer, group, variant } = life;
  const filter = (...words: string[]) => customer("network", "route-filter", ...words, "-g", group);
  const { id } = await filter("create", "-n", "services", "-l", variant.region);
  const rule = ["--filter-name", "services", "-n", "allow", "--access", "Allow"];
  const made = await filter("rule", "create", ...rule, "--communities", storage.community);
  expect(made).toMatchObject({ access: "Allow", communities: [storage.community] });
  return id;
}

type Heard = typeof storage | typeof sql;

/** These services' prefixes, and no other's, are at the customer's router, and these alone answer its hosts. */
async function hears(one: Public, wanted: readonly Heard[]): Promise<void> {
  const { life, whose } = one;
  if (life.variant.peeringBy === "customer") {
    await eventually(one, `hears of ${wanted.length} services`, async () => {
      const told = await toldPrefixes(life, `${whose}-ce`);
      return told.join() === wanted.map(({ prefix }) => prefix).join() ? true : undefined;
    });
  }
  // What is not the customer's is not taken in, so that no answer finds back.
  const answering = whose === "oak" ? [] : wanted;
  for (const { address, address6 } of answering) {
    for (const to of [address, address6]) {
      await eventually(one, `${to} answers`, async () =>
        (await answers(life, to)) === 2 ? true : undefined,
      );
    }
  }
  for (const service of [storage, sql].filter((each) => !answering.includes(each))) {
    await eventually(one, `${service.address} is silent`, async () =>
      (await answers(life, service.address)) === 0 ? true : undefined,
    );
  }
}

async function toldPrefixes({ server }: Life, node: string): Promise<readonly string[]> {
  const lab = (await server.folder.readLab()) ?? "";
  const text = await new FrrDriver(nodePaths(lab, node)).ask("bgpd", "show bgp ipv4 unicast json");
  const { routes } = JSON.parse(text) as { routes: object };
  return Object.keys(routes).filter((prefix) => prefix.startsWith("198.19."));
}

async function answers({ server, variant }: Life, to: string): Promise<number> {
  const ping = { from: variant.onPremises, to, count: 2, intervalMs: 50, timeoutMs: 300 };
  return (await server.backend.probe.ping(ping)).received;
}

async function end(one: Public): Promise<void> {
  const { life, circuit } = one;
  if (life.variant.peeringBy === "provider") {
    const path = `/peerings/${PEERING}`;
    await crossConnection(life, circuit, { method: "delete", path });
    await eventually(one, "it is gone", () =>
      crossConnection(life, circuit, { method: "get", path }).then(
        () => undefined,
        () => true,
      ),
    );
  } else {
    const which = ["-g", life.group, "--circuit-name", "line", "-n", PEERING];
    await life.customer(...expressRoute("peering", "delete", ...which));
  }
  await life.customer("network", "route-filter", "delete", "-g", life.group, "-n", "services");
}

function eventually<Value>(
  { life }: Public,
  what: string,
  read: () => Promise<Value | undefined>,
): Promise<Value> {
  return until(`${life.variant.name}: public peering: ${what}`, read, WITHIN_MS);
}
