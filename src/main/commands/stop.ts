import { rm } from "node:fs/promises";
import { Command } from "commander";
import { systemClock } from "../../base/clock.ts";
import type { Terminal } from "../../cli/terminal.ts";
import { leftovers, razeCabling } from "../../drivers/cabling.ts";
import { DataFolder } from "../data-folder.ts";
import { DEFAULT_DATA } from "./options.ts";

const STOP_WAIT_MS = 30_000;

export function stopCommand(terminal: Terminal): Command {
  return new Command("stop")
    .description(
      "Stop the server alone: the network goes on forwarding, and the next 'up' adopts it.",
    )
    .option("--data <folder>", "data folder", DEFAULT_DATA)
    .option("--json", "print what was stopped as JSON")
    .action(async (options: { data: string; json?: boolean }) => {
      const stopped = await stopServer(new DataFolder(options.data));
      if (options.json) terminal.json({ stopped });
      else
        terminal.line(
          stopped
            ? "The server has stopped; the network goes on forwarding."
            : "No server is running on this data folder.",
        );
    });
}

export function downCommand(terminal: Terminal): Command {
  return new Command("down")
    .description(
      "Stop the server and take its lab away: no namespace, interface, process or map is left. The data folder stays unless --purge is given.",
    )
    .option("--data <folder>", "data folder", DEFAULT_DATA)
    .option("--purge", "delete the data folder too")
    .option("--json", "print what was removed and what is left as JSON")
    .action(async (options: { data: string; purge?: boolean; json?: boolean }) => {
      const folder = new DataFolder(options.data);
      const stopped = await stopServer(folder);
      const lab = await folder.readLab();
      const root = process.getuid?.() === 0;
      if (lab !== undefined && root) await razeCabling(lab);
      const left = lab !== undefined && root ? await leftovers(lab) : [];
      if (options.purge && left.length === 0)
        await rm(folder.path, { recursive: true, force: true });
      if (options.json) terminal.json({ stopped, lab: lab ?? null, left });
      else
        terminal.line(
          left.length === 0
            ? "Nothing is left of the lab."
            : `Still there:\n  ${left.join("\n  ")}`,
        );
      process.exitCode = left.length === 0 ? 0 : 1;
    });
}

/** True when a server was running and has ended. */
async function stopServer(folder: DataFolder): Promise<boolean> {
  const note = await folder.readNote();
  if (note === undefined || !(await folder.held())) return false;
  process.kill(note.pid, "SIGTERM");
  for (
    const started = systemClock.now();
    systemClock.now() - started < STOP_WAIT_MS;
    await systemClock.sleep(50)
  ) {
    if (!(await folder.held())) return true;
  }
  throw new Error(
    `The server (process ${note.pid}) did not stop within ${STOP_WAIT_MS / 1000} s; end it with 'kill -9 ${note.pid}': nothing is lost by that.`,
  );
}
