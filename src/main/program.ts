/** Every command there is. What only runs with the server is imported by the command that starts it. */
import { readFileSync } from "node:fs";
import { Command } from "commander";
import { fabricCommand } from "../cli/fabric.ts";
import { processTerminal } from "../cli/terminal.ts";
import { accessCommand } from "./commands/access.ts";
import { accountCommand } from "./commands/account.ts";
import { activityCommand } from "./commands/activity.ts";
import { azCommand } from "./commands/az.ts";
import { deleteCommand } from "./commands/delete.ts";
import { demoCommand } from "./commands/demo.ts";
import { doctorCommand } from "./commands/doctor.ts";
import { envCommand } from "./commands/env.ts";
import { execCommand } from "./commands/exec.ts";
import { routerConfigCommand } from "./commands/router-config.ts";
import { setupCommand } from "./commands/setup.ts";
import { statusCommand } from "./commands/status.ts";
import { downCommand, stopCommand } from "./commands/stop.ts";
import { trafficCommand } from "./commands/traffic.ts";
import { upCommand } from "./commands/up.ts";

const { version, description } = JSON.parse(
  readFileSync(new URL("../../package.json", import.meta.url), "utf8"),
) as { version: string; description: string };

export function causewayProgram(): Command {
  const terminal = processTerminal({ quiet: false });
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
    .addCommand(trafficCommand(terminal))
    .addCommand(execCommand())
    .addCommand(routerConfigCommand(terminal))
    .addCommand(accountCommand(terminal))
    .addCommand(accessCommand(terminal))
    .addCommand(activityCommand(terminal))
    .addCommand(deleteCommand(terminal))
    .addCommand(azCommand())
    .addCommand(envCommand(terminal))
    .addCommand(stopCommand(terminal))
    .addCommand(downCommand(terminal))
    .addCommand(fabricCommand(terminal))
    .addCommand(doctorCommand(terminal))
    .addCommand(setupCommand(terminal));
  throwing(program);
  return program;
}

/** What is wrong with the words is thrown, once it was said: the exit code is ours to choose. */
function throwing(command: Command): void {
  command.exitOverride();
  for (const inner of command.commands) throwing(inner);
}
