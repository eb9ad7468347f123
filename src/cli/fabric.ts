import { readFile } from "node:fs/promises";
import { Command } from "commander";
import { fabricFileSchema, parseFabricFile } from "../fabric/fabric-file.ts";
import type { Terminal } from "./terminal.ts";

/** `causeway fabric validate FILE` and `causeway fabric schema`. */
export function fabricCommand(terminal: Terminal): Command {
  const group = new Command("fabric").description("Check fabric files and print their schema.");
  group
    .command("validate")
    .description(
      "Say everything that is wrong with a fabric file, each finding with line and column. Exit code 1 when there is any.",
    )
    .argument("<file>", "fabric file (YAML)")
    .option("--json", "print the findings as JSON")
    .action(async (file: string, options: { json?: boolean }) => {
      const { faults, inventory } = parseFabricFile(await readFile(file, "utf8"));
      if (options.json) terminal.json({ valid: faults.length === 0, faults });
      else if (inventory)
        terminal.line(
          `${file} is a valid fabric: ${inventory.nodes.length} nodes, ${inventory.links.length} links.`,
        );
      for (const { line, column, path, message } of options.json ? [] : faults) {
        terminal.line(`${file}:${line}:${column}: ${path === "" ? "" : `${path}: `}${message}`);
      }
      process.exitCode = faults.length === 0 ? 0 : 1;
    });
  group
    .command("schema")
    .description("Print the JSON Schema of fabric files.")
    .action(() => terminal.line(JSON.stringify(fabricFileSchema(), null, 2)));
  return group;
}
