import { expect, test } from "vitest";
import {
  directFabric,
  ethernetFabric,
  exchangeFabric,
  type SampleFabric,
} from "../routing/sample-fabrics.ts";
import { gatewayFabric } from "../routing/sample-gateway.ts";
import { createSimulatedFabric } from "./simulated-fabric.ts";
import { createSimulatedProbe } from "./simulated-probe.ts";

const { signal } = new AbortController();
const blue = { name: "blue", tags: [100, 10] };
const ce = { node: "ce", vrf: "blue" };
const vm = { node: "gw", vrf: "vm" };

async function start({ cabling, intents }: SampleFabric) {
  const fabric = createSimulatedFabric(cabling);
  for (const [node, fragments] of Object.entries(intents)) {
    await fabric.node(node).converge({ node, generation: 1, fragments }, signal);
  }
  return { fabric, probe: createSimulatedProbe(fabric) };
}

function pingFrom(from: typeof ce, to: string, count = 3) {
  return { from, to, count, intervalMs: 100, timeoutMs: 1000 };
}

test("a ping is answered, counted on the meters and takes virtual time", async () => {
  const { fabric, probe } = await start(exchangeFabric({ ...blue, customerTags: [200, 10] }));
  expect(await probe.ping(pingFrom(ce, "10.100.0.1"))).toEqual({ sent: 3, received: 3 });
  expect(fabric.nowMs()).toBe(200);
  const three = { packets: 3, bytes: 294, droppedPackets: 0, droppedBytes: 0 };
  for (const node of ["edge0", "switch"]) {
    const { meters } = await fabric.node(node).observe(signal);
    expect(meters).toEqual([{ meter: "blue", in: three, out: three }]);
  }
});

test("what is lost in silence is not answered until BFD has moved the routes", async () => {
  const { probe } = await start(gatewayFabric());
  await probe.setSilence({ node: "edge0", port: "nni" }, true);
  const lost = await probe.ping(pingFrom(ce, "192.168.0.2", 1));
  expect(lost.received).toBe(0);
  expect((await probe.ping(pingFrom(vm, "10.1.0.1"))).received).toBe(3);
});

test.each([
  ["silence", 900],
  ["a pulled cable", 0],
])("a stream over both links is dark for BFD's time after %s", async (how, darkMs) => {
  const { fabric, probe } = await start(gatewayFabric());
  fabric.advance(5000);
  const request = { from: vm, to: ce, address: "10.1.0.1", intervalMs: 1, flows: 16, signal };
  const stream = await probe.stream(request);
  if (how === "silence") await probe.setSilence({ node: "edge0", port: "nni" }, true);
  else await probe.setPort({ node: "edge0", port: "nni" }, false);
  const { sent, received, blackoutMs } = await stream.stop();
  expect(blackoutMs).toBe(darkMs);
  expect(sent).toBeGreaterThan(16_000);
  expect(sent - received).toBeGreaterThanOrEqual(0);
  // Only the flows over the silent link were dark.
  if (how === "silence") expect(sent - received).toBeLessThan(16 * 900);
  expect(await stream.stop()).toEqual({ sent, received, blackoutMs });
});

test("a stream's flows really go over both links, and the meters show it", async () => {
  const { fabric, probe } = await start(gatewayFabric());
  const stop = new AbortController();
  const request = {
    from: ce,
    to: vm,
    address: "10.200.0.10",
    intervalMs: 1,
    flows: 32,
    signal: stop.signal,
  };
  const stream = await probe.stream(request);
  stop.abort();
  const { sent } = await stream.stop();
  const shares = await Promise.all(
    ["edge0", "edge1"].map(async (edge) => {
      const [meter] = (await fabric.node(edge).observe(signal)).meters;
      return (meter?.in.packets ?? 0) / sent;
    }),
  );
  expect((shares[0] ?? 0) + (shares[1] ?? 0)).toBe(1);
  expect(Math.min(...shares)).toBeGreaterThan(0.2);
});

test("tags are captured from a ping beside the capture, else from what the routers say themselves", async () => {
  const { probe } = await start(ethernetFabric(blue));
  const capture = (port: string, address: string, node = "edge0") =>
    probe.captureTags({ at: { node, port }, source: address, count: 2, timeoutMs: 1000 });
  const [tags] = await Promise.all([
    capture("nni", "10.100.0.1"),
    probe.ping(pingFrom(ce, "10.100.0.1")),
  ]);
  expect(tags).toEqual([blue.tags, blue.tags]);
  expect(await capture("p0", "192.168.0.1", "ce")).toEqual([[10]]);
  expect(await capture("nni", "203.0.113.1")).toEqual([]);
});

test("there is no throughput and no terminal, and an address that is not reached says where it ends", async () => {
  const { probe } = await start(directFabric([blue]));
  const request = {
    from: ce,
    to: { node: "edge0", vrf: "blue" },
    address: "10.100.0.9",
    seconds: 1,
    flows: 4,
  };
  expect(await probe.tcp(request)).toEqual({
    absent: expect.stringMatching(
      /^No connection\. The packet ended at edge[01], VRF blue: unresolvedNeighbor\.$/,
    ),
  });
  const reached = await probe.tcp({ ...request, address: "192.168.0.2" });
  expect(reached).toHaveProperty("absent", expect.stringContaining("no throughput"));
  expect(await probe.exec(ce, ["sh"])).toBeUndefined();
});

test("a stream that comes to another place than asked is not received, and dark all the time", async () => {
  const { probe } = await start(gatewayFabric());
  const request = { from: vm, to: vm, address: "10.1.0.1", intervalMs: 10, flows: 1, signal };
  const stream = await probe.stream(request);
  expect(await stream.stop()).toEqual({ sent: 100, received: 0, blackoutMs: 1000 });
});
