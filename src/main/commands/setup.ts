import { Command } from "commander";
import type { Terminal } from "../../cli/terminal.ts";
import { setUp, setUpClients } from "../setup.ts";

export function setupCommand(terminal: Terminal): Command {
  return new Command("setup")
    .description(
      "Install with apt what is missing of FRR, iproute2, bpftool and the measuring tools (root on Debian or Ubuntu).",
    )
    .option("--clients", "also the clients that the tests run: az, where apt has it")
    .option("--quiet", "say only what is installed or missing")
    .option("--json", "print the result as JSON")
    .action(async (options: { clients?: boolean; quiet?: boolean; json?: boolean }) => {
      const result = await setUp((line) => terminal.progress(line));
      if (options.clients) await setUpClients((line) => terminal.progress(line));
      if (options.json) return terminal.json(result);
      if (result.missing.length > 0)
        terminal.line(
          `Missing, and not installed because this is not root on a system with apt: ${result.missing.join(", ")}`,
        );
      else if (!options.quiet)
        terminal.line("Everything that the Linux fabric needs is installed.");
    });
}
