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
  /** Datagrams at this rate; TCP without. */
  readonly udpMbps?: number;
  /** Whole IP packet of a datagram. */
  readonly packetBytes?: number;
};

export type IperfResult = {
  /** What arrived, payload of TCP or UDP. */
  readonly mbps: number;
  /** What arrived, IP bytes; datagrams only. */
  readonly l3Mbps?: number;
  readonly retransmits?: number;
};

const IP_AND_UDP = 28;
const port = "5301";

export async function iperf(request: IperfRequest): Promise<IperfResult> {
  const { from, to, address, seconds, omitSeconds, flows = 1, udpMbps } = request;
  const [program, ...rest] = to(["iperf3", "-s", "-1", "-p", port]);
  const server = spawn(program, rest, { stdio: "ignore" });
  server.on("error", () => {});
  const payload = (request.packetBytes ?? 1500) - IP_AND_UDP;
  const udp =
    udpMbps === undefined
      ? []
      : [
          "-u",
          "-b",
          `${Math.round((udpMbps * 1e6 * payload) / (payload + IP_AND_UDP) / flows)}`,
          "-l",
          `${payload}`,
        ];
  try {
    await systemClock.sleep(300);
    const argv = from([
      ...["iperf3", "-J", "-c", address, "-p", port, "-t", `${seconds}`, "-O", `${omitSeconds}`],
      ...["-P", `${flows}`, "--connect-timeout", "3000", "--get-server-output", ...udp],
    ]);
    const timeoutMs = (seconds + omitSeconds + 30) * 1000;
    const { stdout, stderr } = await runAnyway({ argv, why: "measure" }, { timeoutMs });
    return resultOf(stdout, stderr, payload);
  } finally {
    server.kill("SIGKILL");
  }
}

type Sum = { bits_per_second?: number; retransmits?: number };
type Interval = { sum?: Sum & { omitted?: boolean; seconds?: number; bytes?: number } };
type IperfJson = {
  error?: string;
  end?: { sum_received?: Sum; sum_sent?: Sum };
  server_output_json?: { intervals?: Interval[] };
};

function resultOf(stdout: string, stderr: string, payload: number): IperfResult {
  const { error, end, server_output_json: server } = JSON.parse(stdout || "{}") as IperfJson;
  if (error !== undefined) throw new Error(`iperf3: ${error}`);
  const retransmits = end?.sum_sent?.retransmits;
  if (retransmits !== undefined) return { mbps: mega(end?.sum_received), retransmits };
  // What the receiver counted, second by second: the client's own sum knows what it sent, no more.
  const counted = (server?.intervals ?? []).flatMap(({ sum }) =>
    sum?.omitted === true || (sum?.seconds ?? 0) < 0.5 ? [] : [sum],
  );
  if (counted.length === 0) throw new Error(`iperf3 counted nothing: ${stderr.slice(0, 300)}`);
  const bytes = counted.reduce((sum, each) => sum + (each?.bytes ?? 0), 0);
  const time = counted.reduce((sum, each) => sum + (each?.seconds ?? 0), 0);
  const mbps = (bytes * 8) / time / 1e6;
  return { mbps, l3Mbps: (mbps * (payload + IP_AND_UDP)) / payload };
}

function mega(sum: Sum | undefined): number {
  return (sum?.bits_per_second ?? 0) / 1e6;
}
