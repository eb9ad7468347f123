/** A program of its own: starts programs and reads the kernel for the server that started it. See `launcher.ts`. */
import { LaunchError, launch } from "./launch.ts";
import type { Answer, Wish } from "./launcher.ts";

const running = new Map<number, AbortController>();

process.on("message", (wish: Wish) => {
  if ("abort" in wish) running.get(wish.id)?.abort();
  else if ("read" in wish) void look(wish);
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

async function look({ id, read, place }: Extract<Wish, { read: unknown }>): Promise<void> {
  try {
    // Native code, only where the kernel is read.
    const { readLights, readNamespaces } = await import("./netlink/kernel.ts");
    tell({ id, readings: read === "lights" ? readLights(place) : readNamespaces(place) });
  } catch (error) {
    tell({ id, error: { code: "", message: String(error) } });
  }
}

function tell(answer: Answer): void {
  if (process.connected) process.send?.(answer);
}
