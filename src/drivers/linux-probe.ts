/** The engineer in the Linux lab: real packets between real namespaces. */

import { spawn } from "node:child_process";
import { messageOf } from "../base/cause.ts";
import type { Clock } from "../base/clock.ts";
import type { FabricProbe, Place, PortPlace, Throughput } from "../fabric/probe.ts";
import { pulledAlias } from "./netns/diff.ts";
import { argvIn } from "./place-argv.ts";
import { argvAt, ipAt, nodePaths } from "./places.ts";
import { parseCapture } from "./probe/capture.ts";
import { startStream } from "./probe/stream.ts";
import { run, runAnyway } from "./run.ts";
import { wait } from "./wait.ts";

export type LinuxProbeOptions = { readonly lab: string; readonly clock: Clock };

/** Free for every test: servers live a few seconds in a namespace of their own. */
const iperfPort = 5201;
const silenceTable = "causeway-silence";

export function linuxProbe({ lab }: LinuxProbeOptions): FabricProbe {
  const at = (place: Place, argv: readonly [string, ...string[]]) => argvIn(lab, place, argv);
  const port = (place: PortPlace, argv: readonly [string, ...string[]]) =>
    argvAt(nodePaths(lab, place.node), "default", argv);
  return {
    kind: "linux",
    async ping({ from, to, count, ...request }) {
      const argv = at(from, ["ping", ...pingOptions(to, { count, ...request }), to]);
      const { stdout, stderr } = await runAnyway(
        { argv, why: `ping ${to}` },
        { timeoutMs: 600_000 },
      );
      return parsePing(`${stdout}\n${stderr}`, count);
    },
    tcp: (request) => measureTcp(lab, request),
    stream: (request) => startStream(lab, request),
    async captureTags({ at: place, source, count, timeoutMs }) {
      const seconds = `${Math.max(1, Math.ceil(timeoutMs / 1000))}`;
      const what = ["-i", place.port, "-s", "128"];
      const argv = port(place, ["timeout", "-s", "INT", seconds, "tcpdump", "-enn", "-l", ...what]);
      return captureUntil(argv, { source, count });
    },
    async setPort(place, up) {
      const alias = up ? "port" : pulledAlias;
      const lines = [
        `link set dev ${place.port} alias ${alias}`,
        `link set dev ${place.port} ${up ? "up" : "down"}`,
      ];
      const argv = ipAt(nodePaths(lab, place.node), "default", ["-batch", "-"]);
      const why = `${up ? "plug" : "pull"} ${place.node}:${place.port}`;
      await run({ argv, input: `${lines.join("\n")}\n`, why });
    },
    async setSilence(place, silent) {
      const table = `netdev ${silenceTable}-${place.port}`;
      const gone = `add table ${table}\ndelete table ${table}\n`;
      const rules =
        `table ${table} {\n chain silence {\n` +
        `  type filter hook ingress device "${place.port}" priority -500; policy drop;\n }\n}\n`;
      const argv = port(place, ["nft", "-f", "-"]);
      const why = `${silent ? "silence" : "unsilence"} ${place.node}:${place.port}`;
      await run({ argv, input: silent ? gone + rules : gone, why });
    },
    exec(place, argv) {
      const [program, ...rest] = argvIn(lab, place, argv);
      return new Promise((resolve, reject) => {
        const child = spawn(program, rest, { stdio: "inherit" });
        child.on("error", reject);
        child.on("exit", (code, signal) => resolve(code ?? (signal === null ? 1 : 128)));
      });
    },
  };
}

type PingOptions = Omit<Parameters<FabricProbe["ping"]>[0], "from" | "to">;

function pingOptions(
  to: string,
  { count, intervalMs, timeoutMs, bytes }: PingOptions,
): readonly string[] {
  const options = [
    "-n",
    "-c",
    `${count}`,
    "-i",
    `${intervalMs / 1000}`,
    "-W",
    `${timeoutMs / 1000}`,
  ];
  if (bytes === undefined) return options;
  // Of IP and ICMP: ping counts what is behind them.
  const headers = (to.includes(":") ? 40 : 20) + 8;
  return [...options, "-M", "do", "-s", `${bytes - headers}`];
}

type PingSummary = { sent: number; received: number; pathMtu?: number; rttMs?: number };

export function parsePing(text: string, count: number): PingSummary {
  const totals = /(\d+) packets transmitted, (\d+) received/.exec(text);
  const times = [...text.matchAll(/time[=<]([\d.]+) ms/g)]
    .map(([, ms]) => Number(ms))
    .sort((a, b) => a - b);
  const median = times[Math.floor(times.length / 2)];
  // A router's word, `(mtu = 1400)` or `mtu=1400`, or the sender's own, `mtu: 1400` of IPv6.
  const tooLarge = /mtu ?[=:] ?(\d+)/i.exec(text)?.[1];
  const summary = {
    sent: Number(totals?.[1] ?? count),
    received: Number(totals?.[2] ?? 0),
    ...(tooLarge === undefined ? {} : { pathMtu: Number(tooLarge) }),
  };
  return median === undefined ? summary : { ...summary, rttMs: median };
}

async function measureTcp(
  lab: string,
  request: { from: Place; to: Place; address: string; seconds: number; flows: number },
): Promise<Throughput> {
  const { from, to, address, seconds, flows } = request;
  const common = ["-p", `${iperfPort}`];
  const serve = argvIn(lab, to, ["iperf3", "-s", "-1", ...common]);
  const [program, ...rest] = serve;
  const server = spawn(program, rest, { stdio: "ignore" });
  server.on("error", () => {});
  try {
    await wait(200);
    const omit = seconds >= 3 ? ["-O", "1"] : [];
    const options = [
      "-J",
      "-t",
      `${seconds}`,
      "-P",
      `${flows}`,
      ...omit,
      "--connect-timeout",
      "3000",
    ];
    const client = argvIn(lab, from, ["iperf3", "-c", address, ...common, ...options]);
    const timeoutMs = (seconds + 20) * 1000;
    const { stdout, stderr } = await runAnyway({ argv: client, why: "measure TCP" }, { timeoutMs });
    return parseIperf(stdout) ?? { absent: stderr.trim() || "iperf3 gave no figure" };
  } catch (error) {
    return { absent: messageOf(error) };
  } finally {
    server.kill("SIGKILL");
  }
}

type IperfJson = { error?: string; end?: { sum_received?: { bits_per_second?: number } } };

export function parseIperf(text: string): Throughput | undefined {
  if (!text.trim().startsWith("{")) return undefined;
  const { error, end } = JSON.parse(text) as IperfJson;
  if (error !== undefined) return { absent: error };
  const bits = end?.sum_received?.bits_per_second;
  return bits === undefined ? undefined : { mbps: bits / 1_000_000 };
}

/** Reads what tcpdump prints until enough frames from the source have come, or until it ends. */
function captureUntil(
  argv: readonly [string, ...string[]],
  { source, count }: { source: string; count: number },
): Promise<readonly (readonly number[])[]> {
  const [program, ...rest] = argv;
  return new Promise((resolve, reject) => {
    const child = spawn(program, rest, { stdio: ["ignore", "pipe", "ignore"] });
    const enough = () => child.kill("SIGTERM");
    const frames: number[][] = [];
    let unfinished = "";
    child.stdout.on("data", (chunk: Buffer) => {
      const text = unfinished + chunk.toString("utf8");
      const end = text.lastIndexOf("\n") + 1;
      unfinished = text.slice(end);
      frames.push(...parseCapture(text.slice(0, end), source));
      if (frames.length >= count) enough();
    });
    child.on("error", reject);
    child.on("close", () => resolve(frames.slice(0, count)));
  });
}
