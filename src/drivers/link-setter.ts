/**
 * One `ip -batch` that stays and takes lines: what must happen within milliseconds does not wait for a
 * program to start. It ends with its input, so with the server.
 */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { ipAt, type NodePaths } from "./places.ts";
import { wait } from "./wait.ts";

const ANSWER_WITHIN_MS = 2000;
/** Printed, and flushed, when the lines before it are done. */
const closing = "link show dev lo";

export class LinkSetter {
  readonly #argv: readonly [string, ...string[]];
  #child: ChildProcessWithoutNullStreams | undefined;
  #turn: Promise<void> = Promise.resolve();

  constructor(paths: NodePaths) {
    this.#argv = ipAt(paths, "default", ["-o", "-force", "-batch", "-"]);
  }

  /** Before the first lines come. */
  start(): void {
    this.#running();
  }

  /** Resolves when the lines are done; rejects with what `ip` said of one that failed. */
  set(lines: readonly string[]): Promise<void> {
    const done = this.#turn.then(() => this.#write(lines));
    this.#turn = done.catch(() => {});
    return done;
  }

  /** What was given is done first. */
  close(): void {
    this.#child?.stdin.end();
    this.#child = undefined;
  }

  #running(): ChildProcessWithoutNullStreams {
    if (this.#child !== undefined) return this.#child;
    const [program, ...rest] = this.#argv;
    const child = spawn(program, rest, { stdio: "pipe" });
    this.#child = child;
    const gone = () => {
      if (this.#child === child) this.#child = undefined;
    };
    child.on("error", gone);
    child.on("exit", gone);
    // It may end while it is written to; its exit tells.
    child.stdin.on("error", () => {});
    return child;
  }

  #write(lines: readonly string[]): Promise<void> {
    const child = this.#running();
    return new Promise((resolve, reject) => {
      const over = new AbortController();
      let complaints = "";
      const complain = (chunk: Buffer) => {
        complaints += chunk;
      };
      const finish = (failure?: string) => {
        over.abort();
        child.stderr.off("data", complain);
        child.stdout.off("data", answered);
        child.off("exit", ended);
        child.off("error", ended);
        const said = failure ?? complaints.trim();
        if (said === "") resolve();
        else reject(new Error(said));
      };
      const answered = () => finish();
      const ended = () => finish("ip ended before it was done");
      void wait(ANSWER_WITHIN_MS, over.signal).then(() => {
        if (over.signal.aborted) return;
        child.kill("SIGKILL");
        finish(`ip did not answer within ${ANSWER_WITHIN_MS} ms`);
      });
      child.stderr.on("data", complain);
      child.stdout.once("data", answered);
      child.once("exit", ended);
      child.once("error", ended);
      child.stdin.write([...lines, closing, ""].join("\n"));
    });
  }
}
