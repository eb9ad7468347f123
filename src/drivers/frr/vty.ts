/**
 * A conversation with one routing daemon over its vty socket. A line is sent with a NUL behind it; the
 * answer ends with three NULs and a status byte (FRR, lib/vty.c). No process is started for a command.
 */
import { connect, type Socket } from "node:net";
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
  #waiting: { resolve: (answer: VtyAnswer) => void; reject: (reason: Error) => void } | undefined;
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
        const isBusy = cause instanceof Error && "code" in cause && cause.code === "EAGAIN";
        if (!isBusy || waited >= answerMsMax)
          throw new Error(`no routing daemon answers at ${path}`, { cause });
        await wait(queuePollMs);
      }
    }
  }

  /** One line at a time: an answer is told from the next only by its end. */
  ask(line: string): Promise<VtyAnswer> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    const deadline = new AbortController();
    return new Promise<VtyAnswer>((resolve, reject) => {
      this.#waiting = { resolve, reject };
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
    const last = chunk.length >= 4 ? chunk : Buffer.concat(this.#received).subarray(-4);
    if (last.length < 4 || !last.subarray(-4, -1).equals(ending)) return;
    const whole = Buffer.concat(this.#received);
    this.#received = [];
    const status = whole[whole.length - 1] ?? 1;
    const text = whole.subarray(0, -4).toString("utf8");
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.resolve({ text, status, ok: status === success || status === nothingToDo });
  }

  #end(reason: Error): void {
    this.#ended = reason;
    this.#waiting?.reject(reason);
    this.#waiting = undefined;
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
