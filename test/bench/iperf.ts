/** iperf3 between two places, one way. */
import { spawn } from "node:child_process";
import { systemClock } from "../../src/base/clock.ts";
import { runAnyway } from "../../src/drivers/run.ts";

type In = (argv: readonly string[]) => [string, ...string[]];

export type IperfRequest = {
  readonly from: In;
  readonly to: In;
  readonly address: string;
  readonly seconds: number;
  /** Left out of the result: slow start, and the burst of a policer. */
  readonly omitSeconds: number;
  readonly flows?: number;
  /** Where several measure at once. */
  readonly port?: number;
  /** Datagrams in fragments of 1500 bytes at this rate, IP bytes counted; TCP without. */
  readonly udpMbps?: number;
};

export type IperfResult = {
  /** Payload that arrived. */
  readonly mbps: number;
  readonly sentMbps: number;
};

/**
 * A datagram of ten fragments of 1500 bytes: iperf3 makes a call for each datagram, and with one frame a
 * call this machine may not reach the load.
 */
const FRAGMENTS = 10;
const DATAGRAM_BYTES = FRAGMENTS * 1480 - 8;
const WIRE_BYTES = FRAGMENTS * 1500;
/** What datagrams of so much payload are on the wire, headers of IP and UDP with them. */
export function wireMbps(payloadMbps: number): number {
  return (payloadMbps * WIRE_BYTES) / DATAGRAM_BYTES;
}

export async function iperf(request: IperfRequest): Promise<IperfResult> {
  const { from, to, address, seconds, omitSeconds, flows = 1, udpMbps } = request;
  const port = `${request.port ?? 5301}`;
  const [program, ...rest] = to(["iperf3", "-s", "-1", "-p", port]);
  const server = spawn(program, rest, { stdio: "ignore" });
  server.on("error", () => {});
  const udp =
    udpMbps === undefined
      ? []
      : [
          ...["-u", "-l", `${DATAGRAM_BYTES}`],
          ...["-b", `${Math.round((udpMbps * 1e6 * DATAGRAM_BYTES) / WIRE_BYTES / flows)}`],
        ];
  try {
    await systemClock.sleep(300);
    const argv = from([
      ...["iperf3", "-J", "-c", address, "-p", port, "-t", `${seconds}`, "-O", `${omitSeconds}`],
      ...["-P", `${flows}`, "--connect-timeout", "3000", ...udp],
    ]);
    const timeoutMs = (seconds + omitSeconds + 30) * 1000;
    const { stdout, stderr } = await runAnyway({ argv, why: "measure" }, { timeoutMs });
    return resultOf(stdout, stderr);
  } finally {
    server.kill("SIGKILL");
  }
}

type Sum = { bits_per_second?: number; retransmits?: number };
type IperfJson = { error?: string; end?: { sum_received?: Sum; sum_sent?: Sum } };

function resultOf(stdout: string, stderr: string): IperfResult {
  const { error, end } = JSON.parse(stdout || "{}") as IperfJson;
  if (error !== undefined) throw new Error(`iperf3: ${error}`);
  const bits = end?.sum_received?.bits_per_second;
  if (bits === undefined) throw new Error(`iperf3 gave no figure: ${stderr.slice(0, 300)}`);
  return { mbps: bits / 1e6, sentMbps: (end?.sum_sent?.bits_per_second ?? bits) / 1e6 };
}
