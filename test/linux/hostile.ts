/** A customer who means no good beside one who does not: two circuits on one edge, and what the good one notices. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import { systemClock } from "../../src/base/clock.ts";
import { argvIn } from "../../src/drivers/place-argv.ts";
import type { VrfFragment } from "../../src/fabric/intent.ts";
import { type BenchLab, circuitVrf, eventually, raiseBenchLab, soon } from "./drivers/bench-lab.ts";
import { nextLine } from "./next-line.ts";
import { sendFrames } from "./raw-frames.ts";

export type Hostility = {
  readonly lab: string;
  readonly prefixes: number;
  readonly flaps: number;
  readonly fuzzed: number;
  readonly seed: number;
};

const program = fileURLToPath(new URL("./hostile-speaker.ts", import.meta.url));
const LIMIT = 1_000;

export async function sufferHostileCustomer(hostility: Hostility): Promise<void> {
  await using lab = await raiseBenchLab(hostility.lab, ["edge:p1-ce:up", "edge:p2-hostbad:up"]);
  await lab.converge("edge", [goodEnd(1), badEdge()]);
  await lab.converge("ce", [goodEnd(2)]);
  await lab.converge("hostbad", [badHost()]);
  const before = (await lab.established("edge", "c1")).uptimeSeconds ?? 0;
  const since = systemClock.now();
  await using bad = await startHostileSpeaker(hostility.lab);
  const stream = await lab.probe.stream({
    from: { node: "ce", vrf: "c1" },
    to: { node: "edge", vrf: "c1" },
    address: "10.1.1.1",
    intervalMs: 5,
    flows: 2,
    signal: new AbortController().signal,
  });
  // What is another's, its own network's, and nobody's to announce.
  await bad.tell("announce 10.2.1.0/24 10.1.1.0/24 127.0.0.0/8 10.66.0.0/16");
  await eventually(async () => ((await learned(lab)).includes("10.66.0.0/16") ? true : undefined));
  expect(await learned(lab)).toEqual(["10.66.0.0/16"]);
  await bad.tell(`flap ${hostility.flaps}`);
  const { resets } = await bad.tell(`fuzz ${hostility.fuzzed} ${hostility.seed}`);
  // Garbage that nobody objects to would prove nothing.
  expect(resets).toBeGreaterThan(0);
  await bad.tell(`table ${hostility.prefixes}`);
  await eventually(async () =>
    (await lab.session("edge", "bad"))?.state === "Established" ? undefined : true,
  );
  await sendForeign(hostility.lab);
  const { sent, received } = await stream.stop();
  expect(sent - received).toBe(0);
  const after = await lab.established("edge", "c1");
  const elapsed = Math.floor((systemClock.now() - since) / 1000);
  expect(after.uptimeSeconds).toBeGreaterThanOrEqual(before + elapsed - 2);
  expect((await lab.node("edge").routes("c1", soon())).map(({ prefix }) => prefix)).toContain(
    "10.2.1.0/24",
  );
  const unknown = (await lab.node("edge").observe(soon())).ports.find(({ port }) => port === "p2");
  expect(unknown?.unknownTagPackets).toBeGreaterThan(0);
}

/** With all that an edge forbids of a customer's routes, and a limit. */
function badEdge(): VrfFragment {
  const fragment = circuitVrf(1, 66, { port: "p2", tags: [200, 1], name: "bad", meter: "bad" });
  const [neighbor] = fragment.bgp?.neighbors ?? [];
  if (fragment.bgp === undefined || neighbor === undefined) throw new Error("no neighbor");
  const { bfd: _none, password: _open, ...rest } = neighbor;
  const own = ["10.1.0.0/16", "10.2.0.0/16", "127.0.0.0/8"].map((prefix) => ({ prefix, le: 32 }));
  return {
    ...fragment,
    bgp: {
      ...fragment.bgp,
      neighbors: [
        {
          ...rest,
          maximumPrefixes: { ipv4: LIMIT, ipv6: LIMIT },
          importPolicy: [{ action: "deny", prefixes: own }, { action: "permit" }],
        },
      ],
    },
  };
}

function goodEnd(side: 1 | 2): VrfFragment {
  return circuitVrf(side, 1, { port: side === 1 ? "p1" : "up", tags: [100, 1], meter: "good" });
}

function badHost(): VrfFragment {
  const { bgp: _none, ...fragment } = circuitVrf(2, 66, {
    port: "up",
    tags: [200, 1],
    name: "bad",
  });
  return fragment;
}

async function learned(lab: BenchLab): Promise<string[]> {
  const routes = await lab.node("edge").routes("bad", soon());
  return routes.filter(({ protocol }) => protocol === "bgp").map(({ prefix }) => prefix);
}

/** The good circuit's tags from the bad customer's port, and its own with a source that is not its own. */
async function sendForeign(lab: string): Promise<void> {
  const frame = {
    destinationMac: "02:01:00:00:00:01",
    source: "10.2.1.1",
    destination: "10.1.1.1",
    port: 7007,
    text: "hostile",
  };
  const at = { node: "hostbad", port: "up" };
  for (const tags of [[100, 1], [100], [], [200, 2]])
    await sendFrames(lab, at, { frame: { ...frame, tags }, count: 50 });
  const spoofed = { ...frame, destinationMac: "02:01:00:00:00:42", source: "10.1.1.1" };
  await sendFrames(lab, at, { frame: { ...spoofed, tags: [200, 1] }, count: 50 });
}

type HostileSpeaker = {
  tell(line: string): Promise<{ readonly resets: number }>;
  [Symbol.asyncDispose](): Promise<void>;
};

async function startHostileSpeaker(lab: string): Promise<HostileSpeaker> {
  const words = [process.execPath, program, "192.168.1.2", "192.168.1.1", "65002"];
  const [file, ...rest] = argvIn(lab, { node: "hostbad", vrf: "bad" }, words);
  const child = spawn(file, rest, { stdio: ["pipe", "pipe", "inherit"] });
  await nextLine(child);
  return {
    async tell(line) {
      const answer = nextLine(child);
      child.stdin.write(`${line}\n`);
      return JSON.parse(await answer) as { resets: number };
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
    },
  };
}
