import { readFile } from "node:fs/promises";
import { Command } from "commander";
import { fabricFileSchema, parseFabricFile } from "../fabric/fabric-file.ts";
import type { Terminal } from "./terminal.ts";
import { UsageError } from "./usage-error.ts";

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
      const { faults, inventory } = parseFabricFile(await readFabricFile(file));
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

export async function readFabricFile(file: string | URL): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT")
      throw new UsageError(
        `There is no fabric file at ${file}. Write one, or leave --fabric out for the lab that ships with Causeway.`,
      );
    if (code === "EISDIR" || code === "EACCES")
      throw new UsageError(`${file} cannot be read: name a file that this user may read.`);
    throw error;
  }
}
