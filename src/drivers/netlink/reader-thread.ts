/**
 * A thread of the small process (`launcher-program.ts`) that does nothing but read the kernel: a reading waits
 * for locks of the kernel, and meanwhile programs must start and their ends be told.
 */
import { parentPort } from "node:worker_threads";
import type { Answer, Wish } from "../launcher.ts";
import { readLights, readNamespaces } from "./kernel.ts";

parentPort?.on("message", ({ id, read, place }: Extract<Wish, { read: unknown }>) => {
  parentPort?.postMessage(
    answerOf(id, () => (read === "lights" ? readLights : readNamespaces)(place)),
  );
});

function answerOf(
  id: number,
  read: () => Extract<Answer, { readings: unknown }>["readings"],
): Answer {
  try {
    return { id, readings: read() };
  } catch (error) {
    return { id, error: { code: "", message: String(error) } };
  }
}
