/** Starts the echo and the flows of a stream in their places; `traffic.ts` is what runs there. */
import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Place, Stream, StreamResult } from "../../fabric/probe.ts";
import { argvIn } from "../place-argv.ts";

export type StreamRequest = {
  readonly from: Place;
  readonly to: Place;
  readonly address: string;
  readonly intervalMs: number;
  readonly flows: number;
  readonly signal: AbortSignal;
};

/** In the published package the program beside this file is JavaScript, in the source it is TypeScript. */
const program = fileURLToPath(
  new URL(`./traffic.${import.meta.url.split(".").at(-1)}`, import.meta.url),
);
const port = 7007;

export async function startStream(lab: string, request: StreamRequest): Promise<Stream> {
  const { from, to, address, intervalMs, flows, signal } = request;
  const echo = start(argvIn(lab, to, [process.execPath, program, "echo", `${port}`, address]));
  await firstLine(echo);
  const sending = ["send", address, `${port}`, `${intervalMs}`, `${flows}`];
  const sender = start(argvIn(lab, from, [process.execPath, program, ...sending]));
  await firstLine(sender);
  const end = () => {
    sender.kill("SIGKILL");
    echo.kill("SIGKILL");
  };
  signal.addEventListener("abort", end, { once: true });
  return {
    async stop() {
      try {
        const told = firstLine(sender);
        sender.stdin?.end();
        return JSON.parse(await told) as StreamResult;
      } finally {
        signal.removeEventListener("abort", end);
        end();
      }
    },
  };
}

function start([file, ...rest]: readonly [string, ...string[]]): ChildProcess {
  return spawn(file, rest, { stdio: ["pipe", "pipe", "pipe"] });
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    let complaint = "";
    const take = (chunk: Buffer) => {
      text += chunk.toString("utf8");
      if (!text.includes("\n")) return;
      child.stdout?.off("data", take);
      resolve(text.split("\n")[0] ?? "");
    };
    child.stdout?.on("data", take);
    child.stderr?.on("data", (chunk: Buffer) => {
      complaint += chunk.toString("utf8");
    });
    child.on("error", reject);
    child.on("close", () =>
      reject(new Error(`the stream ended early: ${complaint.slice(0, 500)}`)),
    );
  });
}
