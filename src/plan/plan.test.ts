import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { parseFabricFile } from "../fabric/fabric-file.ts";
import type { Inventory } from "../fabric/inventory.ts";
import { planCircuit, planUnderlay } from "./plan.ts";
import { providerCircuit, samplePublicPeering } from "./sample-circuit.ts";
import { INSTANCES, tunnelEnd } from "./tunnel.ts";
import { planVirtualNetwork } from "./virtual-network.ts";

const inventory = readLab();

test("an L2 circuit is a VRF on both edges and a cross-connect for each link", () => {
  const planned = planCircuit(
    inventory,
    providerCircuit(inventory, "Polder Exchange", "cage-alder"),
  );
  expect(planned.map(({ node, fragment }) => `${node} ${fragment.kind} ${fragment.key}`)).toEqual([
    "ams-primary vrf circuit/1a2b3c4d-0000-4000-8000-000000000001/private",
    "ams-secondary vrf circuit/1a2b3c4d-0000-4000-8000-000000000001/private",
    "polder crossConnect circuit/1a2b3c4d-0000-4000-8000-000000000001/primary",
    "polder crossConnect circuit/1a2b3c4d-0000-4000-8000-000000000001/secondary",
  ]);
});

test("an Ethernet line crosses the provider's network by one tunnel for each link", () => {
  const planned = planCircuit(
    inventory,
    providerCircuit(inventory, "Delta Carrier", "lines-cedar"),
  );
  const ends = planned.flatMap(({ node, fragment }) =>
    fragment.kind === "crossConnect"
      ? [{ node, vnis: fragment.ends.flatMap((end) => (end.kind === "tunnel" ? [end.vni] : [])) }]
      : [],
  );
  expect(ends.map(({ node }) => node)).toEqual([
    "delta-pop",
    "delta-site",
    "delta-pop",
    "delta-site",
  ]);
  expect(new Set(ends.flatMap(({ vnis }) => vnis)).size).toBe(2);
});

test("managed L3 is one VRF on the provider's router with both links and every branch", () => {
  const planned = planCircuit(inventory, providerCircuit(inventory, "Rhine WAN", "vpn-maple"));
  const vrf = planned.find(({ node }) => node === "rhine-pe")?.fragment;
  expect(vrf?.kind === "vrf" && vrf.interfaces.map(({ name }) => name)).toEqual([
    "p1-1a2b3c4d",
    "p2-1a2b3c4d",
    "b1-1a2b3c4d",
    "b2-1a2b3c4d",
    "b3-1a2b3c4d",
  ]);
});

test("nothing is planned on the edges before the provider is done, nor without a peering", () => {
  const circuit = providerCircuit(inventory, "Polder Exchange", "cage-alder");
  expect(planCircuit(inventory, { ...circuit, provisioned: false })).toEqual([]);
  const { peering: _none, ...bare } = circuit;
  expect(planCircuit(inventory, bare).map(({ fragment }) => fragment.kind)).toEqual([
    "crossConnect",
    "crossConnect",
  ]);
});

test("primary and secondary never share an edge", () => {
  const planned = planCircuit(
    inventory,
    providerCircuit(inventory, "Polder Exchange", "cage-alder"),
  );
  const edges = planned.filter(({ fragment }) => fragment.kind === "vrf").map(({ node }) => node);
  expect(new Set(edges).size).toBe(edges.length);
});

test("an edge takes from a customer no part of a virtual network, and gives only virtual networks", () => {
  const [first] = planCircuit(
    inventory,
    providerCircuit(inventory, "Polder Exchange", "cage-alder"),
  );
  const fragment = first?.fragment;
  const neighbor = fragment?.kind === "vrf" ? fragment.bgp?.neighbors[0] : undefined;
  expect(neighbor?.importPolicy[0]).toMatchObject({ action: "deny" });
  expect(neighbor?.importPolicy[0]?.prefixes).toContainEqual({ prefix: "10.20.0.0/16", le: 32 });
  expect(neighbor?.exportPolicy).toEqual([
    { action: "permit", prefixes: [{ prefix: "10.20.0.0/16" }, { prefix: "fd20:20::/48" }] },
  ]);
});

test("a link test shuts the customer's sessions of one link, on both peerings, and changes nothing else", () => {
  const circuit = {
    ...providerCircuit(inventory, "Polder Exchange", "cage-alder"),
    publicPeering: samplePublicPeering,
  };
  const changed = (link: "primary" | "secondary") => {
    const before = planCircuit(inventory, circuit);
    const after = planCircuit(inventory, { ...circuit, linkUnderTest: link });
    return after.flatMap(({ node, fragment }, index) => {
      const held = before[index]?.fragment;
      if (fragment.kind !== "vrf" || held?.kind !== "vrf") {
        expect(fragment).toEqual(held);
        return [];
      }
      const neighbors = fragment.bgp?.neighbors ?? [];
      const asBefore = neighbors.map((one) => ({ ...one, enabled: true }));
      expect({ ...fragment, bgp: { ...fragment.bgp, neighbors: asBefore } }).toEqual(held);
      const shut = neighbors.filter(({ enabled }) => !enabled);
      return shut.map(({ address }) => `${node} ${address}`);
    });
  };
  expect(changed("primary")).toEqual([
    "ams-primary 192.168.100.1",
    "ams-primary 198.18.0.1",
    "ams-primary 2001:db8::1",
  ]);
  expect(changed("secondary")).toEqual([
    "ams-secondary 192.168.100.5",
    "ams-secondary 198.18.0.5",
    "ams-secondary 2001:db8::5",
  ]);
});

test("planning the same twice gives the same fragments", () => {
  const circuit = providerCircuit(inventory, "Polder Exchange", "cage-alder");
  expect(planCircuit(inventory, circuit)).toEqual(planCircuit(inventory, circuit));
  expect(planUnderlay(inventory)).toEqual(planUnderlay(inventory));
});

const network = { number: 7, host: "cloud-host", prefixes: ["10.20.0.0/16"] };
const gateway = {
  number: 3,
  capacity: { mbps: 1_000, pps: 100_000, routes: 4_000 },
  instances: [["10.20.0.5/26"], ["10.20.0.6/26"]] as const,
  spokes: [],
};

test("a virtual machine sends outward over both gateway instances", () => {
  const planned = planVirtualNetwork(inventory, {
    ...network,
    gateway: {
      ...gateway,
      told: ["10.20.0.0/16", "fd20:20::/48"].map((prefix) => ({ prefix, communities: [] })),
      connections: [
        {
          tunnelBlock: 0,
          routingWeight: 10,
          mtu: 1500,
          edges: { primary: "ams-primary", secondary: "ams-secondary" },
        },
      ],
    },
    machines: [{ number: 1, addresses: ["10.20.1.5/24"] }],
  });
  const machine = planned.find(({ fragment }) => fragment.key === "vm/1")?.fragment;
  expect(machine?.kind === "vrf" && machine.routes.at(-1)).toEqual({
    prefix: "0.0.0.0/0",
    via: ["10.20.0.5", "10.20.0.6"],
  });
});

test("a site test shuts the gateway's sessions over a connection, FastPath's too, and no other's", () => {
  const connection = (tunnelBlock: number, changes: object) => ({
    ...{ tunnelBlock, routingWeight: 0, mtu: 1500, ...changes },
    edges: { primary: "ams-primary", secondary: "ams-secondary" },
  });
  const planned = planVirtualNetwork(inventory, {
    ...network,
    gateway: {
      ...gateway,
      told: [],
      connections: [
        connection(0, { underTest: true, fastPath: { slot: 0, isIpv6: false } }),
        connection(1, { fastPath: { slot: 0, isIpv6: false } }),
      ],
    },
    machines: [],
  });
  const enabled = planned.map(({ fragment }) => [
    fragment.key,
    fragment.kind === "vrf" ? fragment.bgp?.neighbors.map((one) => one.enabled) : undefined,
  ]);
  expect(Object.fromEntries(enabled)).toEqual({
    "vnet/7": undefined,
    "gateway/3/0": [false, false, true, true],
    "gateway/3/1": [false, false, true, true],
    "fastpath/0": [false, false],
    "fastpath/1": [true, true],
  });
});

test("no two tunnel ends share an address or, on one node, a name (I4)", () => {
  const blocks = fc.uniqueArray(fc.integer({ min: 0, max: 4095 }), { minLength: 2, maxLength: 20 });
  fc.assert(
    fc.property(blocks, (chosen) => {
      const ends = chosen.flatMap((block) =>
        INSTANCES.flatMap((instance) =>
          (["primary", "secondary"] as const).flatMap((side) =>
            (["edge", "gateway"] as const).map((at) => ({
              at,
              ...tunnelEnd(at, {
                block,
                instance,
                side,
                local: "10.0.0.1",
                remote: "10.0.0.2",
                mtu: 1500,
              }),
            })),
          ),
        ),
      );
      const addresses = ends.flatMap((end) => end.addresses);
      expect(new Set(addresses).size).toBe(addresses.length);
      const names = ends.filter(({ at }) => at === "gateway").map(({ name }) => name);
      expect(new Set(names).size).toBe(names.length);
    }),
  );
});

function readLab(): Inventory {
  const { inventory: lab, faults } = parseFabricFile(
    readFileSync(new URL("../../fabrics/lab.yaml", import.meta.url), "utf8"),
  );
  if (lab === undefined) throw new Error(JSON.stringify(faults));
  return lab;
}
