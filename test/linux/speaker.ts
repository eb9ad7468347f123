/** A BGP speaker that is not FRR, in a place of a lab; it ends with the test. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { argvIn } from "../../src/drivers/place-argv.ts";
import type { Place } from "../../src/fabric/probe.ts";

export type Speaker = {
  readonly folder: string;
  /** What it said, for whoever looks for the reason. */
  said(): string;
  [Symbol.asyncDispose](): Promise<void>;
};

/** `argv` is told the file that has the configuration. */
export async function startSpeaker(
  lab: string,
  at: Place,
  { text, argv }: { text: string; argv: (file: string) => readonly string[] },
): Promise<Speaker> {
  const folder = await mkdtemp(join(tmpdir(), "causeway-speaker-"));
  const file = join(folder, "speaker.conf");
  await writeFile(file, text, { mode: 0o600 });
  const [program, ...rest] = argvIn(lab, at, argv(file));
  const child = spawn(program, rest, { stdio: ["ignore", "pipe", "pipe"] });
  const heard: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk) => heard.push(chunk));
  const over = ended(child);
  return {
    folder,
    said: () => Buffer.concat(heard).toString("utf8"),
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await over;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once("error", () => resolve());
    child.once("close", () => resolve());
  });
}
