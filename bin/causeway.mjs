#!/usr/bin/env node
// Starts Causeway with the Node that its lockfile pins, whatever Node the system has.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
// As a whole: an older Node lacks some of its names, and has to come as far as starting the pinned one.
import module from "node:module";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const source = join(root, "src", "main", "cli.ts");
const built = join(root, "dist", "main", "cli.js");
const entry = existsSync(source) ? source : built;

// V8 lets young objects take more the more memory a machine has, to over 100 MB. A page of a thousand circuits makes 15 MB of
// them, and what is still in use when they are looked through a second time is garbage of the dear kind; yet room is memory.
// V8 gives what outlived its youth a few times a place among the old objects from then on. What an answer is made of does so by
// chance and dies at once: in some starts every page left a megabyte of the dear garbage (docs/decisions/0025).
const flags = ["--max-semi-space-size=12", "--no-allocation-site-pretenuring"];

const [major = 0] = process.versions.node.split(".").map(Number);
if (major >= 24) {
  // The flag must stand when Node starts; as the same process, so that its number and signals stay.
  if (process.argv[2] === "up" && process.execve !== undefined && !isFlagged())
    process.execve(process.execPath, [process.execPath, ...flags, ...process.argv.slice(1)]);
  keepCompiled();
  await import(entry);
} else {
  // This file again: it keeps what is compiled.
  const words = [...flags, fileURLToPath(import.meta.url), ...process.argv.slice(2)];
  const child = spawn(pinnedNode(), words, { stdio: "inherit" });
  // Who stops this process means the one that does the work.
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"]) {
    process.on(signal, () => child.kill(signal));
  }
  child.once("error", (error) => {
    process.stderr.write(`Node does not start: ${error.message}\n`);
    process.exitCode = 1;
  });
  child.once("exit", (code) => {
    process.exitCode = code ?? 1;
  });
}

/**
 * Compiled code is kept between starts, which is half of a short command's time. In the user's own folder: what lies in
 * the machine's common one, anybody could have put there for root to run. Where that cannot be written, nothing is kept.
 * Programs of ours that this one starts keep theirs there too.
 */
function keepCompiled() {
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), ".cache");
  process.env.NODE_COMPILE_CACHE ??= join(cache, "causeway");
  module.enableCompileCache(process.env.NODE_COMPILE_CACHE);
}

function isFlagged() {
  return flags.every((flag) => process.execArgv.includes(flag));
}

function pinnedNode() {
  const require = module.createRequire(import.meta.url);
  const name = `node-${process.platform}-${process.arch}`;
  try {
    return join(dirname(require.resolve(`${name}/package.json`)), "bin", "node");
  } catch {
    process.stderr.write(
      `Causeway needs Node 24 or later; this is ${process.version}, and the package ${name} that carries one is not installed.\n` +
        "Install a newer Node, or run npm ci without --omit=optional.\n",
    );
    process.exit(1);
  }
}
