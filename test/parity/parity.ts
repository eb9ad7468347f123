/** `npm run parity`: every feature in every variant on real nodes, as a table, an object or a page. */
import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { systemClock } from "../../src/base/clock.ts";
import { variants } from "../../src/main/demo/variants.ts";
import { setUp } from "../../src/main/setup.ts";
import { machineOf } from "../bench/results.ts";
import { features, matrixOf } from "./matrix.ts";
import { parityPage } from "./page.ts";

const page = fileURLToPath(new URL("../../docs/parity.md", import.meta.url));

const usage = `npm run parity -- [options]
  --only NAME        one feature (may be repeated)
  --variants a,b     these variants alone
  --publish          write docs/parity.md
  --json             print one JSON object and nothing else`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      only: { type: "string", multiple: true },
      variants: { type: "string" },
      json: { type: "boolean" },
      publish: { type: "boolean" },
      help: { type: "boolean" },
    },
  });
  if (values.help) {
    console.log(usage);
    return 0;
  }
  const { only, variants: asked = variants.map(({ name }) => name).join(",") } = values;
  const names = asked.split(",");
  const chosen = features.filter(({ name }) => only === undefined || only.includes(name));
  const standing = variants.filter(({ name }) => names.includes(name));
  if (chosen.length < (only?.length ?? 1) || standing.length < names.length) {
    console.error(`There is no such feature or variant.\n${usage}`);
    for (const { name } of [...features, ...variants]) console.error(`  ${name}`);
    return 2;
  }
  // Progress goes where it stands in nobody's way.
  const say = values.json ? (line: string) => console.error(line) : console.log;
  await setUp(values.json ? () => {} : say);
  const started = systemClock.now();
  const matrix = await matrixOf(chosen, standing, say);
  const seconds = Math.round((systemClock.now() - started) / 1000);
  if (values.publish) {
    const { kernel, cores, cpu, frr } = await machineOf();
    const machine = `${kernel}, ${cores} cores (${cpu}), FRR ${frr}`;
    const date = new Date(started).toISOString().slice(0, 10);
    await writeFile(page, parityPage(features, { matrix, date, machine, seconds }));
  }
  if (values.json) console.log(JSON.stringify(matrix));
  const cells = matrix.features.flatMap((row) => Object.values(row.cells));
  const failed = cells.filter((cell) => cell.startsWith("fail"));
  say(`${cells.length - failed.length} of ${cells.length} cells hold, in ${seconds} s`);
  return failed.length === 0 ? 0 : 1;
}

process.exitCode = await main();
