/** `npm run twin`: random topologies and policies on real and on simulated nodes, and where they differ. */
import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { systemClock } from "../../src/base/clock.ts";
import { setUp } from "../../src/main/setup.ts";
import { machineOf } from "../bench/results.ts";
import { compareTwins } from "./agreement.ts";
import { twinPage } from "./page.ts";

const page = fileURLToPath(new URL("../../docs/twin.md", import.meta.url));

const usage = `npm run twin -- [options]
  --seeds N    how many cases (20)
  --from N     the first seed; any whole number (1)
  --publish    write docs/twin.md
  --json       print one JSON object and nothing else`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seeds: { type: "string", default: "20" },
      from: { type: "string", default: "1" },
      json: { type: "boolean" },
      publish: { type: "boolean" },
      help: { type: "boolean" },
    },
  });
  const [seeds, from] = [Number(values.seeds), Number(values.from)];
  if (values.help) {
    console.log(usage);
    return 0;
  }
  if (!Number.isInteger(seeds) || seeds < 1 || !Number.isInteger(from) || from < 0) {
    console.error(`Seeds are counted in whole numbers.\n${usage}`);
    return 2;
  }
  const say = values.json ? () => {} : console.log;
  await setUp(say);
  const started = systemClock.now();
  const result = await compareTwins(`twin${process.pid % 100_000}`, { seeds, from, say });
  if (values.publish) {
    const { kernel, cores, cpu, frr } = await machineOf();
    const machine = `${kernel}, ${cores} cores (${cpu}), FRR ${frr}`;
    const date = new Date(started).toISOString().slice(0, 10);
    const seconds = Math.round((systemClock.now() - started) / 1000);
    await writeFile(page, twinPage({ from, date, machine, seconds, result }));
  }
  if (values.json) console.log(JSON.stringify(result));
  else {
    for (const { seed, node, prefix, simulated, linux } of result.disagreements) {
      console.log(
        `seed ${seed}, ${node}, ${prefix}\n  simulated: ${simulated}\n  linux:     ${linux}`,
      );
    }
    console.log(`${result.agree} of ${result.seeds} cases agree, in ${result.facts} facts`);
  }
  return result.agree === result.seeds ? 0 : 1;
}

process.exitCode = await main();
