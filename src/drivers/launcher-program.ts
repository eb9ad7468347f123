/** A program of its own: starts programs for the server that started it. See `launcher.ts`. */
import { LaunchError, launch } from "./launch.ts";
import type { Answer, Wish } from "./launcher.ts";

const running = new Map<number, AbortController>();

process.on("message", (wish: Wish) => {
  if ("abort" in wish) running.get(wish.id)?.abort();
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

function tell(answer: Answer): void {
  if (process.connected) process.send?.(answer);
}
