/**
 * Starts programs without a copy of this process: Node forks, which copies page tables that the program then throws
 * away, and is three quarters of what a short program costs. posix_spawn(3) lends the child its parent's memory until
 * it runs. What a program reads and writes are files in memory, so nothing waits for pipes. Its end is told by a signal.
 */
import { closeSync, fstatSync, openSync, readSync, writeSync } from "node:fs";
import { constants } from "node:os";
import { checked, cLibrary, systemError } from "./c-library.ts";
import { Memory, writeAt } from "./memory.ts";

export type Started = { readonly pid: number; readonly stdout: number; readonly stderr: number };
export type Environment = Readonly<Record<string, string | undefined>>;

const MFD_CLOEXEC = 1;
const POSIX_SPAWN_SETSIGDEF = 4;
const WNOHANG = 1;
/** More than the C library's structures take on any machine. */
const STRUCTURE_BYTES = 4096;
const POINTER_BYTES = 8;

/** Whoever starts it reads and closes its files by `outputOf`, once `endOf` tells that it has ended. */
export function startProgram(
  argv: readonly [string, ...string[]],
  environment: Environment,
  input?: string,
): Started {
  const files: number[] = [];
  const inMemory = (name: string) => {
    const file = checked("memfd_create", cLibrary().memfd_create([name, MFD_CLOEXEC]));
    files.push(file);
    return file;
  };
  const stdin = input === undefined ? nothing() : inMemory("input");
  try {
    if (input !== undefined) fill(stdin, input);
    const [stdout, stderr] = [inMemory("output"), inMemory("errors")];
    const pid = spawn(argv, environment, [stdin, stdout, stderr]);
    if (input !== undefined) closeSync(stdin);
    return { pid, stdout, stderr };
  } catch (cause) {
    for (const file of files) closeSync(file);
    throw cause;
  }
}

let empty: number | undefined;

function nothing(): number {
  empty ??= openSync("/dev/null", "r");
  return empty;
}

/** At a place, not at the offset: that is the program's, and stands at the beginning. */
function fill(file: number, input: string): void {
  const bytes = Buffer.from(input);
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at, bytes.length - at, at);
}

/** What the program wrote, and its file closed. */
export function outputOf(file: number, bytesMax: number): string {
  const bytes = Buffer.alloc(Math.min(fstatSync(file).size, bytesMax));
  let length = 0;
  for (let read = 1; read > 0 && length < bytes.length; length += read)
    read = readSync(file, bytes, length, bytes.length - length, length);
  closeSync(file);
  return bytes.toString("utf8", 0, length);
}

export type End = { readonly code: number; readonly killed?: string };

/** How a program ended; undefined while it runs. */
export function endOf(pid: number): End | undefined {
  const status = Buffer.alloc(4);
  const ended = checked("waitpid", cLibrary().waitpid([pid, status, WNOHANG]));
  if (ended === 0) return undefined;
  const word = status.readInt32LE(0);
  const signal = word & 0x7f;
  if (signal === 0) return { code: (word >> 8) & 0xff };
  const name = Object.entries(constants.signals).find(([, number]) => number === signal)?.[0];
  return { code: -1, killed: name ?? `signal ${signal}` };
}

function spawn(
  argv: readonly [string, ...string[]],
  environment: Environment,
  files: readonly number[],
): number {
  const { actions, attributes } = structures();
  const c = cLibrary();
  const at = wordsAt(argv, environment);
  c.posix_spawn_file_actions_init([actions]);
  try {
    files.forEach((file, number) => {
      c.posix_spawn_file_actions_adddup2([actions, file, number]);
    });
    const pid = Buffer.alloc(4);
    const errno = c.posix_spawnp([pid, at.program, actions, attributes, at.argv, at.environment]);
    if (errno !== 0) throw systemError(`start ${argv[0]}`, errno);
    return pid.readInt32LE(0);
  } finally {
    c.posix_spawn_file_actions_destroy([actions]);
  }
}

type Structures = { readonly actions: number; readonly attributes: number };
let made: Structures | undefined;

/** Made once; signals that Node ignores are not ignored by what it starts. */
function structures(): Structures {
  if (made !== undefined) return made;
  const c = cLibrary();
  const actions = new Memory().reserve(3 * STRUCTURE_BYTES);
  const [attributes, signals] = [actions + STRUCTURE_BYTES, actions + 2 * STRUCTURE_BYTES];
  c.posix_spawnattr_init([attributes]);
  c.sigfillset([signals]);
  c.posix_spawnattr_setsigdefault([attributes, signals]);
  c.posix_spawnattr_setflags([attributes, POSIX_SPAWN_SETSIGDEF]);
  made = { actions, attributes };
  return made;
}

const words = new Memory();

/** To the C library a zero is where a word ends, and what comes behind it would be lost without a trace. */
function terminated(word: string): Buffer {
  if (word.includes("\0")) throw new RangeError("a word for a program has a zero byte in it");
  return Buffer.from(`${word}\0`);
}

/** Two lists of pointers, each closed by an empty one, and behind them what they point to. */
function wordsAt(argv: readonly string[], environment: Environment) {
  const variables = Object.entries(environment).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${value}`],
  );
  const lists = [argv, variables];
  const bytes = lists.map((list) => list.map(terminated));
  const pointers = Buffer.alloc((argv.length + variables.length + 2) * POINTER_BYTES);
  const size = pointers.length + bytes.flat().reduce((sum, { length }) => sum + length, 0);
  const start = words.reserve(size);
  let [slot, at] = [0, start + pointers.length];
  for (const list of bytes) {
    for (const { length } of list) {
      pointers.writeBigUInt64LE(BigInt(at), slot);
      [slot, at] = [slot + POINTER_BYTES, at + length];
    }
    slot += POINTER_BYTES;
  }
  writeAt(start, Buffer.concat([pointers, ...bytes.flat()]));
  return {
    program: start + pointers.length,
    argv: start,
    environment: start + (argv.length + 1) * POINTER_BYTES,
  };
}
