import { Command } from "commander";
import type { Terminal } from "../../cli/terminal.ts";
import { type LinkTraffic, trafficLines } from "../../cli/traffic-lines.ts";
import { namedCircuit } from "./named-circuit.ts";
import { DEFAULT_DATA } from "./options.ts";

export function trafficCommand(terminal: Terminal): Command {
  return new Command("traffic")
    .description(
      "Show what passed each link of a circuit and what was dropped, by class of the public peering, and how much was sent in single milliseconds.",
    )
    .argument("<circuit>", "name or resource id of the circuit")
    .option("--data <folder>", "data folder", DEFAULT_DATA)
    .option("--json", "print the rows as JSON")
    .action(async (name: string, options: { data: string; json?: boolean }) => {
      const { client, circuit } = await namedCircuit(options.data, name);
      const { value } = await client.get<{ value: readonly LinkTraffic[] }>(
        `${circuit.id}/traffic`,
      );
      if (options.json) return terminal.json(value);
      for (const line of trafficLines(value)) terminal.line(line);
    });
}
