/** The generation that a node holds, kept beside it: an older intent is refused after a restart, too. */
import { readFile, writeFile } from "node:fs/promises";
import type { NodePaths } from "./places.ts";

export async function readGeneration(paths: NodePaths): Promise<number> {
  const text = await readFile(`${paths.directory}/generation`, "utf8").catch(() => "0");
  return Number(text) || 0;
}

export async function writeGeneration(paths: NodePaths, generation: number): Promise<void> {
  await writeFile(`${paths.directory}/generation`, String(generation));
}
