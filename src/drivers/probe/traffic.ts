/**
 * A program of its own, run inside namespaces: `echo PORT ADDRESS` sends every datagram back; `send ADDRESS
 * PORT INTERVAL FLOWS` sends on several flows and watches what comes back. It prints `ready`, and the
 * sender its result when its input ends. Times are monotonic.
 */
import { createSocket, type Socket } from "node:dgram";

type Flow = {
  readonly socket: Socket;
  sent: number;
  received: number;
  /** When the last echo came, and the longest pause so far. */
  last: number;
  pause: number;
};

/** Time for what is under way when the sender is told to stop. */
const lingerMs = 300;

const [verb, ...words] = process.argv.slice(2);
if (verb === "echo") echo(Number(words[0]), words[1] ?? "");
if (verb === "send") {
  const [address = "", port, interval, flows] = words;
  await send({ address, port: Number(port), intervalMs: Number(interval), flows: Number(flows) });
}

function echo(port: number, address: string): void {
  const socket = socketFor(address);
  socket.on("message", (message, { address: host, port: from }) =>
    socket.send(message, from, host),
  );
  socket.on("error", () => {});
  socket.bind(port, address, () => process.stdout.write("ready\n"));
  process.stdin.resume();
  process.stdin.on("end", () => process.exit());
}

async function send(request: {
  address: string;
  port: number;
  intervalMs: number;
  flows: number;
}): Promise<void> {
  const { address, port, intervalMs } = request;
  const flows = await Promise.all(
    Array.from({ length: request.flows }, () => openFlow(address, port)),
  );
  const started = performance.now();
  for (const flow of flows) flow.last = started;
  // One flow after the other, not all in one burst: a pause is so seen as exactly as the whole stream is dense.
  const apartMs = intervalMs / flows.length;
  // Timers are late under load: every tick sends all that is due, so that the rate holds.
  const tick = () => {
    const elapsed = performance.now() - started;
    for (const [index, flow] of flows.entries()) {
      const due = Math.floor((elapsed - index * apartMs) / intervalMs) + 1;
      for (; flow.sent < due; flow.sent += 1) {
        const message = Buffer.alloc(64);
        message.writeUInt32BE(flow.sent);
        flow.socket.send(message, () => {});
      }
    }
  };
  const timer = setInterval(tick, Math.max(1, Math.min(apartMs, 10)));
  process.stdout.write("ready\n");
  process.stdin.resume();
  process.stdin.on("end", () => {
    clearInterval(timer);
    const stopped = performance.now();
    setTimeout(() => finish(flows, { stopped, intervalMs }), lingerMs);
  });
}

function openFlow(address: string, port: number): Promise<Flow> {
  const socket = socketFor(address);
  const flow: Flow = { socket, sent: 0, received: 0, last: 0, pause: 0 };
  socket.on("message", () => {
    const now = performance.now();
    flow.received += 1;
    flow.pause = Math.max(flow.pause, now - flow.last);
    flow.last = now;
  });
  // A route that is missing for a while is what is being measured.
  socket.on("error", () => {});
  return new Promise((resolve) => socket.connect(port, address, () => resolve(flow)));
}

function finish(
  flows: readonly Flow[],
  { stopped, intervalMs }: { stopped: number; intervalMs: number },
): void {
  for (const flow of flows) flow.pause = Math.max(flow.pause, stopped - flow.last);
  const total = (field: "sent" | "received") => flows.reduce((sum, flow) => sum + flow[field], 0);
  const pause = Math.max(0, ...flows.map((flow) => flow.pause));
  const result = {
    sent: total("sent"),
    received: total("received"),
    blackoutMs: Math.max(0, pause - intervalMs),
  };
  process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit());
}

function socketFor(address: string): Socket {
  return createSocket(address.includes(":") ? "udp6" : "udp4");
}
