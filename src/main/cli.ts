import { CommanderError } from "commander";
import { UsageError } from "../cli/usage-error.ts";
import { ApiError } from "../client/client.ts";
import { causewayProgram } from "./program.ts";

// Who reads the output may stop reading: `causeway status | head`.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit(0);
});

try {
  const program = await causewayProgram(process.argv[2]);
  await program.parseAsync();
} catch (error) {
  process.exitCode = complain(error);
}

/** Says what went wrong, and gives the exit code. */
function complain(error: unknown): number {
  // Commander has said it already; asking for help or the version comes this way too.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  process.stderr.write(`${explain(error)}\n`);
  return error instanceof UsageError ? 2 : 1;
}

function explain(error: unknown): string {
  if (error instanceof UsageError || error instanceof ApiError) return error.message;
  if (!(error instanceof Error)) return String(error);
  if (process.env["CAUSEWAY_DEBUG"] !== undefined) return error.stack ?? error.message;
  if ("code" in error && error.code === "ENOSPC")
    return `The disk is full, nothing was kept: make room, then try again. (${error.message})`;
  return error.message;
}
