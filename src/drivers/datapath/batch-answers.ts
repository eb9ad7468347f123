import { CommandError, type Output } from "../run.ts";

/**
 * What a batch of bpftool gave, line by line. The answers judge it and not the exit code: bpftool 7.1 of
 * Debian's kernel 6.1.176 takes an error number that a line left behind for one of its own input, and ends with 255.
 * A batch ends at the first line that fails, so that fewer answers than lines is a failure too.
 */
export function batchAnswers(lines: number, output: Output, why: string): unknown[] {
  const { code, stdout, stderr } = output;
  const answers = parsed(stdout).filter(({ command }) => command !== undefined);
  const failed = answers.map(errorOf).find((error) => error !== undefined);
  if (failed === undefined && answers.length === lines) {
    return answers.map(({ output: answer }) => answer);
  }
  const said = failed ?? (stderr.trim() || `nothing, and ended with ${code}`);
  throw new CommandError(`${why}: bpftool says: ${said}`, output);
}

/** The complaint about its input stands after the answers, as one that answers no command. */
type Answer = { readonly command?: unknown; readonly output?: unknown };

function parsed(stdout: string): Answer[] {
  try {
    const value: unknown = JSON.parse(stdout);
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}

function errorOf({ output }: Answer): string | undefined {
  if (typeof output !== "object" || output === null || !("error" in output)) return undefined;
  return String(output.error);
}
