/**
 * A small process beside the server that starts programs for it and reads the kernel. Whoever starts a program stands still
 * until it runs, and enters its namespace before: milliseconds for each of some dozen programs that an order needs, in
 * which the server answers others.
 */
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { type Ending, type Launch, LaunchError } from "./launch.ts";
import type { LinkProgram } from "./netlink/filters.ts";
import type { HookChange, HookFailure, Place, Reading } from "./netlink/kernel.ts";
import type { LinkLight } from "./netlink/namespace.ts";
import type { NamespaceState } from "./netns/state.ts";

/** What can be read of a namespace. */
export type Told = {
  readonly lights: LinkLight[];
  readonly namespaces: NamespaceState;
  readonly programs: LinkProgram[];
};
/** What could not be changed at links' hooks; undefined where the kernel has none. */
export type Hooked = readonly HookFailure[] | undefined;
export type Wish =
  | { readonly id: number; readonly request: Launch }
  | { readonly id: number; readonly read: keyof Told; readonly place: Place }
  | { readonly id: number; readonly hook: readonly HookChange[]; readonly place: Place }
  | { readonly id: number; readonly abort: true };
export type Answer =
  | { readonly id: number; readonly ending: Ending }
  | { readonly id: number; readonly readings: readonly Reading<Told[keyof Told] | Hooked>[] }
  | { readonly id: number; readonly error: { readonly code: string; readonly message: string } };

type Waiting = {
  readonly child: ChildProcess;
  resolve(answer: Exclude<Answer, { error: unknown }>): void;
  reject(reason: Error): void;
};

/** In the published package the program beside this file is JavaScript, in the source it is TypeScript. */
const program = fileURLToPath(
  new URL(`./launcher-program.${import.meta.url.split(".").at(-1)}`, import.meta.url),
);

export class Launcher {
  #child: ChildProcess | undefined;
  #last = 0;
  readonly #waiting = new Map<number, Waiting>();

  /** Like `launch`, but for the process that is stopped by it. */
  async launch(request: Launch, signal?: AbortSignal): Promise<Ending> {
    const path = process.env["PATH"];
    const wish = { request: { ...request, ...(path === undefined ? {} : { path }) } };
    const answer = await this.#ask(wish, signal);
    if ("ending" in answer) return answer.ending;
    throw new LaunchError("", "the process that starts programs gave no ending");
  }

  /** What the kernel has in namespaces of a node, in their order. */
  async read<Kind extends keyof Told>(
    kind: Kind,
    place: Place,
    signal?: AbortSignal,
  ): Promise<readonly Reading<Told[Kind]>[]> {
    const answer = await this.#ask({ read: kind, place }, signal);
    if ("readings" in answer) return answer.readings as readonly Reading<Told[Kind]>[];
    throw new LaunchError("", "the process that reads the kernel gave no reading");
  }

  /** Puts programs on links of one namespace. */
  async hook(hook: readonly HookChange[], place: Place, signal?: AbortSignal): Promise<Hooked> {
    const answer = await this.#ask({ hook, place }, signal);
    const [reading] = "readings" in answer ? (answer.readings as readonly Reading<Hooked>[]) : [];
    if (reading !== undefined && "state" in reading) return reading.state;
    throw new LaunchError("", reading?.error ?? "the process that reads the kernel gave no answer");
  }

  async #ask(
    wish:
      | { request: Launch }
      | { read: keyof Told; place: Place }
      | { hook: readonly HookChange[]; place: Place },
    signal?: AbortSignal,
  ): Promise<Exclude<Answer, { error: unknown }>> {
    if (signal?.aborted) throw new LaunchError("ABORT_ERR", "no longer wanted");
    const id = ++this.#last;
    const child = this.#running();
    const abort = () => this.#send(child, { id, abort: true });
    try {
      return await new Promise((resolve, reject) => {
        this.#waiting.set(id, { child, resolve, reject });
        this.#hold(child);
        this.#send(child, { id, ...wish });
        signal?.addEventListener("abort", abort, { once: true });
      });
    } finally {
      this.#waiting.delete(id);
      signal?.removeEventListener("abort", abort);
      this.#hold(child);
    }
  }

  /** A process that waits for nothing may end although this one is there: it ends with it. */
  #hold(child: ChildProcess): void {
    if (this.#waiting.size === 0) child.channel?.unref();
    else child.channel?.ref();
  }

  /** It ends when what it started has ended. */
  close(): void {
    if (this.#child?.connected) this.#child.disconnect();
    this.#child = undefined;
  }

  #send(child: ChildProcess, wish: Wish): void {
    child.send(wish, (error) => {
      if (error === null) return;
      this.#waiting.get(wish.id)?.reject(new LaunchError("", error.message));
    });
  }

  #running(): ChildProcess {
    if (this.#child?.connected) return this.#child;
    const child = fork(program, {
      serialization: "advanced",
      stdio: ["ignore", "ignore", "inherit", "ipc"],
      // It holds what programs print for a moment and nothing else.
      execArgv: ["--max-semi-space-size=1"],
    });
    this.#child = child;
    child.unref();
    child.on("message", (answer: Answer) => {
      const waiting = this.#waiting.get(answer.id);
      if ("error" in answer)
        waiting?.reject(new LaunchError(answer.error.code, answer.error.message));
      else waiting?.resolve(answer);
    });
    const gone = () => this.#lost(child);
    child.on("error", gone);
    child.on("exit", gone);
    return child;
  }

  /** What it was asked for may or may not have happened; whoever asked looks again, as after any failure. */
  #lost(child: ChildProcess): void {
    if (this.#child === child) this.#child = undefined;
    for (const waiting of this.#waiting.values()) {
      if (waiting.child !== child) continue;
      waiting.reject(new LaunchError("", "the process that starts programs has ended"));
    }
  }
}
