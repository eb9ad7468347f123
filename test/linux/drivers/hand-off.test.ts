import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { nodePaths } from "../../../src/drivers/places.ts";
import { circuitVrf, eventually, raiseBenchLab, soon } from "./bench-lab.ts";

test("two circuits with the same addresses and the same C-tag under two S-tags never mix", async () => {
  await using lab = await raiseBenchLab("hand", ["edge:p1-ce:up"]);
  const both = (side: 1 | 2, port: string) => [
    circuitVrf(side, 1, { port, tags: [100, 7] }),
    circuitVrf(side, 2, { port, tags: [200, 7] }),
  ];
  await Promise.all([lab.converge("edge", both(1, "p1")), lab.converge("ce", both(2, "up"))]);
  for (const vrf of ["c1", "c2"]) {
    const session = await lab.established("edge", vrf);
    expect(session.remoteAsn).toBe(65_002);
    await eventually(async () =>
      (await lab.session("edge", vrf))?.bfd === "Up" ? true : undefined,
    );
  }
  const routes = await eventually(async () => {
    const found = (await lab.node("edge").routes("c1", soon())).filter(
      ({ protocol }) => protocol === "bgp",
    );
    return found.length > 0 ? found : undefined;
  });
  expect(routes).toEqual([
    {
      prefix: "10.2.1.0/24",
      protocol: "bgp",
      nextHops: ["192.168.1.2"],
      path: [65_002],
      weight: 7,
    },
  ]);

  const ping = { count: 3, intervalMs: 10, timeoutMs: 300 };
  const from = { node: "ce", vrf: "c1" };
  expect((await lab.probe.ping({ from, to: "10.1.1.1", ...ping })).received).toBe(3);
  expect((await lab.probe.ping({ from, to: "10.1.2.1", ...ping })).received).toBe(0);
  const capture = lab.probe.captureTags({
    at: { node: "edge", port: "p1" },
    source: "10.1.1.1",
    count: 2,
    timeoutMs: 5000,
  });
  await eventually(async () => {
    await lab.probe.ping({ from, to: "10.1.1.1", ...ping });
    return true;
  });
  await lab.probe.ping({ from, to: "10.1.1.1", count: 20, intervalMs: 50, timeoutMs: 300 });
  expect(await capture).toEqual([
    [100, 7],
    [100, 7],
  ]);
});

test("a Dot1Q hand-off carries one tag", async () => {
  await using lab = await raiseBenchLab("dot", ["edge:p1-ce:up"]);
  await Promise.all([
    lab.converge("edge", [circuitVrf(1, 1, { port: "p1", tags: [42] })]),
    lab.converge("ce", [circuitVrf(2, 1, { port: "up", tags: [42], name: "default" })]),
  ]);
  await lab.established("edge", "c1");
});

test("frames with foreign tags, no tags or another circuit's MAC are dropped and counted", async () => {
  await using lab = await raiseBenchLab("drop", ["edge:p1-ce:up"]);
  await lab.converge("edge", [
    circuitVrf(1, 1, { port: "p1", tags: [100, 1], meter: "m1" }),
    circuitVrf(1, 2, { port: "p1", tags: [100, 2], meter: "m2" }),
  ]);
  // The customer claims circuit 1's addresses on tags of nobody, and circuit 2's MAC on circuit 1's tags.
  await lab.converge("ce", [
    circuitVrf(2, 1, { port: "up", tags: [100, 1], name: "own" }),
    { ...circuitVrf(2, 3, { port: "up", tags: [300, 1], name: "foreign" }) },
  ]);
  const unknown = async () =>
    (await lab.node("edge").observe(soon())).ports.find(({ port }) => port === "p1")
      ?.unknownTagPackets ?? 0;
  const ping = { to: "192.168.1.1", count: 3, intervalMs: 10, timeoutMs: 300 };

  // With the address known, every ping leaves: none waits for ARP.
  const known = "ip neigh replace 192.168.1.1 lladdr 02:01:00:00:00:01 dev handoff nud permanent";
  await lab.probe.exec({ node: "ce", vrf: "foreign" }, known.split(" "));
  const before = await unknown();
  expect((await lab.probe.ping({ from: { node: "ce", vrf: "foreign" }, ...ping })).received).toBe(
    0,
  );
  expect(await unknown()).toBeGreaterThanOrEqual(before + 3);

  expect((await lab.probe.ping({ from: { node: "ce", vrf: "own" }, ...ping })).received).toBe(3);
  const neighbor =
    "ip neigh replace 192.168.1.1 lladdr 02:01:00:00:00:02 dev handoff nud permanent";
  await lab.probe.exec({ node: "ce", vrf: "own" }, neighbor.split(" "));
  const atForeignMac = await unknown();
  expect((await lab.probe.ping({ from: { node: "ce", vrf: "own" }, ...ping })).received).toBe(0);
  expect(await unknown()).toBeGreaterThanOrEqual(atForeignMac + 3);

  const { meters } = await lab.node("edge").observe(soon());
  expect(meters.find(({ meter }) => meter === "m2")?.in.packets).toBe(0);
  expect(meters.find(({ meter }) => meter === "m1")?.in.packets).toBeGreaterThan(0);
});

test("a circuit gets the rate that was ordered, in each direction", async () => {
  await using lab = await raiseBenchLab("rate", ["edge:p1-ce:up"]);
  await Promise.all([
    lab.converge("edge", [
      circuitVrf(1, 1, { port: "p1", tags: [100, 1], meter: "m1", policeMbps: 100 }),
    ]),
    lab.converge("ce", [circuitVrf(2, 1, { port: "up", tags: [100, 1] })]),
  ]);
  await lab.established("edge", "c1");
  const edge = { node: "edge", vrf: "c1" };
  const ce = { node: "ce", vrf: "c1" };
  for (const { from, to, address } of [
    { from: ce, to: edge, address: "192.168.1.1" },
    { from: edge, to: ce, address: "192.168.1.2" },
  ]) {
    const result = await lab.probe.tcp({ from, to, address, seconds: 5, flows: 4 });
    expect(result).toHaveProperty("mbps");
    const ratio = "mbps" in result ? result.mbps / 100 : 0;
    expect(ratio).toBeGreaterThan(0.8);
    expect(ratio).toBeLessThan(1.08);
  }
  const [meter] = (await lab.node("edge").observe(soon())).meters;
  expect(meter?.in.droppedPackets).toBeGreaterThan(0);
  expect(meter?.out.droppedPackets).toBeGreaterThan(0);
});

test("the router of a VRF loses its carrier with the port, so its session ends at once", async () => {
  await using lab = await raiseBenchLab("carr", ["edge:p1-ce:up"]);
  await Promise.all([
    lab.converge("edge", [circuitVrf(1, 1, { port: "p1", tags: [100, 1] })]),
    lab.converge("ce", [circuitVrf(2, 1, { port: "up", tags: [100, 1] })]),
  ]);
  await lab.established("edge", "c1");
  await lab.probe.setPort({ node: "ce", port: "up" }, false);
  const started = performance.now();
  await eventually(
    async () => ((await lab.session("edge", "c1"))?.state !== "Established" ? true : undefined),
    3000,
  );
  expect(performance.now() - started).toBeLessThan(800);
  await lab.probe.setPort({ node: "ce", port: "up" }, true);
  await lab.established("edge", "c1");
});

test("no FRR secret stands in a file of ours", async () => {
  await using lab = await raiseBenchLab("sec", ["edge:p1-ce:up"]);
  await lab.converge("edge", [circuitVrf(1, 1, { port: "p1", tags: [100, 1] })]);
  const { directory } = nodePaths(lab.lab, "edge");
  const found = execFileSync("find", [
    directory,
    "-type",
    "f",
    "-exec",
    "grep",
    "-l",
    "not-so-secret",
    "{}",
    ";",
  ]);
  expect(found.toString()).toBe("");
});
