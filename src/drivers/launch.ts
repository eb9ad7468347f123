/** Starts one program and waits for its end. */

import { closeSync } from "node:fs";
import { codeOf, messageOf } from "../base/cause.ts";
import { openDoors, withMounts, withNetwork } from "./native/namespaces.ts";
import { endOf, outputOf, type Started, startProgram } from "./native/programs.ts";
import { insideOf } from "./places.ts";
import { wait } from "./wait.ts";

export type Launch = {
  readonly argv: readonly [string, ...string[]];
  readonly input?: string;
  readonly timeoutMs: number;
  /** Where programs are looked for, if not where this process looks. */
  readonly path?: string;
};

export type Ending = {
  readonly code: number;
  /** The signal that ended it. */
  readonly killed?: string;
  readonly stdout: string;
  readonly stderr: string;
};

/** It never ran; `ENOENT` is a program that is not there. */
export class LaunchError extends Error {
  override readonly name = "LaunchError";
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** More than any listing of a node with a thousand VRFs prints. */
const outputBytesMax = 256 * 1024 * 1024;

export async function launch(request: Launch, signal?: AbortSignal): Promise<Ending> {
  if (signal?.aborted) throw new LaunchError("ABORT_ERR", "no longer wanted");
  const started = begin(request);
  return "pid" in started ? ending(started, request.timeoutMs, signal) : started;
}

function ending(
  { pid, stdout, stderr }: Started,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<Ending> {
  return new Promise((resolve, reject) => {
    const kill = () => process.kill(pid, "SIGKILL");
    const over = new AbortController();
    // Also what keeps this process alive until the program has ended.
    void wait(timeoutMs, over.signal).then(() => over.signal.aborted || kill());
    const unwanted = () => {
      kill();
      reject(new LaunchError("ABORT_ERR", "no longer wanted"));
    };
    signal?.addEventListener("abort", unwanted, { once: true });
    whenEnded(pid, (end) => {
      over.abort();
      signal?.removeEventListener("abort", unwanted);
      const [said, complained] = [stdout, stderr].map((file) => outputOf(file, outputBytesMax));
      resolve({ ...end, stdout: said ?? "", stderr: complained ?? "" });
    });
  });
}

/** `nsenter` before a program is not started: this thread enters, for the moment of the start, and fails as it would. */
function begin({ argv, input, path }: Launch): Started | Ending {
  // Where the C library looks for a program.
  if (path !== undefined) process.env["PATH"] = path;
  const start = (words: Launch["argv"]) => {
    try {
      return startProgram(words, process.env, input);
    } catch (cause) {
      throw new LaunchError(codeOf(cause) ?? "", messageOf(cause));
    }
  };
  const inside = insideOf(argv);
  if (inside === undefined) return start(argv);
  const [door] = openDoors(inside, [inside.namespace]);
  if (door === undefined || "error" in door)
    return { code: 1, stdout: "", stderr: `nsenter: ${door?.error}` };
  try {
    return withMounts(inside.mount, () => withNetwork(door.file, () => start(inside.argv)));
  } catch (cause) {
    if (cause instanceof LaunchError) throw cause;
    return { code: 1, stdout: "", stderr: `nsenter: ${messageOf(cause)}` };
  } finally {
    closeSync(door.file);
  }
}

type End = NonNullable<ReturnType<typeof endOf>>;
const running = new Map<number, (end: End) => void>();
let isListening = false;

function whenEnded(pid: number, tell: (end: End) => void): void {
  running.set(pid, tell);
  // One signal may stand for many ends.
  if (!isListening) process.on("SIGCHLD", () => [...running.keys()].forEach(look));
  isListening = true;
  // It may have ended before anybody listened.
  look(pid);
}

function look(pid: number): void {
  const end = endOf(pid);
  if (end === undefined) return;
  const tell = running.get(pid);
  running.delete(pid);
  tell?.(end);
}
