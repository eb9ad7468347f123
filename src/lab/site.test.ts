import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parseFabricFile } from "../fabric/fabric-file.ts";
import type { VrfFragment } from "../fabric/intent.ts";
import type { Inventory, Site } from "../fabric/inventory.ts";
import type { Carriage, CircuitView } from "../plan/circuit-view.ts";
import { planHosts, planSite, routerLink, siteOf, sitesOf } from "./site.ts";

const { inventory: lab } = parseFabricFile(
  readFileSync(new URL("../../fabrics/lab.yaml", import.meta.url), "utf8"),
);
if (lab === undefined) throw new Error("the lab's fabric file is right");
const inventory: Inventory = lab;

function carriageOf(handOffName: string): Carriage {
  for (const provider of inventory.providers) {
    const handOff = provider.handOffs.find(({ name }) => name === handOffName);
    const [portPair] = provider.portPairs;
    if (handOff !== undefined && portPair !== undefined)
      return { kind: "provider", provider, portPair, handOff };
  }
  const pair = inventory.peeringLocations
    .flatMap(({ directPortPairs }) => directPortPairs)
    .find(({ name }) => name === handOffName);
  if (pair === undefined) throw new Error(`the lab has no ${handOffName}`);
  return { kind: "direct", pair, encapsulation: "QinQ" };
}

function circuit(handOff: string, number = 1): CircuitView {
  return {
    id: `/${handOff}`,
    number,
    serviceKey: `1a2b3c4${number}-0000-4000-8000-000000000001`,
    stag: 10 + number,
    bandwidthMbps: 50,
    policed: true,
    carriage: carriageOf(handOff),
    provisioned: true,
    peering: {
      peerAsn: 65010,
      vlanId: 100,
      password: "secret",
      families: [
        {
          family: "ipv4",
          enabled: true,
          primary: `192.168.${number}.0/30`,
          secondary: `192.168.${number}.4/30`,
        },
      ],
      lastModifiedBy: "Customer",
      maximumPrefixes: { ipv4: 4000, ipv6: 100 },
    },
    connections: [],
    joins: [],
  };
}

function site(name: string): Site {
  const found = inventory.sites.find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`the lab has no site ${name}`);
  return found;
}

function vrfs(...planned: Parameters<typeof planSite>): VrfFragment[] {
  return planSite(...planned)
    .map(({ fragment }) => fragment)
    .filter((fragment) => fragment.kind === "vrf");
}

test.each([
  ["cage-alder", "alder"],
  ["lines-cedar", "cedar"],
  ["fra-direct-1", "oak"],
  ["managed-birch", undefined],
  ["vpn-maple", undefined],
])("%s lands on %s", (handOff, name) => {
  expect(siteOf(inventory, circuit(handOff))?.name).toBe(name);
  expect(sitesOf(inventory, carriageOf(handOff)).map((one) => one.name)).toEqual(
    name === undefined ? [] : [name],
  );
});

test("without a hand-off a circuit may land wherever its provider hands off", () => {
  const { handOff: _, ...bare } = carriageOf("cage-alder") as Extract<
    Carriage,
    { kind: "provider" }
  >;
  expect(sitesOf(inventory, bare).map(({ name }) => name)).toEqual(["alder"]);
});

test("a router stands with its LAN before any circuit, and joins all circuits in one table", () => {
  const [bare] = vrfs(inventory, site("pine"), []);
  expect(bare?.interfaces.map(({ name }) => name)).toEqual(["lan"]);
  expect(bare?.frrText).toBeUndefined();
  const circuits = [circuit("ams-direct-1", 1), circuit("ams-direct-1", 2)];
  const [joined, ...more] = vrfs(inventory, site("pine"), circuits);
  expect(more).toEqual([]);
  expect(joined?.interfaces.map(({ name }) => name)).toEqual([
    "lan",
    "p1-1a2b3c41",
    "p2-1a2b3c41",
    "p1-1a2b3c42",
    "p2-1a2b3c42",
  ]);
  expect(joined?.frrText).toContain("neighbor 192.168.2.6");
});

test("a circuit without peering, or not provisioned, is not on the router yet", () => {
  const { peering: _, ...unpeered } = circuit("ams-direct-1");
  const pending = { ...circuit("cage-alder"), provisioned: false };
  for (const [name, waiting] of [
    ["pine", unpeered],
    ["alder", pending],
  ] as const)
    expect(vrfs(inventory, site(name), [waiting])[0]?.interfaces).toHaveLength(1);
});

test("a site with a VRF for each circuit keeps them apart, each with a host of every prefix", () => {
  const apart = { ...site("pine"), vrfPerCircuit: true };
  const circuits = [circuit("ams-direct-1", 1), circuit("ams-direct-1", 2)];
  const planned = vrfs(inventory, apart, circuits);
  expect(planned.map(({ name }) => name)).toEqual(["c-1a2b3c41", "c-1a2b3c42"]);
  expect(planned[0]?.interfaces[0]).toMatchObject({
    kind: "loopback",
    addresses: ["10.10.0.1/32", "fd10:10::1/128"],
  });
  expect(planned[0]?.frrText).not.toContain("192.168.2.");
});

test("a link of the customer's router has the tags of its hand-off; managed L3 has none", () => {
  expect(routerLink(inventory, circuit("cage-alder"), "primary")).toMatchObject({
    port: "wan1",
    tags: [11, 100],
    families: [{ family: "ipv4", local: "192.168.1.1/30", remote: "192.168.1.2" }],
    password: "secret",
  });
  expect(routerLink(inventory, circuit("lines-cedar"), "secondary")).toMatchObject({
    port: "wan2",
    tags: [100],
  });
  expect(routerLink(inventory, circuit("managed-birch"), "primary")).toBeUndefined();
});

test("a host has its addresses and a way out in each family", () => {
  const host = planHosts(inventory).find(({ node }) => node === "alder-host")?.fragment;
  expect(host?.kind === "vrf" && host.routes).toEqual([
    { prefix: "0.0.0.0/0", via: ["10.10.1.1"] },
    { prefix: "::/0", via: ["fd10:10:0:1::1"] },
  ]);
});
