/** What every benchmark gets, and how its lab comes and goes. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { UpOptions } from "../../src/main/commands/context.ts";
import { signIn, standing } from "../../src/main/demo/demo.ts";
import type { Parties } from "../../src/main/demo/order.ts";
import { type Up, up } from "../../src/main/up.ts";
import type { Figure } from "./figures.ts";

export type Benchmark = {
  readonly name: string;
  /** What is measured, in one or two sentences, for the published page. */
  readonly story: string;
  run(bench: Bench): Promise<readonly Figure[]>;
};

export type Bench = {
  readonly say: (line: string) => void;
  /** Given on the command line: how many runs, cuts, circuits, and of which variant. */
  readonly option: (name: string) => string | undefined;
  readonly number: (name: string, usual: number) => number;
  /** Kept with the raw data, beside the figures' samples. */
  readonly keep: (name: string, value: unknown) => void;
  /** Done at the end and when interrupted, the last first; each once. */
  readonly atEnd: (clear: () => Promise<void>) => () => Promise<void>;
};

export type Lab = { readonly running: Up; readonly parties: Parties; clear(): Promise<void> };

/** A lab of its own with a server in this process. */
export async function raiseLab(bench: Bench, options: Partial<UpOptions> = {}): Promise<Lab> {
  const data = await temporaryFolder(bench);
  const running = await up(
    { data, listen: "127.0.0.1:0", nodes: "linux", ...options },
    { say: (line) => bench.say(`  ${line}`) },
  );
  const clear = bench.atEnd(async () => {
    await running.stop();
    await running.backend.raze();
    const left = await running.backend.leftovers();
    if (left.length > 0) throw new Error(`The lab left behind: ${left.join("; ")}`);
  });
  const parties = await signIn(running);
  await standing(parties, running.backend.clock);
  return { running, parties, clear };
}

export async function temporaryFolder(bench: Bench): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "causeway-bench-"));
  bench.atEnd(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
