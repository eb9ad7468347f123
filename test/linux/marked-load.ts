/** Datagrams at a pace from a VRF, each kind to a port of its own; nftables writes the marks, for Node cannot. */
import { argvIn } from "../../src/drivers/place-argv.ts";
import { run } from "../../src/drivers/run.ts";
import type { Place } from "../../src/fabric/probe.ts";

export type Flow = {
  readonly address: string;
  /** A code point of RFC 2474. */
  readonly dscp: number;
  readonly mbps: number;
  readonly bytes?: number;
};

export const FIRST_PORT = 9000;

/** What goes to these ports leaves with the code point that the port is named after. */
export async function markByPort(
  lab: string,
  from: Place,
  marks: readonly number[],
): Promise<void> {
  const rules = marks.flatMap((dscp) =>
    ["ip", "ip6"].map(
      (family) =>
        `meta nfproto ipv${family === "ip" ? 4 : 6} udp dport ${FIRST_PORT + dscp} ${family} dscp set ${dscp}`,
    ),
  );
  const hook = "type filter hook output priority 0; policy accept;";
  const input = ["table inet marks {", "chain out {", hook, ...rules, "}", "}", ""].join("\n");
  await run({ argv: argvIn(lab, from, ["nft", "-f", "-"]), input, why: "mark by port" });
}

/** How many of each flow were sent: what has come due every so many milliseconds, at once. */
export async function sendLoad(
  lab: string,
  from: Place,
  { flows, seconds, everyMs = 2 }: { flows: readonly Flow[]; seconds: number; everyMs?: number },
): Promise<readonly number[]> {
  const list = flows.map(({ address, dscp, mbps, bytes = 1400 }) => ({
    ...{ address, bytes, port: FIRST_PORT + dscp, perMs: (mbps * 1000) / 8 / (bytes + 28) },
  }));
  const argv = argvIn(lab, from, [
    ...[process.execPath, "-e", pacedProgram],
    ...[JSON.stringify(list), `${seconds * 1000}`, `${everyMs}`],
  ]);
  const timeoutMs = seconds * 1000 + 60_000;
  return JSON.parse(await run({ argv, why: "send datagrams" }, { timeoutMs })) as number[];
}

/** What time asks for is sent, also where the machine came late. */
const pacedProgram = `
  const [list, ms, everyMs] = process.argv.slice(1).map((text) => JSON.parse(text));
  const dgram = require("node:dgram");
  const flows = list.map((flow) => {
    const socket = dgram.createSocket(flow.address.includes(":") ? "udp6" : "udp4");
    socket.on("error", () => {});
    return { ...flow, socket, data: Buffer.alloc(flow.bytes), sent: 0 };
  });
  const start = performance.now();
  const tick = () => {
    const passed = Math.min(performance.now() - start, ms);
    for (const flow of flows) {
      for (; flow.sent < passed * flow.perMs; flow.sent += 1)
        flow.socket.send(flow.data, flow.port, flow.address, () => {});
    }
    if (passed < ms) setTimeout(tick, everyMs);
    else {
      for (const { socket } of flows) socket.close();
      console.log(JSON.stringify(flows.map(({ sent }) => sent)));
    }
  };
  tick();
`;
