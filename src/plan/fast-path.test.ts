import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parseFabricFile } from "../fabric/fabric-file.ts";
import type { VrfFragment } from "../fabric/intent.ts";
import type { Inventory } from "../fabric/inventory.ts";
import type { CircuitView } from "./circuit-view.ts";
import {
  fastPathForwarder,
  fastPathNeighbors,
  fastPathPeer,
  fastPathTunnels,
} from "./fast-path.ts";
import { providerCircuit } from "./sample-circuit.ts";
import type { GatewayConnectionView, VirtualNetworkView } from "./virtual-network.ts";

const { inventory } = parseFabricFile(
  readFileSync(new URL("../../fabrics/lab.yaml", import.meta.url), "utf8"),
);
if (inventory === undefined) throw new Error("the lab's fabric file is right");
const lab = inventory;

const network: VirtualNetworkView = {
  number: 7,
  host: "cloud-host",
  prefixes: ["10.20.0.0/16", "fd20:20::/48"],
  machines: [2, 1, 3].map((number) => ({
    number,
    addresses: [`10.20.1.${number}/24`, `fd20:20::${number}/64`],
  })),
};

function forwarder(fastPath: NonNullable<GatewayConnectionView["fastPath"]>): VrfFragment {
  const edges = { primary: "ams-primary", secondary: "ams-secondary" };
  const connection = { tunnelBlock: 4, routingWeight: 0, mtu: 1500, edges, fastPath };
  const planned = fastPathForwarder(lab, network, connection);
  if (planned === undefined) throw new Error("it has FastPath");
  return planned;
}

const ipv4Only = { slot: 2, isIpv6: false };

test("a forwarder announces the machines' addresses, of IPv6 only where the circuit has it so", () => {
  expect(forwarder(ipv4Only).bgp?.networks).toEqual([
    "10.20.1.1/32",
    "10.20.1.2/32",
    "10.20.1.3/32",
  ]);
  expect(forwarder({ ...ipv4Only, isIpv6: true }).bgp?.networks).toContain("fd20:20::1/128");
});

test("a circuit has room for so many addresses, a port pair for more, and a location's edges may hold less", () => {
  const circuit = providerCircuit(lab, "Polder Exchange", "cage-alder");
  const connections = circuit.connections.map((one) => ({ ...one, fastPathSlot: 2 }));
  const roomOf = (inventory: Inventory, changes: Partial<CircuitView>) =>
    fastPathNeighbors(inventory, { ...circuit, connections, ...changes }, "primary")[0]?.room;
  const { serviceKey } = circuit;
  expect(roomOf(lab, {})).toEqual({ name: `addresses/${serviceKey}`, prefixes: 25_000 });
  const [pair] = lab.peeringLocations[0]?.directPortPairs ?? [];
  if (pair === undefined) throw new Error("the lab has a port pair");
  const direct = (bandwidthGbps: 10 | 100 | 400) => ({
    carriage: { kind: "direct", pair: { ...pair, bandwidthGbps }, encapsulation: "QinQ" } as const,
  });
  const name = "addresses/ams-direct-1";
  expect(roomOf(lab, direct(10))).toEqual({ name, prefixes: 100_000 });
  expect(roomOf(lab, direct(400))).toEqual({ name, prefixes: 200_000 });
  const peeringLocations = lab.peeringLocations.map((one) => ({ ...one, fastPathAddresses: 7 }));
  expect(roomOf({ ...lab, peeringLocations }, direct(10))).toEqual({ name, prefixes: 7 });
});

test("both ends of a tunnel name each other, and an edge takes single addresses alone", () => {
  const circuit = providerCircuit(lab, "Polder Exchange", "cage-alder");
  const connections = circuit.connections.map((one) => ({
    ...one,
    tunnelBlock: 4,
    fastPathSlot: 2,
  }));
  const fast = { ...circuit, connections };
  const [tunnel] = fastPathTunnels(lab, fast, { side: "secondary", local: "10.255.0.2" });
  const far = forwarder(ipv4Only).interfaces.find(({ name }) => name === "f4s");
  if (tunnel === undefined || far?.kind !== "tunnel") throw new Error("both ends are planned");
  expect([far.vni, far.local, far.remote]).toEqual([tunnel.vni, tunnel.remote, tunnel.local]);
  const place = { block: 4, slot: 2, side: "secondary" } as const;
  expect(far.addresses[0]).toBe(`${fastPathPeer(place, "edge")}/30`);
  expect(tunnel.addresses[0]).toBe(`${fastPathPeer(place, "host")}/30`);
  const [neighbor] = fastPathNeighbors(lab, fast, "secondary");
  expect(neighbor?.importPolicy).toEqual([
    {
      action: "permit",
      prefixes: [
        { prefix: "10.20.0.0/16", ge: 32, le: 32 },
        { prefix: "fd20:20::/48", ge: 128, le: 128 },
      ],
    },
  ]);
});
