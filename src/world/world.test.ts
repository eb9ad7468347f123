import { readFileSync } from "node:fs";
import { beforeAll, expect, test } from "vitest";
import { addressText, prefixContains, prefixOf } from "../base/prefix.ts";
import { parseFabricFile } from "../fabric/fabric-file.ts";
import type { Fragment } from "../fabric/intent.ts";
import { type Inventory, parsePortReference } from "../fabric/inventory.ts";
import type { FabricProbe, Place } from "../fabric/probe.ts";
import { planHosts, planSite } from "../lab/site.ts";
import type { CircuitView } from "../plan/circuit-view.ts";
import { connectionMeter, gatewayMeter } from "../plan/names.ts";
import { type OwnedFragment, planCircuit, planUnderlay } from "../plan/plan.ts";
import { planVirtualNetwork } from "../plan/virtual-network.ts";
import { createSimulatedFabric, type SimulatedFabric } from "./simulated-fabric.ts";
import { createSimulatedProbe } from "./simulated-probe.ts";

/** The lab as it is planned, every customer with the same addresses and the same C-tag. */
const { signal } = new AbortController();
const inventory = readLab();

/** A customer's hand-off and its host; its place in the list numbers all that is its own. */
const customers = [
  { handOff: "cage-alder", site: "alder", host: "alder-host" },
  { handOff: "managed-birch", host: "birch-host" },
  { handOff: "lines-cedar", site: "cedar", host: "cedar-host" },
  { handOff: "vpn-maple", host: "maple-branch2" },
  { pair: "fra-direct-1", encapsulation: "Dot1Q", site: "oak", host: "oak-host" },
  { pair: "ams-direct-1", encapsulation: "QinQ", site: "pine", host: "pine-host" },
] as const;
type Customer = (typeof customers)[number];

let fabric: SimulatedFabric;
let probe: FabricProbe;

beforeAll(async () => {
  fabric = createSimulatedFabric({
    nodes: inventory.nodes.map(({ name, role }) => ({
      name,
      routing: !["host", "transit", "providerSwitch"].includes(role),
    })),
    links: inventory.links.map(({ ends: [one, other] }) => [
      parsePortReference(one),
      parsePortReference(other),
    ]),
  });
  probe = createSimulatedProbe(fabric);
  const planned = [
    ...planUnderlay(inventory),
    ...planHosts(inventory),
    ...customers.flatMap(planCustomer),
  ];
  const byNode = new Map<string, Fragment[]>();
  for (const { node, fragment } of planned) {
    byNode.set(node, [...(byNode.get(node) ?? []), fragment]);
  }
  for (const [node, fragments] of byNode) {
    const results = await fabric.node(node).converge({ node, generation: 1, fragments }, signal);
    expect(results.filter(({ state }) => state === "failed")).toEqual([]);
  }
});

test.each(customers)("$host and its virtual machine reach each other", async (customer) => {
  const [host, vm] = [{ node: customer.host, vrf: "default" }, machineOf(customer)];
  const ping = (from: Place, to: string) =>
    probe.ping({ from, to, count: 4, intervalMs: 10, timeoutMs: 1000 });
  expect(await ping(host, "10.20.1.5")).toEqual({ sent: 4, received: 4 });
  const { addresses = {} } = inventory.nodes.find(({ name }) => name === customer.host) ?? {};
  const announced = announcedBy(customer).map(prefixOf);
  // What a site does not announce is not reached, and nobody else may be reached in its place.
  for (const address of Object.values(addresses).flat().map(prefixOf)) {
    const isAnnounced = announced.some((prefix) => prefixContains(prefix, address));
    const received = isAnnounced ? 4 : 0;
    expect(await ping(vm, addressText(address))).toEqual({ sent: 4, received });
  }
});

test("every session stands and every neighbour is resolved", async () => {
  for (const { name } of inventory.nodes) {
    const { sessions, neighbors } = await fabric.node(name).observe(signal);
    expect(sessions.filter(({ state }) => state !== "Established")).toEqual([]);
    expect(neighbors.filter(({ mac }) => mac === undefined)).toEqual([]);
  }
});

test("each customer's packets come to its own virtual machine though all addresses are the same", async () => {
  const before = await meters();
  const alder = customers[0];
  await probe.ping({
    from: { node: alder.host, vrf: "default" },
    to: "10.20.1.5",
    count: 4,
    intervalMs: 10,
    timeoutMs: 10,
  });
  const after = await meters();
  const moved = [...after].filter(([meter, packets]) => packets !== before.get(meter));
  expect(moved.map(([meter]) => meter)).toEqual([
    serviceKey(alder),
    gatewayMeter(1),
    connectionMeter(1),
  ]);
});

async function meters() {
  const packets = new Map<string, number>();
  for (const { name } of inventory.nodes) {
    for (const { meter, in: inward } of (await fabric.node(name).observe(signal)).meters) {
      packets.set(meter, (packets.get(meter) ?? 0) + inward.packets);
    }
  }
  return packets;
}

function numberOf(customer: Customer): number {
  return customers.indexOf(customer) + 1;
}

function serviceKey(customer: Customer): string {
  return `${numberOf(customer)}a2b3c4d-0000-4000-8000-000000000001`;
}

function machineOf(customer: Customer) {
  return { node: "cloud-host", vrf: `vm${numberOf(customer)}` };
}

function planCustomer(customer: Customer): OwnedFragment[] {
  const circuit = circuitOf(customer);
  const number = numberOf(customer);
  const site = inventory.sites.find(({ name }) => "site" in customer && name === customer.site);
  const metro = customer.host.match(/alder|birch|pine/) ? "ams" : "fra";
  return [
    ...planCircuit(inventory, circuit),
    ...(site ? planSite(inventory, site, [circuit]) : []),
    ...planVirtualNetwork(inventory, {
      number,
      host: "cloud-host",
      prefixes: ["10.20.0.0/16", "fd20:20::/48"],
      gateway: {
        number,
        capacity: { mbps: 1_000, pps: 100_000, routes: 4_000 },
        instances: [
          ["10.20.0.5/26", "fd20:20::5/64"],
          ["10.20.0.6/26", "fd20:20::6/64"],
        ],
        spokes: [],
        told: ["10.20.0.0/16", "fd20:20::/48"].map((prefix) => ({ prefix, communities: [] })),
        connections: [
          {
            tunnelBlock: number,
            routingWeight: 0,
            mtu: 1500,
            edges: { primary: `${metro}-primary`, secondary: `${metro}-secondary` },
          },
        ],
      },
      machines: [{ number, addresses: ["10.20.1.5/24", "fd20:20:0:1::5/64"] }],
    }),
  ];
}

function announcedBy(customer: Customer): readonly string[] {
  const site = inventory.sites.find(({ name }) => "site" in customer && name === customer.site);
  const { carriage } = circuitOf(customer);
  const handOff = carriage.kind === "provider" ? carriage.handOff : undefined;
  const branches = handOff?.kind === "l3" ? handOff.branches : [];
  return site?.prefixes ?? branches.flatMap(({ prefixes }) => prefixes);
}

function circuitOf(customer: Customer): CircuitView {
  const direct = "pair" in customer && customer.encapsulation === "Dot1Q";
  return {
    id: `/circuits/${customer.host}`,
    serviceKey: serviceKey(customer),
    number: numberOf(customer),
    ...(direct ? {} : { stag: 7 + numberOf(customer) }),
    bandwidthMbps: 1000,
    policed: true,
    carriage: carriageOf(customer),
    provisioned: true,
    peering: {
      peerAsn: 65010,
      vlanId: 100,
      families: [
        {
          family: "ipv4",
          enabled: true,
          primary: "192.168.100.0/30",
          secondary: "192.168.100.4/30",
        },
        { family: "ipv6", enabled: true, primary: "fd64::/126", secondary: "fd64::4/126" },
      ],
      lastModifiedBy: "Customer",
      maximumPrefixes: { ipv4: 4000, ipv6: 100 },
    },
    connections: [
      {
        id: `/connections/${customer.host}`,
        tunnelBlock: numberOf(customer),
        routingWeight: 0,
        gatewayNumber: numberOf(customer),
        gatewayHost: "cloud-host",
        prefixes: ["10.20.0.0/16", "fd20:20::/48"],
        spaces: ["10.20.0.0/16", "fd20:20::/48"],
      },
    ],
    joins: [],
  };
}

function carriageOf(customer: Customer): CircuitView["carriage"] {
  if ("pair" in customer) {
    const pair = inventory.peeringLocations
      .flatMap(({ directPortPairs }) => directPortPairs)
      .find(({ name }) => name === customer.pair);
    if (pair === undefined) throw new Error(`no pair ${customer.pair}`);
    return { kind: "direct", pair, encapsulation: customer.encapsulation };
  }
  for (const provider of inventory.providers) {
    const handOff = provider.handOffs.find(({ name }) => name === customer.handOff);
    const [portPair] = provider.portPairs;
    if (handOff && portPair) return { kind: "provider", provider, portPair, handOff };
  }
  throw new Error(`no hand-off ${customer.handOff}`);
}

function readLab(): Inventory {
  const { inventory: lab, faults } = parseFabricFile(
    readFileSync(new URL("../../fabrics/lab.yaml", import.meta.url), "utf8"),
  );
  if (lab === undefined) throw new Error(JSON.stringify(faults));
  return lab;
}
