/**
 * A conversation with one routing daemon over its vty socket. A line is sent with a NUL behind it; the
 * answer ends with three NULs and a status byte (FRR, lib/vty.c). No process is started for a command.
 */

import { connect, type Socket } from "node:net";
import { codeOf } from "../../base/cause.ts";
import { wait } from "../wait.ts";

/** FRR's CMD_SUCCESS, CMD_WARNING and CMD_ERR_NOTHING_TODO. */
const success = 0;
const nothingToDo = 6;
const answerMsMax = 30_000;
/** A daemon lets five callers queue and refuses the next (FRR, vty_serv_un): they come again. */
const queuePollMs = 20;
const ending = Buffer.from([0, 0, 0]);

export type VtyAnswer = { readonly text: string; readonly ok: boolean; readonly status: number };

export class Vty implements AsyncDisposable {
  readonly #socket: Socket;
  #received: Buffer[] = [];
  /** In the order in which lines were sent: so come the answers. */
  #waiting: { resolve: (answer: VtyAnswer) => void; reject: (reason: Error) => void }[] = [];
  /** The end of an answer came in part. */
  #isEnding = false;
  #ended: Error | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (chunk) => this.#take(chunk));
    socket.on("error", (cause) => this.#end(new Error("the daemon's vty broke off", { cause })));
    socket.on("close", () => this.#end(new Error("the daemon closed its vty")));
  }

  static async open(path: string): Promise<Vty> {
    for (let waited = 0; ; waited += queuePollMs) {
      try {
        return new Vty(await connected(path));
      } catch (cause) {
        const isBusy = codeOf(cause) === "EAGAIN";
        if (!isBusy || waited >= answerMsMax)
          throw new Error(`no routing daemon answers at ${path}`, { cause });
        await wait(queuePollMs);
      }
    }
  }

  /** May be called again before the answer is there: lines wait at the daemon, and answers keep their order. */
  ask(line: string): Promise<VtyAnswer> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    const deadline = new AbortController();
    return new Promise<VtyAnswer>((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#socket.write(`${line}\0`);
      void wait(answerMsMax, deadline.signal).then(() => {
        if (!deadline.signal.aborted) this.#end(new Error("the daemon did not answer in 30 s"));
      });
    }).finally(() => deadline.abort());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    this.#received.push(chunk);
    // Text has no NUL in it: long answers are put together once, when their end is here.
    if (!this.#isEnding && !chunk.includes(0)) return;
    let rest = Buffer.concat(this.#received);
    for (let end = rest.indexOf(0); end !== -1 && rest.length >= end + 4; end = rest.indexOf(0)) {
      const status = rest[end + ending.length] ?? 1;
      const ok = status === success || status === nothingToDo;
      const waiting = this.#waiting.shift();
      waiting?.resolve({ text: rest.subarray(0, end).toString("utf8"), status, ok });
      rest = rest.subarray(end + 4);
    }
    this.#received = rest.length === 0 ? [] : [rest];
    this.#isEnding = rest.includes(0);
  }

  #end(reason: Error): void {
    this.#ended = reason;
    for (const { reject } of this.#waiting.splice(0)) reject(reason);
    this.#socket.destroy();
  }
}

function connected(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.off("error", reject);
      resolve(socket);
    });
  });
}
