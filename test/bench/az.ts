import { causeway } from "../scenarios/cli-runs.ts";
import { type Bench, type Benchmark, raiseLab } from "./benchmark.ts";
import type { Figure } from "./figures.ts";

export const az: Benchmark = {
  name: "az",
  story:
    "`az network express-route create` as a process of its own, as often as given: how often it asks how far the operation is, by its own record of requests, and how much longer it takes than a command that only lists.",
  run,
};

async function run(bench: Bench): Promise<Figure[]> {
  const runs = bench.number("runs", 5);
  const { running, clear } = await raiseLab(bench);
  const command = async (...words: string[]) => {
    const begun = performance.now();
    const given = ["az", "--data", running.folder.path, "--as", "customer", ...words, "--debug"];
    const { code, err } = await causeway(...given);
    if (code !== 0) throw new Error(`az ${words.join(" ")} ended with ${code}: ${err.slice(-500)}`);
    return { ms: performance.now() - begun, said: err };
  };
  const [polls, creates, lists]: number[][] = [[], [], []];
  // The first command signs in.
  await command("group", "create", "-n", "bench", "-l", "westeurope");
  for (let index = 0; index < runs; index += 1) {
    const create = await command(
      ...["network", "express-route", "create", "-g", "bench", "-n", `line-${index}`],
      ...["--provider", "Polder Exchange", "--peering-location", "Amsterdam"],
      ...["--bandwidth", "50 Mbps", "-l", "westeurope"],
    );
    const list = await command("network", "express-route", "list", "-g", "bench");
    polls?.push(pollsIn(create.said));
    creates?.push(create.ms);
    lists?.push(list.ms);
    bench.say(
      `  ${index + 1}/${runs}: ${pollsIn(create.said)} polls, ${Math.round(create.ms)} ms; a list ${Math.round(list.ms)} ms`,
    );
  }
  await clear();
  return [
    {
      name: "polls of a create",
      unit: "polls",
      samples: polls ?? [],
      target: { of: "max", most: 2 },
    },
    { name: "create", unit: "ms", samples: creates ?? [] },
    { name: "list", unit: "ms", samples: lists ?? [] },
  ];
}

/** Requests to the operation's address, as urllib3 writes them down. */
function pollsIn(said: string): number {
  return [...said.matchAll(/"GET \S*\/operations\/\S* HTTP/g)].length;
}
