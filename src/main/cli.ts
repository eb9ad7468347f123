import { readFileSync } from "node:fs";
import { Command } from "commander";
import { fabricCommand } from "../cli/fabric.ts";
import { processTerminal } from "../cli/terminal.ts";
import { ApiError } from "../client/client.ts";
import { demoCommand } from "./commands/demo.ts";
import { doctorCommand } from "./commands/doctor.ts";
import { execCommand } from "./commands/exec.ts";
import { routerConfigCommand } from "./commands/router-config.ts";
import { setupCommand } from "./commands/setup.ts";
import { statusCommand } from "./commands/status.ts";
import { downCommand, stopCommand } from "./commands/stop.ts";
import { upCommand } from "./commands/up.ts";
import { UsageError } from "./data-folder.ts";

const terminal = processTerminal({ quiet: false });
const { version, description } = JSON.parse(
  readFileSync(new URL("../../package.json", import.meta.url), "utf8"),
) as { version: string; description: string };

const program = new Command("causeway")
  .description(description)
  .version(version)
  .enablePositionalOptions()
  .showHelpAfterError("('causeway --help' lists the commands)")
  .addHelpText(
    "after",
    "\nExit codes: 0 all is well, 1 something failed, 2 the command was used wrongly.",
  )
  .configureHelp({ sortSubcommands: false })
  .addCommand(demoCommand(processTerminal))
  .addCommand(upCommand(terminal))
  .addCommand(statusCommand(terminal))
  .addCommand(execCommand())
  .addCommand(routerConfigCommand(terminal))
  .addCommand(stopCommand(terminal))
  .addCommand(downCommand(terminal))
  .addCommand(fabricCommand(terminal))
  .addCommand(doctorCommand(terminal))
  .addCommand(setupCommand(terminal));

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`${explain(error)}\n`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}

function explain(error: unknown): string {
  if (error instanceof UsageError || error instanceof ApiError) return error.message;
  if (!(error instanceof Error)) return String(error);
  return process.env["CAUSEWAY_DEBUG"] === undefined
    ? error.message
    : (error.stack ?? error.message);
}
