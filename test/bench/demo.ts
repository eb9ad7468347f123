import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { razeCabling } from "../../src/drivers/cabling.ts";
import { answers } from "../../src/main/answers.ts";
import { DataFolder } from "../../src/main/data-folder.ts";
import type { DemoResult } from "../../src/main/demo/result.ts";
import { type Bench, type Benchmark, temporaryFolder } from "./benchmark.ts";
import type { Figure } from "./figures.ts";
import { startProgram } from "./program.ts";

export const demo: Benchmark = {
  name: "demo",
  story:
    "The whole demo of six variants as its own process, lab made and taken away; and a server's start, from the process to the API's first answer, on a machine without a lab and on the lab that a former server left.",
  run,
};

const command = fileURLToPath(new URL("../../bin/causeway.mjs", import.meta.url));

async function run(bench: Bench): Promise<Figure[]> {
  const runs = bench.number("runs", 1);
  const wholes: number[] = [];
  for (let index = 0; index < runs; index += 1) {
    const { seconds, result } = await runDemo();
    wholes.push(seconds);
    const failed = result.variants.filter(({ pass }) => !pass).map(({ name }) => name);
    bench.say(
      `  demo ${index + 1}/${runs}: ${seconds.toFixed(1)} s${failed.length > 0 ? `, failed: ${failed.join(", ")}` : ""}`,
    );
    bench.keep(`demo ${index + 1}`, result);
    if (failed.length > 0)
      throw new Error(
        `The demo failed: ${result.variants.flatMap(({ name, failures }) => failures.map((each) => `${name}: ${each}`)).join("; ")}`,
      );
  }
  const { cold, warm } = await serverStarts(bench, Math.max(runs, 3));
  return [
    { name: "whole demo", unit: "s", samples: wholes, target: { of: "max", most: 120 } },
    { name: "server start, no lab there", unit: "s", samples: cold },
    { name: "server start, lab adopted", unit: "s", samples: warm },
  ];
}

async function runDemo(): Promise<{ seconds: number; result: DemoResult }> {
  const started = performance.now();
  const child = spawn(process.execPath, [command, "demo", "--json"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  child.stdout.on("data", (chunk: Buffer) => {
    text += chunk.toString("utf8");
  });
  await new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  return {
    seconds: (performance.now() - started) / 1000,
    result: JSON.parse(text) as DemoResult,
  };
}

async function serverStarts(
  bench: Bench,
  runs: number,
): Promise<{ cold: number[]; warm: number[] }> {
  const cold: number[] = [];
  const warm: number[] = [];
  for (let index = 0; index < runs; index += 1) {
    const data = await temporaryFolder(bench);
    const clear = bench.atEnd(async () => {
      const lab = await new DataFolder(data).readLab();
      if (lab !== undefined) await razeCabling(lab);
    });
    cold.push(await startAndStop(bench, data));
    warm.push(await startAndStop(bench, data));
    bench.say(
      `  server ${index + 1}/${runs}: cold ${cold.at(-1)?.toFixed(2)} s, warm ${warm.at(-1)?.toFixed(2)} s`,
    );
    await clear();
  }
  return { cold, warm };
}

async function startAndStop(bench: Bench, data: string): Promise<number> {
  const started = performance.now();
  const server = await startProgram(bench, [
    command,
    ...["up", "--data", data, "--listen", "127.0.0.1:0", "--nodes", "linux", "--json"],
  ]);
  const { endpoint } = JSON.parse(await server.firstLine) as { endpoint: string };
  if (!(await answers(endpoint, new DataFolder(data))))
    throw new Error(`${endpoint} does not answer`);
  const seconds = (performance.now() - started) / 1000;
  await server.stop();
  return seconds;
}
