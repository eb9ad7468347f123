import { expect, test } from "vitest";
import type { Fragment } from "../fabric/intent.ts";
import {
  customerVrf,
  directFabric,
  edgeVrf,
  exchangeFabric,
  managedFabric,
  type SampleFabric,
  subinterface,
  vrf,
} from "../routing/sample-fabrics.ts";
import { gatewayFabric } from "../routing/sample-gateway.ts";
import { createSimulatedFabric, type SimulatedFabric } from "./simulated-fabric.ts";

const { signal } = new AbortController();

async function start({ cabling, intents }: SampleFabric): Promise<SimulatedFabric> {
  const fabric = createSimulatedFabric(cabling);
  for (const [node, fragments] of Object.entries(intents)) {
    const results = await fabric.node(node).converge({ node, generation: 1, fragments }, signal);
    expect(results.filter(({ state }) => state === "failed")).toEqual([]);
  }
  return fabric;
}

async function sessionStates(fabric: SimulatedFabric, node: string) {
  const { sessions } = await fabric.node(node).observe(signal);
  return sessions.map(({ address, state }) => `${address} ${state}`);
}

const blue = { name: "blue", tags: [100, 10] };

test("a node reports sessions, neighbours, meters, ports and routes", async () => {
  const fabric = await start(directFabric([blue]));
  fabric.advance(61_000);
  const observed = await fabric.node("edge0").observe(signal);
  expect(observed).toEqual({
    sessions: [
      {
        vrf: "blue",
        address: "192.168.0.1",
        remoteAsn: 65010,
        state: "Established",
        uptimeSeconds: 61,
        prefixesReceived: { ipv4: 1, ipv6: 0 },
        bfd: "Up",
        bfdTimers: { transmitMs: 300, receiveMs: 300, multiplier: 3 },
      },
    ],
    neighbors: [
      {
        vrf: "blue",
        interface: "wan",
        address: "192.168.0.1",
        mac: expect.stringMatching(/^02(:..){5}$/),
      },
    ],
    meters: [{ meter: "blue", in: zero, out: zero }],
    ports: [{ port: "nni", up: true, unknownTagPackets: 0 }],
    rooms: [],
  });
  expect(await fabric.node("ce").routes("blue", signal)).toContainEqual({
    prefix: "10.100.0.0/24",
    protocol: "bgp",
    nextHops: ["192.168.0.2", "192.168.1.2"],
    path: [12076],
    weight: 0,
  });
});

const zero = { packets: 0, bytes: 0, droppedPackets: 0, droppedBytes: 0 };

test("a customer router runs its configuration as text", async () => {
  const sample = directFabric([blue]);
  const frrText = `interface wan0
 ip address 192.168.0.1/30
router bgp 65010
 no bgp ebgp-requires-policy
 neighbor 192.168.0.2 remote-as 12076
 neighbor 192.168.0.2 bfd
 network 10.1.0.0/24
`;
  const port = subinterface("wan0", { port: "p0", tags: [100, 10] }, []);
  const fabric = await start({
    ...sample,
    intents: { ...sample.intents, ce: [vrf("ce", [port], { frrText })] },
  });
  expect(await sessionStates(fabric, "ce")).toEqual(["192.168.0.2 Established"]);
  const routes = await fabric.node("edge0").routes("blue", signal);
  expect(routes).toContainEqual(expect.objectContaining({ prefix: "10.1.0.0/24", path: [65010] }));
});

test("an older intent is refused and the newer one stays", async () => {
  const fabric = await start(directFabric([blue]));
  const node = fabric.node("edge0");
  await node.converge({ node: "edge0", generation: 5, fragments: [edgeVrf(blue)] }, signal);
  await expect(
    node.converge({ node: "edge0", generation: 4, fragments: [] }, signal),
  ).rejects.toThrow("refuses generation 4: it holds 5");
  expect(await sessionStates(fabric, "edge0")).toEqual(["192.168.0.1 Established"]);
});

test("a fragment that cannot be is failed with the reason, the others are applied", async () => {
  const fabric = createSimulatedFabric(directFabric([]).cabling);
  const twin = { ...edgeVrf({ ...blue, name: "red" }), key: "vrf/red" };
  const text: Fragment = {
    ...customerVrf(blue),
    key: "vrf/text",
    name: "text",
    interfaces: [],
    frrText: "do magic",
  };
  const results = await fabric
    .node("edge0")
    .converge({ node: "edge0", generation: 1, fragments: [edgeVrf(blue), twin, text] }, signal);
  expect(results.map(({ key, state }) => `${key} ${state}`)).toEqual([
    "vrf/blue applied",
    "vrf/red failed",
    "vrf/text failed",
  ]);
  expect(results[1]?.error).toBe("Fragment vrf/blue has tags [100, 10] on port nni already.");
  expect(results[2]?.error).toBe("Line 1 of the router text is not understood: do magic");
});

test("a pulled cable takes the session down at once, silence only after BFD's time", async () => {
  const fabric = await start(directFabric([blue]));
  fabric.setPort({ node: "ce", port: "p0" }, false);
  expect(await sessionStates(fabric, "edge0")).toEqual(["192.168.0.1 Idle"]);
  fabric.setPort({ node: "ce", port: "p0" }, true);
  fabric.setSilence({ node: "ce", port: "p0" }, true);
  fabric.advance(899);
  expect((await fabric.node("ce").observe(signal)).neighbors[0]).toEqual({
    vrf: "blue",
    interface: "wan0",
    address: "192.168.0.2",
  });
  expect(await sessionStates(fabric, "edge0")).toEqual(["192.168.0.1 Established"]);
  fabric.advance(1);
  const { sessions } = await fabric.node("ce").observe(signal);
  expect(sessions[0]).toMatchObject({
    lastReset: "BFD detected the loss of the neighbour.",
    bfd: "Down",
  });
  expect(await sessionStates(fabric, "edge0")).toEqual(["192.168.0.1 Active"]);
  fabric.setSilence({ node: "ce", port: "p0" }, false);
  expect(await sessionStates(fabric, "edge0")).toEqual(["192.168.0.1 Established"]);
});

test("a cut behind a switch is seen late by the far end, and at once where link loss is forwarded", async () => {
  for (const lossForwarding of [false, true]) {
    const fabric = await start(exchangeFabric(blue, lossForwarding));
    fabric.setPort({ node: "ce", port: "p0" }, false);
    const state = lossForwarding ? "Idle" : "Established";
    expect(await sessionStates(fabric, "edge0")).toEqual([`192.168.0.1 ${state}`]);
    const routes = await fabric.node("edge0").routes("blue", signal);
    // What came before the cut is held until the session is known to be lost.
    expect(routes.some(({ prefix }) => prefix === "10.1.0.0/24")).toBe(!lossForwarding);
    fabric.settle();
    expect(fabric.nowMs()).toBe(lossForwarding ? 0 : 900);
    expect((await sessionStates(fabric, "edge0"))[0]).not.toContain("Established");
  }
});

test("a removed node takes its neighbours' links down and comes back empty", async () => {
  const fabric = await start(managedFabric());
  fabric.remove("pe");
  const { ports } = await fabric.node("branch1").observe(signal);
  expect(ports).toMatchObject([{ port: "wan", up: false }]);
  await fabric.node("pe").converge({ node: "pe", generation: 0, fragments: [] }, signal);
  expect((await fabric.node("branch1").observe(signal)).ports).toMatchObject([{ up: true }]);
});

test("a virtual machine's way out is two gateways wide, and an edge's way in too", async () => {
  const fabric = await start(gatewayFabric());
  const routes = await fabric.node("edge0").routes("blue", signal);
  expect(routes.find(({ prefix }) => prefix === "10.200.0.0/24")).toMatchObject({
    nextHops: ["10.255.0.2", "10.255.1.2"],
    path: [65515],
  });
});

test("one more circuit among 200 changes nothing else and takes well under a second", async () => {
  const circuits = Array.from({ length: 201 }, (_, index) => ({
    name: `c${index}`,
    tags: [100 + index, 10],
  }));
  const before = await start(directFabric(circuits.slice(0, 200)));
  const settled = before.converged();
  const { intents } = directFabric(circuits);
  const startedMs = performance.now();
  for (const [node, fragments] of Object.entries(intents)) {
    await before.node(node).converge({ node, generation: 2, fragments }, signal);
    await before.node(node).observe(signal);
  }
  expect(performance.now() - startedMs).toBeLessThan(1000);
  const after = before.converged();
  expect(after.groups.get("edge0/c7")).toBe(settled.groups.get("edge0/c7"));
  expect(after.groups.has("edge0/c200")).toBe(true);
  expect(after.memory.size).toBe(201 * 4);
});
