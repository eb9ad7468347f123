/**
 * Runs inside a namespace: a BGP speaker that means no good. It does what the lines on its input say, one after
 * the other, and answers each with a line of what it did. RFC 4271 §4 (messages), RFC 6793 (four-byte AS numbers).
 *
 *   announce PREFIX...      a route to each
 *   table COUNT             so many /24 from 20.0.0.0 on
 *   flap COUNT              a hundred of them taken back and told again, so often
 *   fuzz COUNT SEED         updates with some bytes changed
 */
import { connect, type Socket } from "node:net";
import { createInterface } from "node:readline";
import { Dice } from "../twin/dice.ts";
import { keepalive, open, update, withdrawal } from "./bgp-messages.ts";

const [local = "", remote = "", asnText = ""] = process.argv.slice(2);
const asn = Number(asnText);
const RETRY_MS = 200;
const HEADER_BYTES = 19;

let socket: Socket | undefined;
let connections = 0;
let received = 0;

/** A session, whatever became of the last: a reset is what a fuzzer earns. */
async function session(): Promise<Socket> {
  while (socket === undefined || socket.destroyed) {
    socket = await call().catch(async () => {
      await pause(RETRY_MS);
      return undefined;
    });
  }
  return socket;
}

function call(): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const next = connect({ host: remote, port: 179, localAddress: local });
    next.setTimeout(5_000, () => next.destroy());
    let isOpen = false;
    next.on("connect", () => next.write(open({ asn, routerId: local })));
    next.on("data", (chunk: Buffer) => {
      received += chunk.length;
      next.setTimeout(0);
      // The first answer has the neighbor's OPEN in it; more than this speaker needs to know of it.
      if (!isOpen && chunk.length >= HEADER_BYTES) {
        isOpen = true;
        next.write(keepalive());
        connections += 1;
        setTimeout(() => resolve(next), 300);
      }
    });
    next.on("error", () => {});
    next.on("close", () => reject(new Error("closed")));
  });
}

async function send(message: Buffer): Promise<boolean> {
  const at = await session();
  return new Promise((resolve) => {
    at.write(message, (error) => resolve(error === undefined || error === null));
  });
}

const prefixesOf = (count: number) =>
  Array.from({ length: count }, (_, index) => {
    const number = index * 256;
    return `${20 + (number >> 24)}.${(number >> 16) & 255}.${(number >> 8) & 255}.0/24`;
  });

async function act(line: string): Promise<unknown> {
  const [verb, ...words] = line.split(" ");
  const before = connections;
  if (verb === "announce") await send(update({ asn, nextHop: local, prefixes: words }));
  if (verb === "table") {
    const all = prefixesOf(Number(words[0]));
    const at = await session();
    // A session that was ended for it is not let in again at once.
    for (let from = 0; from < all.length && !at.destroyed; from += 900) {
      await send(update({ asn, nextHop: local, prefixes: all.slice(from, from + 900) }));
    }
  }
  if (verb === "flap") await flap(Number(words[0]));
  if (verb === "fuzz") await fuzz(Number(words[0]), new Dice(Number(words[1])));
  return { did: line.slice(0, 60), resets: connections - before, received };
}

async function flap(count: number): Promise<void> {
  const some = prefixesOf(100);
  for (let turn = 0; turn < count; turn += 1) {
    await send(withdrawal(some));
    await send(update({ asn, nextHop: local, prefixes: some }));
    if (turn % 20 === 19) await pause(20);
  }
}

async function fuzz(count: number, dice: Dice): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) {
    const prefixes = prefixesOf(dice.between(1, 40));
    const message = Buffer.from(update({ asn, nextHop: local, prefixes }));
    const changes = dice.between(1, 6);
    for (let change = 0; change < changes; change += 1) {
      // Mostly behind the header, or nothing but the header would ever be read.
      const least = dice.chance(10) ? 0 : HEADER_BYTES;
      message[dice.between(least, message.length - 1)] = dice.between(0, 255);
    }
    await send(message);
    // Whoever sends on after an error is not heard: what became of this one, before the next.
    if (turn % 4 === 3) await pause(5);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

setInterval(() => {
  if (socket !== undefined && !socket.destroyed) socket.write(keepalive());
}, 2_000).unref();
await session();
process.stdout.write("ready\n");
for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await act(line))}\n`);
}
process.exit();
