import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { Vty } from "./vty.ts";

const path = join(tmpdir(), `causeway-vty-${process.pid}`);
const answer = (text: string, status: number) =>
  Buffer.from(`${text}\0\0\0${String.fromCharCode(status)}`);
let close = async () => {};

/** A daemon that says `pieces`, one write each, once it has heard as many lines as are asked. */
async function daemon(lines: number, pieces: readonly Buffer[]): Promise<Vty> {
  let heard = 0;
  const speak = async (socket: Socket) => {
    for (const piece of pieces) {
      socket.write(piece);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  const server = createServer((socket) => {
    socket.on("data", (chunk) => {
      heard += chunk.toString().split("\0").length - 1;
      if (heard === lines) void speak(socket);
    });
    socket.on("error", () => {});
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  close = () => new Promise((resolve) => server.close(() => resolve()));
  return Vty.open(path);
}

afterEach(async () => {
  await close();
  close = async () => {};
});

test("lines sent together are answered in their order, however the answers are cut", async () => {
  const whole = Buffer.concat([answer("", 0), answer("one\n", 0), answer("% no\n", 2)]);
  for (let cut = 1; cut < whole.length; cut += 1) {
    const vty = await daemon(3, [whole.subarray(0, cut), whole.subarray(cut)]);
    const answers = await Promise.all(["a", "b", "c"].map((line) => vty.ask(line)));
    expect(answers.map(({ text, ok }) => [text, ok])).toEqual([
      ["", true],
      ["one\n", true],
      ["% no\n", false],
    ]);
    await vty[Symbol.asyncDispose]();
    await close();
  }
});

test("a daemon that closes its vty fails all lines that wait", async () => {
  const vty = await daemon(2, [answer("one", 0)]);
  const answers = Promise.allSettled([vty.ask("a"), vty.ask("b"), vty.ask("c")]);
  await vty[Symbol.asyncDispose]();
  expect((await answers).map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
});
