/**
 * Datagrams at a pace, one way, without a conversation about them: iperf3 asks the other end by the same link, and
 * gives up where four of its loads have filled that.
 */
import { run } from "../../src/drivers/run.ts";

type In = (argv: readonly string[]) => [string, ...string[]];

export type Flood = {
  readonly from: In;
  readonly to: In;
  readonly address: string;
  readonly port: number;
  /**
   * Sent by the one that is called, to whoever called it: the way through a translation that nobody calls into.
   */
  readonly isAnswer?: boolean;
};

/** Ten fragments each: with a call for every frame, this machine may not reach the load. */
const DATAGRAM_BYTES = { ipv4: 10 * 1480 - 8, ipv6: 10 * 1448 - 8 };
const WIRE_BYTES = { ipv4: 10 * 1500, ipv6: 10 * 1496 };

/** What was sent, in IP bytes, in Mbit/s over the whole time. */
export async function flood(
  { from, to, address, port, isAnswer = false }: Flood,
  { mbps, seconds }: { mbps: number; seconds: number },
): Promise<number> {
  const family = address.includes(":") ? "ipv6" : "ipv4";
  const perMs = (mbps * 1000) / 8 / WIRE_BYTES[family];
  const words = [address, `${port}`, `${DATAGRAM_BYTES[family]}`, `${perMs}`, `${seconds * 1000}`];
  const node = [process.execPath, "-e"];
  const timeout = { timeoutMs: (seconds + 60) * 1000 };
  const pace = (at: In, program: string) =>
    run({ argv: at([...node, program, ...words]), why: "send datagrams" }, timeout);
  const text = isAnswer
    ? (await Promise.all([pace(to, answering), pace(from, calling)]))[0]
    : await pace(from, sending);
  return (Number(text) * WIRE_BYTES[family] * 8) / (seconds * 1e6);
}

/** What time asks for is sent, also where the machine came late, and what the socket has not taken yet is waited for. */
const paced = `
  const [address, ...numbers] = process.argv.slice(1);
  const [port, bytes, perMs, ms] = numbers.map(Number);
  const socket = require("node:dgram").createSocket(address.includes(":") ? "udp6" : "udp4");
  socket.on("error", () => {});
  const data = Buffer.alloc(bytes);
  const sendTo = (toPort, toAddress) => {
    const start = performance.now();
    let asked = 0, sent = 0, open = 0;
    const tick = () => {
      const passed = Math.min(performance.now() - start, ms);
      for (; asked < passed * perMs && open < 64; asked += 1) {
        open += 1;
        socket.send(data, toPort, toAddress, (error) => {
          open -= 1;
          if (!error) sent += 1;
        });
      }
      if (passed < ms) setTimeout(tick, 1);
      else socket.close(() => console.log(sent));
    };
    tick();
  };
`;
const sending = `${paced} sendTo(port, address);`;
const answering = `${paced}
  socket.once("message", (_, from) => sendTo(from.port, from.address));
  socket.bind(port, address);
  setTimeout(() => process.exit(1), ms + 30_000).unref();
`;
/** Calls until all is over: who called first may have been too early. */
const calling = `${paced}
  const call = setInterval(() => socket.send("call", port, address, () => {}), 200);
  setTimeout(() => { clearInterval(call); socket.close(); }, ms + 1_000);
`;
