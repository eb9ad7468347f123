/**
 * Every command there is. A command is imported when it is asked for, and what only runs with the server by the command
 * that starts it: a short one would spend half of its time on reading what others need.
 */
import { readFileSync } from "node:fs";
import { Command } from "commander";
import { processTerminal } from "../cli/terminal.ts";

const { version, description } = JSON.parse(
  readFileSync(new URL("../../package.json", import.meta.url), "utf8"),
) as { version: string; description: string };

const terminal = processTerminal({ quiet: false });

/** In the order in which help shows them. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  demo: async () => (await import("./commands/demo.ts")).demoCommand(processTerminal),
  up: async () => (await import("./commands/up.ts")).upCommand(terminal),
  status: async () => (await import("./commands/status.ts")).statusCommand(terminal),
  traffic: async () => (await import("./commands/traffic.ts")).trafficCommand(terminal),
  exec: async () => (await import("./commands/exec.ts")).execCommand(),
  "router-config": async () =>
    (await import("./commands/router-config.ts")).routerConfigCommand(terminal),
  account: async () => (await import("./commands/account.ts")).accountCommand(terminal),
  access: async () => (await import("./commands/access.ts")).accessCommand(terminal),
  activity: async () => (await import("./commands/activity.ts")).activityCommand(terminal),
  delete: async () => (await import("./commands/delete.ts")).deleteCommand(terminal),
  az: async () => (await import("./commands/az.ts")).azCommand(),
  env: async () => (await import("./commands/env.ts")).envCommand(terminal),
  stop: async () => (await import("./commands/stop.ts")).stopCommand(terminal),
  down: async () => (await import("./commands/stop.ts")).downCommand(terminal),
  fabric: async () => (await import("../cli/fabric.ts")).fabricCommand(terminal),
  doctor: async () => (await import("./commands/doctor.ts")).doctorCommand(terminal),
  setup: async () => (await import("./commands/setup.ts")).setupCommand(terminal),
};

/** With the one command that the first word names, or with all: for help, and for a word that means nothing. */
export async function causewayProgram(word?: string): Promise<Command> {
  const program = new Command("causeway")
    .description(description)
    .version(version)
    .enablePositionalOptions()
    .showHelpAfterError("('causeway --help' lists the commands)")
    .addHelpText(
      "after",
      "\nExit codes: 0 all is well, 1 something failed, 2 the command was used wrongly.",
    )
    .configureHelp({ sortSubcommands: false });
  const named = Object.entries(commands).filter(([name]) => name === word);
  const wanted = named.length > 0 || word === "--version" ? named : Object.entries(commands);
  for (const [, load] of wanted) program.addCommand(await load());
  throwing(program);
  return program;
}

/** What is wrong with the words is thrown, once it was said: the exit code is ours to choose. */
function throwing(command: Command): void {
  command.exitOverride();
  for (const inner of command.commands) throwing(inner);
}
