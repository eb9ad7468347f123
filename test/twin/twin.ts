/** `npm run twin`: random topologies and policies on real and on simulated nodes, and where they differ. */
import { parseArgs } from "node:util";
import { setUp } from "../../src/main/setup.ts";
import { compareTwins } from "./agreement.ts";

const usage = `npm run twin -- [options]
  --seeds N    how many cases (20)
  --from N     the first seed; any whole number (1)
  --json       print one JSON object and nothing else`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seeds: { type: "string", default: "20" },
      from: { type: "string", default: "1" },
      json: { type: "boolean" },
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
  const result = await compareTwins(`twin${process.pid % 100_000}`, { seeds, from, say });
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
