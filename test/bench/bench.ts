/**
 * `npm run bench`: the figures that Causeway promises, measured on this machine. `--only NAME` runs one
 * benchmark, `--publish` writes docs/benchmarks.md and docs/benchmarks/*.json.
 */

import { parseArgs } from "node:util";
import { messageOf } from "../../src/base/cause.ts";
import { table } from "../../src/cli/terminal.ts";
import { setUp } from "../../src/main/setup.ts";
import { api } from "./api.ts";
import { az } from "./az.ts";
import type { Bench, Benchmark } from "./benchmark.ts";
import { blackout } from "./blackout.ts";
import { demo } from "./demo.ts";
import { failures } from "./failures.ts";
import { isMet } from "./figures.ts";
import { order } from "./order.ts";
import { path } from "./path.ts";
import { policing } from "./policing.ts";
import { policy } from "./policy.ts";
import { headings, machineOf, type Outcome, publish, rowOf, writeRaw } from "./results.ts";
import { scale } from "./scale.ts";

const benchmarks: readonly Benchmark[] = [
  order,
  path,
  blackout,
  policing,
  policy,
  scale,
  api,
  az,
  failures,
  demo,
];

const usage = `npm run bench -- [options]
  --only NAME       one of ${benchmarks.map(({ name }) => name).join(", ")}; may be given again
  --publish         write docs/benchmarks.md and docs/benchmarks/NAME.json
  --variants A,B    order, blackout: these variants alone
  --runs N          order, az (5), path (9 pairs), policy (3), demo (1)
  --cuts N          blackout: cuts of each kind, for each variant (25)
  --seconds N       path, policing, api: how long each run is measured
  --circuits N      scale, api: how many (200, 10,000)`;

type Clear = () => Promise<void>;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      only: { type: "string", multiple: true },
      publish: { type: "boolean" },
      help: { type: "boolean" },
      variants: { type: "string" },
      runs: { type: "string" },
      cuts: { type: "string" },
      seconds: { type: "string" },
      circuits: { type: "string" },
    },
  });
  if (values.help) {
    console.log(usage);
    return 0;
  }
  const unknown = values.only?.find((name) => !benchmarks.some((each) => each.name === name));
  if (unknown !== undefined) {
    console.error(`There is no benchmark '${unknown}'.\n${usage}`);
    return 2;
  }
  await setUp(console.log);
  const chosen = benchmarks.filter(({ name }) => values.only?.includes(name) ?? true);
  const machine = await machineOf();
  const outcomes: Outcome[] = [];
  for (const benchmark of chosen) {
    console.log(`\n${benchmark.name}: ${benchmark.story}`);
    const outcome = { ...(await runOne(benchmark, values)), machine };
    console.log(`\n${table(headings, outcome.figures.map(rowOf)).join("\n")}`);
    console.log(`raw data: ${await writeRaw(outcome)}`);
    outcomes.push(outcome);
  }
  const names = benchmarks.map(({ name }) => name);
  if (values.publish) console.log(`\npublished: ${(await publish(outcomes, names)).join(", ")}`);
  const missed = outcomes.flatMap(({ failure, figures }) => [
    ...(failure === undefined ? [] : [failure]),
    ...figures.filter((figure) => isMet(figure) === false).map(({ name }) => name),
  ]);
  console.log(missed.length === 0 ? "\nEvery target is met." : `\nMissed: ${missed.join("; ")}`);
  return missed.length === 0 ? 0 : 1;
}

async function runOne(
  { name, story, run }: Benchmark,
  options: Readonly<Record<string, unknown>>,
): Promise<Omit<Outcome, "machine">> {
  const extra: Record<string, unknown> = {};
  const clears: Clear[] = [];
  const clearAll = async () => {
    for (const clear of [...clears].reverse()) await clear();
  };
  const option = (key: string) => options[key] as string | undefined;
  const given = ["variants", "runs", "cuts", "seconds", "circuits"]
    .flatMap((key) => (option(key) === undefined ? [] : [` --${key} ${option(key)}`]))
    .join("");
  const bench: Bench = {
    say: (line) => console.log(line),
    option,
    number: (key, usual) => Number(option(key) ?? usual),
    keep: (key, value) => {
      extra[key] = value;
    },
    atEnd(clear) {
      let done: Promise<void> | undefined;
      const once = () => {
        done ??= clear();
        return done;
      };
      clears.push(once);
      return once;
    },
  };
  const interrupted = () => {
    console.error("\nInterrupted; taking the lab away.");
    void clearAll().finally(() => process.exit(130));
  };
  process.once("SIGINT", interrupted);
  process.once("SIGTERM", interrupted);
  const startedAt = new Date();
  const about = { name, story, given, startedAt: startedAt.toISOString(), extra };
  const seconds = () => Math.round((Date.now() - startedAt.getTime()) / 1000);
  try {
    const figures = await run(bench);
    return { ...about, figures, seconds: seconds() };
  } catch (error) {
    console.error(error);
    const failure = `${name}: ${messageOf(error)}`;
    return { ...about, figures: [], failure, seconds: seconds() };
  } finally {
    process.off("SIGINT", interrupted);
    process.off("SIGTERM", interrupted);
    await clearAll();
  }
}

// A server in this process may leave timers behind: the figures are out, so the process may go.
process.exit(await main());
