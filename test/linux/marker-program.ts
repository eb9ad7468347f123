/**
 * Runs inside namespaces. `answer NAME ADDRESS PORT` answers every datagram with its name and, asked by a
 * line, prints what it saw; `ask TEXT ADDRESS PORT` sends the text on 16 flows and prints who answered.
 */
import { createSocket } from "node:dgram";

const FLOWS = 16;
const ROUNDS = 20;
const [verb, text = "", address = "", port] = process.argv.slice(2);
const family = address.includes(":") ? "udp6" : "udp4";

if (verb === "answer") answer();
if (verb === "ask") await ask();

function answer(): void {
  const seen: Record<string, number> = {};
  const socket = createSocket(family);
  socket.on("message", (message, from) => {
    const marker = message.toString();
    seen[marker] = (seen[marker] ?? 0) + 1;
    socket.send(`answer:${text} ${marker}`, from.port, from.address, () => {});
  });
  socket.bind(Number(port), address, () => process.stdout.write("ready\n"));
  process.stdin.on("data", () => process.stdout.write(`${JSON.stringify(seen)}\n`));
  process.stdin.on("end", () => process.exit());
}

async function ask(): Promise<void> {
  const answers: Record<string, number> = {};
  const sockets = Array.from({ length: FLOWS }, () => createSocket(family));
  for (const socket of sockets) {
    socket.on("error", () => {});
    socket.on("message", (message) => {
      const name = message.toString();
      answers[name] = (answers[name] ?? 0) + 1;
    });
  }
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const socket of sockets) socket.send(text, Number(port), address, () => {});
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  await new Promise((resolve) => setTimeout(resolve, 500));
  process.stdout.write(`${JSON.stringify(answers)}\n`, () => process.exit());
}
