import { connect } from "node:net";
import { expect, test } from "vitest";
import { systemClock } from "../../../src/base/clock.ts";
import { silentLog } from "../../../src/base/log.ts";
import { leftovers } from "../../../src/drivers/cabling.ts";
import { daemonPid, deadDaemons, vtySocket } from "../../../src/drivers/frr/daemons.ts";
import { FrrDriver } from "../../../src/drivers/frr/frr.ts";
import { openLinuxNode } from "../../../src/drivers/linux-node.ts";
import { argvIn } from "../../../src/drivers/place-argv.ts";
import { argvAt, nodePaths } from "../../../src/drivers/places.ts";
import { run } from "../../../src/drivers/run.ts";
import { circuitVrf, eventually, raiseBenchLab, soon } from "./bench-lab.ts";

const on = (side: 1 | 2, number: number) =>
  circuitVrf(side, number, { port: side === 1 ? "p1" : "up", tags: [100, number] });

test("adding a circuit and changing another's policy leaves a session as it was", async () => {
  await using lab = await raiseBenchLab("add", ["edge:p1-ce:up"]);
  await Promise.all([lab.converge("edge", [on(1, 1)]), lab.converge("ce", [on(2, 1)])]);
  await lab.established("edge", "c1");
  // FRR tells whole seconds: an age that a session which starts after this cannot have.
  await systemClock.sleep(3000);
  await Promise.all([
    lab.converge("edge", [on(1, 1), on(1, 2)]),
    lab.converge("ce", [on(2, 1), on(2, 2)]),
  ]);
  await lab.established("edge", "c2");
  const second = on(1, 2);
  const neighbor = second.bgp?.neighbors[0];
  if (second.bgp === undefined || neighbor === undefined) throw new Error("no neighbor");
  const stricter = { ...neighbor, importPolicy: [] };
  await lab.converge("edge", [
    on(1, 1),
    { ...second, bgp: { ...second.bgp, neighbors: [stricter] } },
  ]);
  await eventually(async () => {
    const routes = await lab.node("edge").routes("c2", soon());
    return routes.some(({ protocol }) => protocol === "bgp") ? undefined : true;
  });
  expect((await lab.session("edge", "c1"))?.uptimeSeconds).toBeGreaterThanOrEqual(2);
  expect((await lab.session("edge", "c2"))?.state).toBe("Established");
});

test("a circuit that goes leaves nothing, and the other stays", async () => {
  await using lab = await raiseBenchLab("del", ["edge:p1-ce:up"]);
  await Promise.all([
    lab.converge("edge", [on(1, 1), on(1, 2)]),
    lab.converge("ce", [on(2, 1), on(2, 2)]),
  ]);
  await lab.established("edge", "c1");
  await lab.converge("edge", [on(1, 1)]);
  const observation = await lab.node("edge").observe(soon());
  expect(observation.sessions.map(({ vrf }) => vrf)).toEqual(["c1"]);
  expect(observation.neighbors.every(({ vrf }) => vrf === "c1")).toBe(true);
  expect(observation.sessions[0]?.state).toBe("Established");
});

test("a node opened anew adopts what is there and refuses an older intent", async () => {
  await using lab = await raiseBenchLab("old", ["edge:p1-ce:up"]);
  await Promise.all([lab.converge("edge", [on(1, 1)]), lab.converge("ce", [on(2, 1)])]);
  const before = await lab.established("edge", "c1");
  await systemClock.sleep(1200);
  const options = { lab: lab.lab, name: "edge", routing: true, log: silentLog, clock: systemClock };
  const again = await openLinuxNode(options);
  const intent = { node: "edge", fragments: [on(1, 1)] };
  await again.converge({ ...intent, generation: 1 }, soon());
  const after = (await again.observe(soon())).sessions[0];
  expect(after?.uptimeSeconds).toBeGreaterThan(before.uptimeSeconds ?? 0);
  await expect(again.converge({ ...intent, generation: 0 }, soon())).rejects.toThrow(/older/);
});

test("a killed bgpd, a deleted interface and a lost address come back", async () => {
  await using lab = await raiseBenchLab("heal", ["edge:p1-ce:up"]);
  await Promise.all([lab.converge("edge", [on(1, 1)]), lab.converge("ce", [on(2, 1)])]);
  await lab.established("edge", "c1");
  const paths = nodePaths(lab.lab, "edge");
  const verify = () =>
    lab.node("edge").converge({ node: "edge", generation: 1, fragments: [on(1, 1)] }, soon());

  process.kill((await daemonPid(paths, "bgpd")) ?? 0, "SIGKILL");
  // A process takes a moment to die; one that breaks off meanwhile is the agent's to try again.
  await eventually(async () => ((await daemonPid(paths, "bgpd")) === undefined ? true : undefined));
  await verify();
  await lab.established("edge", "c1");

  const inVrf = (...argv: string[]) =>
    run({ argv: argvIn(lab.lab, { node: "edge", vrf: "c1" }, argv), why: "break something" });
  await inVrf("ip", "addr", "del", "192.168.1.1/30", "dev", "handoff");
  await verify();
  expect(await inVrf("ip", "-4", "addr", "show", "dev", "handoff")).toContain("192.168.1.1/30");
  await inVrf("ip", "link", "delete", "dev", "handoff");
  await verify();
  await lab.established("edge", "c1");
});

test("a daemon with a full queue of callers is asked later and not taken for dead", async () => {
  await using lab = await raiseBenchLab("busy", ["edge:p1-ce:up"]);
  await lab.converge("edge", [on(1, 1)]);
  const paths = nodePaths(lab.lab, "edge");
  const pid = (await daemonPid(paths, "bgpd")) ?? 0;
  const sockets = Array.from({ length: 12 }, () => connect(vtySocket(paths, "bgpd")));
  process.kill(pid, "SIGSTOP");
  const late = Array.from({ length: 12 }, () => connect(vtySocket(paths, "bgpd")));
  const refused = late.map(
    (socket) =>
      new Promise((resolve) => {
        socket.once("error", ({ code }: NodeJS.ErrnoException) => resolve(code));
        socket.once("connect", () => resolve("connected"));
      }),
  );
  for (const socket of sockets) socket.on("error", () => {});
  try {
    expect(await Promise.all(refused)).toContain("EAGAIN");
    expect(await deadDaemons(paths)).toEqual([]);
    const answer = new FrrDriver(paths).ask("bgpd", "show version");
    await systemClock.sleep(100);
    process.kill(pid, "SIGCONT");
    expect(await answer).toContain("FRRouting");
    expect(await daemonPid(paths, "bgpd")).toBe(pid);
  } finally {
    process.kill(pid, "SIGCONT");
    for (const socket of [...sockets, ...late]) socket.destroy();
  }
});

test("no packet socket listens where an edge's tunnels end, and BFD runs in its VRFs", async () => {
  await using lab = await raiseBenchLab("apart", ["edge:p1-ce:up"]);
  await lab.converge("edge", [on(1, 1)]);
  await lab.converge("ce", [on(2, 1)]);
  const packetSockets = async (node: string) => {
    const argv = argvAt(nodePaths(lab.lab, node), "default", ["cat", "/proc/net/packet"]);
    const text = await run({ argv, why: "list packet sockets" });
    return text.trim().split("\n").slice(1);
  };
  expect((await packetSockets("edge")).length).toBe(0);
  expect((await packetSockets("ce")).length).toBeGreaterThan(0);
  await eventually(async () =>
    (await lab.session("edge", "c1"))?.bfd === "Up" ? true : undefined,
  );
});

test("a fragment that fails does not stop another", async () => {
  await using lab = await raiseBenchLab("fail", ["edge:p1-ce:up"]);
  const lost = circuitVrf(1, 9, { port: "nowhere", tags: [9, 9] });
  const intent = { node: "edge", generation: 1, fragments: [lost, on(1, 1)] };
  const results = await lab.node("edge").converge(intent, soon());
  expect(results.map(({ key, state }) => [key, state])).toEqual([
    ["vrf/c9", "failed"],
    ["vrf/c1", "applied"],
  ]);
  expect(results[0]?.error).toContain("nowhere");
});

test("raising twice changes nothing, and razing leaves nothing", async () => {
  const lab = await raiseBenchLab("raze", ["edge:p1-ce:up"]);
  await lab.converge("edge", [on(1, 1)]);
  expect(await leftovers("raze")).not.toEqual([]);
  await lab[Symbol.asyncDispose]();
  expect(await leftovers("raze")).toEqual([]);
});
