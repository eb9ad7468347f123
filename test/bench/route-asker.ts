/**
 * One `ip` that stays in a VRF and is asked for routes line by line: a program for each look would take the processors from
 * what is measured.
 */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { argvIn } from "../../src/drivers/place-argv.ts";
import type { Place } from "../../src/fabric/probe.ts";

/** Printed when the answer before it is whole. */
const closing = "link show dev lo";

export class RouteAsker implements AsyncDisposable {
  readonly #child: ChildProcessWithoutNullStreams;
  /** Lines that come while nobody asks wait in it. */
  readonly #lines: AsyncIterator<string>;

  constructor(lab: string, place: Place) {
    const [program, ...rest] = argvIn(lab, place, ["ip", "-o", "-force", "-batch", "-"]);
    this.#child = spawn(program, rest, { stdio: "pipe" });
    this.#lines = createInterface(this.#child.stdout)[Symbol.asyncIterator]();
  }

  /** The one that leads to the address, without a look at others; nothing where none does. */
  async to(address: string): Promise<string | undefined> {
    return (await this.#ask(`get fibmatch ${address}`))[0];
  }

  /** One line for each route that a daemon put there. */
  all(): Promise<readonly string[]> {
    return this.#ask("show proto bgp");
  }

  async #ask(words: string): Promise<readonly string[]> {
    const found: string[] = [];
    this.#child.stdin.write(`route ${words}\n${closing}\n`);
    for (;;) {
      const { value, done } = await this.#lines.next();
      if (done) throw new Error("ip ended before it had answered");
      if (/^\d+: lo:/.test(value)) return found;
      found.push(value);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#child, "exit");
    this.#child.stdin.end();
    await ended;
  }
}
