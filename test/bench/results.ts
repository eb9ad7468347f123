/** Tables, raw data and the published page. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { cpus, release, totalmem } from "node:os";
import { fileURLToPath } from "node:url";
import { type Figure, isMet, print, summaryOf, targetText } from "./figures.ts";
import { frrVersion } from "./frr-version.ts";

export type Outcome = {
  readonly name: string;
  readonly story: string;
  /** The words that were given besides: ` --cuts 10`. */
  readonly given?: string;
  readonly startedAt: string;
  readonly seconds: number;
  readonly figures: readonly Figure[];
  readonly failure?: string;
  readonly extra: Readonly<Record<string, unknown>>;
  readonly machine: Machine;
};

export type Machine = {
  readonly kernel: string;
  readonly cores: number;
  readonly cpu: string;
  readonly memoryGib: number;
  readonly node: string;
  readonly frr: string;
};

const root = new URL("../../", import.meta.url);
const at = (path: string) => fileURLToPath(new URL(path, root));

export const headings = ["figure", "target", "min", "median", "p99", "max", "n", "met"];

export async function machineOf(): Promise<Machine> {
  return {
    kernel: `Linux ${release()}`,
    cores: cpus().length,
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    memoryGib: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    frr: await frrVersion(),
  };
}

export function rowOf(figure: Figure): string[] {
  const { min, median, p99, max, n } = summaryOf(figure.samples);
  const met = isMet(figure);
  const unit = figure.unit === "" ? "" : ` (${figure.unit})`;
  return [
    `${figure.name}${unit}`,
    targetText(figure),
    ...[min, median, p99, max].map(print),
    String(n),
    met === undefined ? "–" : met ? "yes" : "NO",
  ];
}

export async function writeRaw(outcome: Outcome): Promise<string> {
  await mkdir(at("bench-raw"), { recursive: true });
  const file = `bench-raw/${outcome.name}-${outcome.startedAt.replaceAll(":", "")}.json`;
  await writeFile(at(file), `${JSON.stringify(outcome, null, 1)}\n`);
  return file;
}

/** A section for each of `names`; benchmarks that did not run now keep the figures that were published before. */
export async function publish(
  outcomes: readonly Outcome[],
  names: readonly string[],
): Promise<string[]> {
  await mkdir(at("docs/benchmarks"), { recursive: true });
  const files: string[] = [];
  for (const outcome of outcomes) {
    const file = `docs/benchmarks/${outcome.name}.json`;
    await writeFile(at(file), `${JSON.stringify(outcome)}\n`);
    files.push(file);
  }
  const all: Outcome[] = [];
  for (const name of names) {
    const text = await readFile(at(`docs/benchmarks/${name}.json`), "utf8").catch(() => undefined);
    if (text !== undefined) all.push(JSON.parse(text) as Outcome);
  }
  await writeFile(at("docs/benchmarks.md"), page(all));
  return ["docs/benchmarks.md", ...files];
}

function page(outcomes: readonly Outcome[]): string {
  return [
    "# Benchmarks",
    "",
    "Written by `npm run bench -- --publish`. Each table names its machine, date and raw data; p99 is the",
    "nearest rank, so with fewer than 100 samples it is the largest.",
    ...outcomes.flatMap(section),
    "",
  ].join("\n");
}

function section(outcome: Outcome): string[] {
  const { name, story, figures, machine, startedAt, seconds, failure, given = "" } = outcome;
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const notes = figures.flatMap((figure) =>
    figure.note === undefined ? [] : [`- ${figure.name}: ${figure.note}`],
  );
  return [
    "",
    `## ${name}`,
    "",
    story,
    "",
    line(headings),
    line(headings.map((_, index) => (index < 2 ? "---" : "---:"))),
    ...figures.map((figure) => line(rowOf(figure))),
    ...(failure === undefined ? [] : ["", `It failed: ${failure}`]),
    ...(notes.length === 0 ? [] : ["", ...notes]),
    "",
    `\`npm run bench -- --only ${name}${given}\` on ${startedAt.slice(0, 10)}, ${seconds} s; ${machine.kernel}, ${machine.cores} cores (${machine.cpu}), ${machine.memoryGib} GiB, Node ${machine.node}, FRR ${machine.frr}. Raw data: [benchmarks/${name}.json](benchmarks/${name}.json).`,
  ];
}
