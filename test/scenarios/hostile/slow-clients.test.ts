/** Against the real socket: who is slow, floods or talks nonsense is cut off, and others are served meanwhile. */
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setInterval as every } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Api, startApi } from "../../../src/api/api-fixture.ts";
import { systemClock } from "../../../src/base/clock.ts";
import { seededRandom } from "../../../src/base/random.ts";
import { DataFolder } from "../../../src/main/data-folder.ts";
import { type Listener, listen } from "../../../src/main/listener.ts";
import { faultLog } from "./fault-log.ts";

/** So short here that nobody waits; a byte comes far more often. */
const requestMs = 400;
const byteMs = 20;

let api: Api;
let listener: Listener;
const { log, faults } = faultLog();
const folder = mkdtempSync(join(tmpdir(), "causeway-slow-"));
const options = {
  folder: new DataFolder(folder),
  listen: { host: "127.0.0.1", port: 0 },
  security: { kind: "plain" },
  clock: systemClock,
  log,
  requestMs,
} as const;
beforeAll(async () => {
  api = startApi({ log });
  await api.tokenOf("customer");
  listener = await listen((request) => api.raw(request), options);
});
afterAll(async () => {
  await listener.stop();
  await api[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

const metadata = "/metadata/endpoints?api-version=2022-09-01";

async function isServed(): Promise<boolean> {
  const response = await fetch(listener.endpoint + metadata);
  const { name } = (await response.json()) as { name: string };
  return response.status === 200 && name === "Causeway";
}

async function dial(endpoint = listener.endpoint): Promise<Socket> {
  const socket = connect(Number(new URL(endpoint).port), "127.0.0.1");
  socket.on("error", () => {});
  await once(socket, "connect");
  return socket;
}

/** In peace or not. */
function hungUp(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once("close", () => resolve()));
}

/** Sends one byte after the other for as long as it is let. */
async function dribble(socket: Socket, start: string, byte: string): Promise<string> {
  let answer = "";
  socket.on("data", (data) => {
    answer += data;
  });
  socket.write(start);
  const over = new AbortController();
  socket.once("close", () => over.abort());
  try {
    for await (const _ of every(byteMs, undefined, { signal: over.signal })) socket.write(byte);
  } catch {
    // The server has hung up.
  }
  return answer.split("\r\n")[0] ?? "";
}

const head = (more: string) => `POST /adfs/oauth2/token HTTP/1.1\r\nHost: api\r\n${more}`;

test.each([
  ["headers", head("X-Slow: "), "a"],
  ["a body of stated length", head("Content-Length: 1000000\r\n\r\n"), "a"],
  ["a body in chunks", head("Transfer-Encoding: chunked\r\n\r\n"), "1\r\na\r\n"],
])("who sends %s byte by byte is cut off, and others are served", async (_, start, byte) => {
  const slow = Array.from({ length: 50 }, async () => dribble(await dial(), start, byte));
  expect(await isServed()).toBe(true);
  const answers = await Promise.all(slow);
  for (const answer of answers) expect(answer).toMatch(/^(HTTP\/1\.1 4(00|08) .*)?$/);
  expect(await isServed()).toBe(true);
  expect(faults).toEqual([]);
});

test.each([
  ["a hundred thousand header bytes", head(`X-Flood: ${"a".repeat(100_000)}\r\n\r\n`), 431],
  ["ten thousand headers", head(`${"X: 1\r\n".repeat(10_000)}\r\n`), 431],
  ["nonsense", "\u0000\u0001 nonsense\r\n\r\n", 400],
  ["two lengths", head("Content-Length: 1\r\nContent-Length: 2\r\n\r\n"), 400],
  ["a length and chunks", head("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"), 400],
  ["no host", "GET /subscriptions HTTP/1.1\r\n\r\n", 400],
  [
    "a host that is none",
    "GET /subscriptions HTTP/1.1\r\nHost: a b/\\^\r\nConnection: close\r\n\r\n",
    400,
  ],
  [
    "an absolute address of elsewhere",
    "GET http://[/subscriptions HTTP/1.1\r\nHost: api\r\nConnection: close\r\n\r\n",
    400,
  ],
])("%s: refused", async (_, text, status) => {
  const socket = await dial();
  let answer = "";
  socket.on("data", (data) => {
    answer += data;
  });
  socket.write(text);
  await hungUp(socket);
  // Where the server hangs up on a flood, the answer may be lost with it.
  expect(answer).toMatch(new RegExp(`^(HTTP/1.1 ${status} |$)`));
  expect(await isServed()).toBe(true);
  expect(faults).toEqual([]);
});

test("noise of any kind stops nothing", async () => {
  const random = seededRandom(5);
  await Promise.all(
    Array.from({ length: 100 }, async () => {
      const socket = await dial();
      socket.end(random.bytes(300));
      await hungUp(socket.resume());
    }),
  );
  expect(await isServed()).toBe(true);
  expect(faults).toEqual([]);
});

test("a slow client does not keep the server from stopping", async () => {
  const clock = { ...systemClock, sleep: async () => {} };
  const other = await listen((request) => api.raw(request), {
    ...options,
    clock,
    requestMs: 60_000,
  });
  const slow = dribble(await dial(other.endpoint), head("Content-Length: 1000\r\n\r\n"), "a");
  await fetch(other.endpoint + metadata);
  await other.stop();
  expect(await slow).toBe("");
});
