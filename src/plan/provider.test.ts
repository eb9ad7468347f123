import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parseFabricFile } from "../fabric/fabric-file.ts";
import type { CrossConnectFragment, Fragment, VrfFragment } from "../fabric/intent.ts";
import type { HandOff, Inventory } from "../fabric/inventory.ts";
import type { CircuitView } from "./circuit-view.ts";
import { planProvider } from "./provider.ts";

const { inventory: lab } = parseFabricFile(
  readFileSync(new URL("../../fabrics/lab.yaml", import.meta.url), "utf8"),
);
if (lab === undefined) throw new Error("the lab's fabric file is right");
const inventory: Inventory = lab;

type Outer = Extract<HandOff, { kind: "l2" }>["primary"]["outer"];

function cage(name: string, outer: Outer, ports = ["polder:cage1", "polder:cage2"]): HandOff {
  const [one = "", other = ""] = ports;
  return {
    kind: "l2",
    name,
    peeringLocation: "Amsterdam",
    primary: { port: one, outer },
    secondary: { port: other, outer },
  };
}

/** A circuit of a provider with the hand-off, and an inventory in which the provider has it too. */
function planned(handOff: HandOff, more: readonly HandOff[] = [], changes: object = {}) {
  const provider = { ...polder(), handOffs: [handOff, ...more] };
  const [portPair] = provider.portPairs;
  if (portPair === undefined) throw new Error("Polder has a port pair");
  const circuit: CircuitView = {
    id: "/blue",
    number: 1,
    serviceKey: "1a2b3c4d-0000-4000-8000-000000000001",
    stag: 5,
    bandwidthMbps: 50,
    policed: true,
    carriage: { kind: "provider", provider, portPair, handOff },
    provisioned: true,
    peering: {
      peerAsn: 65020,
      vlanId: 100,
      families: [
        { family: "ipv4", enabled: true, primary: "192.168.1.0/30", secondary: "192.168.1.4/30" },
      ],
      lastModifiedBy: "Provider",
      maximumPrefixes: { ipv4: 4000, ipv6: 100 },
    },
    connections: [],
    joins: [],
    ...changes,
  };
  const fragments = planProvider({ ...inventory, providers: [provider] }, circuit);
  return fragments.map(({ fragment }) => fragment);
}

function polder() {
  const provider = inventory.providers.find(({ name }) => name === "Polder Exchange");
  if (provider === undefined) throw new Error("the lab has Polder Exchange");
  return provider;
}

function outers(fragments: readonly Fragment[]) {
  return crossConnects(fragments).map(({ ends }) =>
    ends.map((end) => (end.kind === "port" ? end.outer : "tunnel")),
  );
}

function crossConnects(fragments: readonly Fragment[]): CrossConnectFragment[] {
  return fragments.filter((fragment) => fragment.kind === "crossConnect");
}

test("the customer's outer tag is the circuit's, another, or none", () => {
  expect(outers(planned(cage("a", "same")))).toEqual([
    [5, 5],
    [5, 5],
  ]);
  expect(outers(planned(cage("a", 77)))).toEqual([
    [5, 77],
    [5, 77],
  ]);
  expect(outers(planned(cage("a", "none")))).toEqual([
    [5, null],
    [5, null],
  ]);
});

test("only a port that carries one link alone is taken down with its other end", () => {
  const loss = (...given: Parameters<typeof planned>) =>
    crossConnects(planned(...given)).map(({ lossForwarding }) => lossForwarding);
  expect(loss(cage("a", 77))).toEqual([true, true]);
  expect(loss(cage("a", 77), [cage("b", 78, ["polder:cage2", "polder:cage3"])])).toEqual([
    true,
    false,
  ]);
  expect(loss(cage("a", 77, ["polder:cage1", "polder:cage1"]))).toEqual([false, false]);
});

test("nothing is crossed before the provider is done or without a hand-off", () => {
  expect(planned(cage("a", "same"), [], { provisioned: false })).toEqual([]);
  const [portPair] = polder().portPairs;
  const carriage = { kind: "provider", provider: polder(), portPair };
  expect(planned(cage("a", "same"), [], { carriage })).toEqual([]);
});

const managed: HandOff = {
  kind: "l3",
  name: "m",
  peeringLocation: "Amsterdam",
  branches: [
    {
      port: "polder:routed1",
      addresses: ["172.31.0.1/30", "fd31::1/126"],
      via: ["172.31.0.2", "fd31::2"],
      prefixes: ["10.10.0.0/16", "fd10:10::/48"],
    },
    {
      port: "polder:routed2",
      addresses: ["10.11.0.1/24"],
      via: [],
      prefixes: ["10.11.0.0/24"],
    },
  ],
};

function vrfOf(fragments: readonly Fragment[]): VrfFragment {
  const [fragment] = fragments;
  if (fragment?.kind !== "vrf") throw new Error("managed L3 is a VRF");
  return fragment;
}

test("managed L3 announces every branch, and routes to what lies behind a router", () => {
  const { bgp, routes } = vrfOf(planned(managed));
  expect(bgp?.networks).toEqual(["10.10.0.0/16", "fd10:10::/48", "10.11.0.0/24"]);
  expect(routes).toEqual([
    { prefix: "10.10.0.0/16", via: ["172.31.0.2"] },
    { prefix: "fd10:10::/48", via: ["fd31::2"] },
  ]);
  expect(bgp?.neighbors.map(({ address }) => address)).toEqual(["192.168.1.2", "192.168.1.6"]);
});

test("before the peering, managed L3 has its branches and speaks no BGP", () => {
  const { bgp, interfaces } = vrfOf(planned(managed, [], { peering: undefined }));
  expect(bgp).toBeUndefined();
  expect(interfaces.map(({ name }) => name)).toEqual(["b1-1a2b3c4d", "b2-1a2b3c4d"]);
});

test("a branch's line has the same address for every circuit: the router behind it stays", () => {
  const addresses = (serviceKey: string) =>
    vrfOf(planned(managed, [], { serviceKey, peering: undefined })).interfaces.map((each) =>
      "mac" in each ? each.mac : "",
    );
  const first = addresses("1a2b3c4d-0000-4000-8000-000000000001");
  expect(addresses("5e6f7a8b-0000-4000-8000-000000000002")).toEqual(first);
  expect(new Set(first).size).toBe(2);
});

test("without IPv4 a router id of 32 bits is made up, the same each time", () => {
  const peering = {
    peerAsn: 65020,
    vlanId: 100,
    families: [{ family: "ipv6", enabled: true, primary: "fd64::/126", secondary: "fd64::4/126" }],
    lastModifiedBy: "Provider",
    maximumPrefixes: { ipv4: 4000, ipv6: 100 },
  };
  const id = () => vrfOf(planned(managed, [], { peering })).bgp?.routerId;
  expect(id()).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
  expect(id()).toBe(id());
});
