/**
 * One `ip` that stays in a VRF and is asked for routes line by line: a program for each look would take the processors from
 * what is measured.
 */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { argvIn } from "../../src/drivers/place-argv.ts";
import type { Place } from "../../src/fabric/probe.ts";

/** Printed when the answer before it is whole. */
const closing = "link show dev lo";
const closed = /^\d+: lo:.*\n$/m;

export class RouteAsker implements AsyncDisposable {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #chunks: AsyncIterator<Buffer>;

  constructor(lab: string, place: Place) {
    const [program, ...rest] = argvIn(lab, place, ["ip", "-o", "-force", "-batch", "-"]);
    this.#child = spawn(program, rest, { stdio: "pipe" });
    this.#chunks = this.#child.stdout[Symbol.asyncIterator]();
  }

  /** Over how many ways the address is reached, without a look at other routes. */
  async waysTo(address: string): Promise<number> {
    const [line] = await this.#ask(`get fibmatch ${address}`);
    return line === undefined ? 0 : waysIn(line);
  }

  /** Of each route that a daemon put there. */
  async ways(): Promise<readonly number[]> {
    return (await this.#ask("show proto bgp")).map(waysIn);
  }

  async #ask(words: string): Promise<readonly string[]> {
    this.#child.stdin.write(`route ${words}\n${closing}\n`);
    let text = "";
    while (!closed.test(text.slice(-500))) {
      const { value, done } = await this.#chunks.next();
      if (done) throw new Error("ip ended before it had answered");
      text += value;
    }
    return text.split("\n").slice(0, -2);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // It goes with its lab.
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, "exit");
    this.#child.stdin.end();
    await ended;
  }
}

function waysIn(line: string): number {
  return line.split(" via ").length - 1;
}
