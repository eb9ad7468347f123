/** What a customer reads and changes on a circuit that carries packets, by az, and how it goes away again. */
import { expect } from "vitest";
import { until } from "../linux/lab-server.ts";
import {
  type Circuit,
  connect,
  crossConnection,
  disconnect,
  expressRoute,
  type Life,
  type Machine,
  PEERING,
  provision,
  reaches,
  reachesNot,
  setLink,
} from "./az-life.ts";
import type { AzAnswer } from "./az-shell.ts";

const SIDES = ["primary", "secondary"] as const;

/** What the edges and the gateway say, for the customer and for the provider. */
export async function tables(life: Life, circuit: Circuit): Promise<void> {
  const { customer, group, variant } = life;
  const asn = variant.peeringBy === "provider" ? 65020 : 65010;
  const which = ["-g", group, "-n", "line", "--peering-name", PEERING];
  const read = async (what: string, side: string): Promise<AzAnswer[]> =>
    (await customer(...expressRoute(`list-${what}`, ...which, "--path", side))).value;
  for (const side of SIDES) {
    const arp = await read("arp-tables", side);
    expect(arp.map(({ interface: of }) => of).sort()).toEqual(["Microsoft", "On-Prem"]);
  }
  const routes = await read("route-tables", "primary");
  expect(routes.map(({ network }) => network)).toEqual(
    expect.arrayContaining(["10.20.0.0/16", "fd20:20::/48"]),
  );
  const summary = await read("route-tables-summary", "secondary");
  expect(summary.filter((row) => row.as === asn).map((row) => row.statePfxRcd)).toHaveLength(2);
  await stats(life);
  await gatewayTables(life, variant.name === "ipvpn" ? "10.10.1.0/24" : "10.10.0.0/16");
  if (variant.order.kind !== "provider") return;
  const path = `/peerings/${PEERING}/routeTablesSummary/primary`;
  const seen = await crossConnection(life, circuit, { method: "post", path });
  expect(seen.value.map((row: AzAnswer) => row.asn)).toContain(asn);
}

async function stats({ customer, group }: Life): Promise<void> {
  const bytes = await customer(...expressRoute("get-stats", "-g", group, "-n", "line"));
  expect(bytes.primarybytesIn + bytes.secondarybytesIn).toBeGreaterThan(0);
  expect(bytes.primarybytesOut + bytes.secondarybytesOut).toBeGreaterThan(0);
  const which = ["-g", group, "--circuit-name", "line", "-n", PEERING];
  const ofPeering = await customer(...expressRoute("peering", "get-stats", ...which));
  expect(ofPeering.primarybytesIn + ofPeering.secondarybytesIn).toBeGreaterThan(0);
}

async function gatewayTables({ customer, group }: Life, onPremises: string): Promise<void> {
  const gateway = async (...words: string[]): Promise<AzAnswer[]> =>
    (await customer("network", "vnet-gateway", ...words, "-g", group, "-n", "gw")).value;
  const peers = await gateway("list-bgp-peer-status");
  expect(peers.filter(({ state }) => state === "Connected").map(({ asn }) => asn)).toEqual(
    Array(4).fill(12076),
  );
  const learned = await gateway("list-learned-routes");
  expect(learned.map(({ network }) => network)).toContain(onPremises);
  const told = await gateway("list-advertised-routes", "--peer", peers[0]?.neighbor);
  expect(told.map(({ network }) => network)).toContain("10.20.0.0/16");
}

/** Two circuits joined; the other one sees it. */
export async function join(life: Life, other: { group: string }): Promise<void> {
  const { customer, group } = life;
  const here = ["-g", group, "--circuit-name", "line", "--peering-name", PEERING];
  const { id } = await customer(...expressRoute("show", "-g", other.group, "-n", "line"));
  const connection = (verb: string, ...more: string[]) =>
    customer(...expressRoute("peering", "connection", verb, ...here, "-n", "reach", ...more));
  const peer = `${id}/peerings/${PEERING}`;
  expect(
    await connection("create", "--peer-circuit", peer, "--address-prefix", "172.16.0.0/29"),
  ).toMatchObject({ addressPrefix: "172.16.0.0/29", provisioningState: "Succeeded" });
  const there = ["-g", other.group, "--circuit-name", "line", "--peering-name", PEERING];
  expect(await customer(...expressRoute("peering", "peer-connection", "list", ...there))).toEqual([
    expect.objectContaining({ addressPrefix: "172.16.0.0/29" }),
  ]);
  await connection("delete");
}

/** More bandwidth, a higher tier and other tags, in place: no packet stops for it. */
export async function change(life: Life, machine: Machine): Promise<void> {
  const { customer, group, variant } = life;
  const update = (...words: string[]) =>
    customer(...expressRoute("update", "-g", group, "-n", "line", ...words));
  const direct = variant.order.kind === "direct";
  const wide = await update("--bandwidth", direct ? "5 Gbps" : "500 Mbps");
  if (direct) expect(wide.bandwidthInGbps).toBe(5);
  else expect(wide.serviceProviderProperties.bandwidthInMbps).toBe(500);
  expect(await update("--sku-tier", "Premium", "--tags", "step=grown")).toMatchObject({
    sku: { tier: "Premium", name: "Premium_MeteredData" },
    tags: { step: "grown" },
  });
  await reaches(life, machine, "after more bandwidth and Premium");
}

/** Off and on again: what the customer asks for is what the packets do. */
export async function switchOff(life: Life, machine: Machine): Promise<void> {
  const { customer, group, variant } = life;
  if (variant.order.kind === "direct") {
    await setLink(life, "link1", "Disabled");
    await reaches(life, machine, "over the second link alone");
    await setLink(life, "link1", "Enabled");
  }
  if (variant.peeringBy !== "customer") return;
  const which = ["-g", group, "--circuit-name", "line", "-n", PEERING];
  const state = (value: string) =>
    customer(
      ...expressRoute("peering", "update", ...which),
      ...["--set", `state=${value}`, `ipv6PeeringConfig.state=${value}`],
    );
  await state("Disabled");
  await reachesNot(life, machine, "with the peering disabled");
  await state("Enabled");
  await reaches(life, machine, "with the peering enabled again");
}

/** A key of the circuit's owner, redeemed in another subscription, and taken back. */
export async function share(life: Life, circuit: Circuit, machine: Machine): Promise<void> {
  const { customer, guest, group } = life;
  const which = ["-g", group, "--circuit-name", "line", "-n", "guest"];
  const auth = (verb: string) => customer(...expressRoute("auth", verb, ...which));
  const { authorizationKey } = await auth("create");
  await connect(life, guest, { id: circuit.id, key: authorizationKey });
  await reaches(life, machine, "the guest's machine, by its key");
  expect(await auth("show")).toMatchObject({ authorizationUseStatus: "InUse" });
  await disconnect(life, guest);
  await reachesNot(life, machine, "the guest is disconnected");
  await auth("delete");
}

export async function end(life: Life, circuit: Circuit, machine: Machine): Promise<void> {
  const { customer, guest, group, variant } = life;
  await disconnect(life, customer);
  await reachesNot(life, machine, "disconnected");
  const remove = (...words: string[]) => customer(...expressRoute(...words));
  if (variant.peeringBy === "provider") {
    const path = `/peerings/${PEERING}`;
    await crossConnection(life, circuit, { method: "delete", path });
    // What is deleted by `az rest` is not waited for.
    await until("the provider's peering is gone", () =>
      crossConnection(life, circuit, { method: "get", path }).then(
        () => undefined,
        () => true,
      ),
    );
  } else await remove("peering", "delete", "-g", group, "--circuit-name", "line", "-n", PEERING);
  await provision(life, circuit, "NotProvisioned");
  await remove("delete", "-g", group, "-n", "line");
  await expect(remove("show", "-g", group, "-n", "line")).rejects.toThrow(/ended with 3: /);
  if (variant.order.kind === "direct") {
    for (const link of ["link1", "link2"]) await setLink(life, link, "Disabled");
    await remove("port", "delete", "-g", group, "-n", "pair");
  }
  await Promise.all([customer, guest].map((az) => az("group", "delete", "-n", group, "--yes")));
  for (const az of [customer, guest]) expect(await az("group", "exists", "-n", group)).toBe(false);
}
