/** A program of its own: starts programs and reads the kernel for the server that started it. See `launcher.ts`. */
import { Worker } from "node:worker_threads";
import { LaunchError, launch } from "./launch.ts";
import type { Answer, Wish } from "./launcher.ts";

const readerProgram = new URL(
  `./netlink/reader-thread.${import.meta.url.split(".").at(-1)}`,
  import.meta.url,
);
const running = new Map<number, AbortController>();
const reading = new Set<number>();
let thread: Worker | undefined;

process.on("message", (wish: Wish) => {
  if ("abort" in wish) running.get(wish.id)?.abort();
  else if ("place" in wish) look(wish);
  else void fulfil(wish);
});
// A terminal's Ctrl-C reaches the whole group, and the server still has programs to start while it stops. It
// ends when the server has gone and what it started has ended.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => {});

async function fulfil({ id, request }: Extract<Wish, { request: unknown }>): Promise<void> {
  const over = new AbortController();
  running.set(id, over);
  try {
    tell({ id, ending: await launch(request, over.signal) });
  } catch (error) {
    const code = error instanceof LaunchError ? error.code : "";
    tell({ id, error: { code, message: String(error) } });
  } finally {
    running.delete(id);
  }
}

function reader(): Worker {
  if (thread !== undefined) return thread;
  // Sockets of netlink are made by calls that Node does not see, and closed by it.
  const own = new Worker(readerProgram, { trackUnmanagedFds: false });
  thread = own;
  own.on("message", (answer: Answer) => {
    reading.delete(answer.id);
    tell(answer);
  });
  own.on("error", (error) => {
    thread = undefined;
    for (const id of reading) tell({ id, error: { code: "", message: String(error) } });
    reading.clear();
  });
  // It ends with the process.
  own.unref();
  return own;
}

function look(wish: Extract<Wish, { place: unknown }>): void {
  reading.add(wish.id);
  reader().postMessage(wish);
}

function tell(answer: Answer): void {
  if (process.connected) process.send?.(answer);
}
