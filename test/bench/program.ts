/** A Causeway server as a process of its own, ended at the latest when the benchmark ends. */
import { spawn } from "node:child_process";
import type { Bench } from "./benchmark.ts";

export type Program = {
  readonly pid: number;
  readonly firstLine: Promise<string>;
  stop(): Promise<void>;
};

export async function startProgram(bench: Bench, words: readonly string[]): Promise<Program> {
  const child = spawn(process.execPath, words, { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => {
    said = (said + chunk.toString("utf8")).slice(-4000);
  });
  const ended = new Promise<void>((resolve) => {
    child.once("close", () => resolve());
  });
  const firstLine = new Promise<string>((resolve, reject) => {
    let text = "";
    child.stdout.on("data", (chunk: Buffer) => {
      text += chunk.toString("utf8");
      if (text.includes("\n")) resolve(text.split("\n")[0] ?? "");
    });
    child.once("error", reject);
    child.once("close", () => reject(new Error(`the program ended: ${said}`)));
  });
  const stop = bench.atEnd(async () => {
    child.kill("SIGTERM");
    await ended;
  });
  return { pid: child.pid ?? 0, firstLine, stop };
}
