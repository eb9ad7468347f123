import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { systemClock } from "../../../src/base/clock.ts";
import { argvIn } from "../../../src/drivers/place-argv.ts";
import { circuitVrf, eventually, raiseBenchLab, soon } from "./bench-lab.ts";

const OVERLOAD_SECONDS = 5;

test("many times the ordered bandwidth is dropped down to it, and costs neither BFD nor BGP", async () => {
  await using lab = await raiseBenchLab("over", ["edge:p1-ce:up"]);
  await Promise.all([
    lab.converge("edge", [
      circuitVrf(1, 1, { port: "p1", tags: [100, 1], meter: "m1", policeMbps: 10 }),
    ]),
    lab.converge("ce", [circuitVrf(2, 1, { port: "up", tags: [100, 1] })]),
  ]);
  const before = await lab.established("edge", "c1");
  const watched = await eventually(async () => {
    const session = await lab.session("edge", "c1");
    return session?.bfd === "Up" ? session : undefined;
  });
  expect(watched.bfd).toBe("Up");

  // To a port where nobody listens: the edge's answers are few, and the flood does not wait for them.
  const words = argvIn("over", { node: "ce", vrf: "c1" }, [
    process.execPath,
    "-e",
    floodingProgram("10.1.1.1", OVERLOAD_SECONDS),
  ]);
  const [program, ...rest] = words;
  const flooding = spawn(program, rest, { stdio: "inherit" });
  const states = new Set<string>();
  let isOver = false;
  const ended = once(flooding, "exit").finally(() => {
    isOver = true;
  });
  while (!isOver) {
    const session = await lab.session("edge", "c1");
    states.add(`${session?.state} ${session?.bfd}`);
    await systemClock.sleep(100);
  }
  await ended;
  expect([...states]).toEqual(["Established Up"]);
  const after = await lab.established("edge", "c1");
  expect(after.uptimeSeconds).toBeGreaterThanOrEqual(
    (before.uptimeSeconds ?? 0) + OVERLOAD_SECONDS - 1,
  );
  const { meters } = await lab.node("edge").observe(soon());
  const counted = meters.find(({ meter }) => meter === "m1")?.in;
  expect(counted?.droppedBytes).toBeGreaterThan(3 * (counted?.bytes ?? 0));
});

/** As fast as one processor sends: between bursts a session's packets would find room. */
function floodingProgram(to: string, seconds: number): string {
  return `
    const socket = require("node:dgram").createSocket("udp4");
    const data = Buffer.alloc(1400);
    const until = Date.now() + ${seconds * 1000};
    const tick = () => {
      for (let i = 0; i < 20; i += 1) socket.send(data, 9, "${to}", () => {});
      if (Date.now() < until) setImmediate(tick);
      else socket.close();
    };
    socket.on("error", () => {});
    tick();
  `;
}
