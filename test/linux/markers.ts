/** Marked datagrams: who answers them, who saw them, and with which tags they were on a wire. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { argvIn } from "../../src/drivers/place-argv.ts";
import { argvAt, nodePaths } from "../../src/drivers/places.ts";
import { run } from "../../src/drivers/run.ts";
import type { Place, PortPlace } from "../../src/fabric/probe.ts";
import { nextLine } from "./next-line.ts";

const program = fileURLToPath(new URL("./marker-program.ts", import.meta.url));
export const MARKER_PORT = 7100;

export interface Answerer extends AsyncDisposable {
  /** Every text that arrived, and how often. */
  seen(): Promise<Readonly<Record<string, number>>>;
}

export async function startAnswerer(
  lab: string,
  { at, name, address }: { at: Place; name: string; address: string },
): Promise<Answerer> {
  const words = [process.execPath, program, "answer", name, address, `${MARKER_PORT}`];
  const [file, ...rest] = argvIn(lab, at, words);
  const child = spawn(file, rest, { stdio: ["pipe", "pipe", "inherit"] });
  await nextLine(child);
  return {
    async seen() {
      const line = nextLine(child);
      child.stdin.write("\n");
      return JSON.parse(await line) as Record<string, number>;
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
    },
  };
}

/** Sends the text on many flows; the answers, and how often each came. */
export async function ask(
  lab: string,
  { from, address, text }: { from: Place; address: string; text: string },
): Promise<Readonly<Record<string, number>>> {
  const words = [process.execPath, program, "ask", text, address, `${MARKER_PORT}`];
  return JSON.parse(await run({ argv: argvIn(lab, from, words), why: `send ${text}` })) as Record<
    string,
    number
  >;
}

export type Sighting = { readonly tags: readonly number[]; readonly text: string };

export interface Watch {
  /** Ends the capture: the frames that carried a text with `marker:` in it. */
  stop(): Promise<readonly Sighting[]>;
}

export async function watchPort(lab: string, { node, port }: PortPlace): Promise<Watch> {
  const words = ["tcpdump", "-i", port, "-enn", "-A", "-l", "-s", "256"] as const;
  const [file, ...rest] = argvAt(nodePaths(lab, node), "default", words);
  const child = spawn(file, rest, { stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  child.stdout.on("data", (chunk: Buffer) => {
    text += chunk.toString("latin1");
  });
  await new Promise<void>((resolve, reject) => {
    child.stderr.on("data", (chunk: Buffer) => {
      if (chunk.toString().includes("listening on")) resolve();
    });
    child.once("close", () => reject(new Error(`tcpdump on ${node}:${port} ended`)));
  });
  return {
    async stop() {
      const closed = new Promise((resolve) => child.once("close", resolve));
      child.kill("SIGINT");
      await closed;
      return sightingsIn(text);
    },
  };
}

/** Each frame is a line of time and headers, and then its bytes as text. */
export function sightingsIn(text: string): Sighting[] {
  return text.split(/^(?=\d\d:\d\d:\d\d\.\d+ )/m).flatMap((frame) => {
    const [head = ""] = frame.split("\n");
    const marker = /marker:[a-z0-9-]+/.exec(frame)?.[0];
    if (marker === undefined) return [];
    return [
      { tags: [...head.matchAll(/\bvlan (\d+)/g)].map(([, tag]) => Number(tag)), text: marker },
    ];
  });
}
