/**
 * A thread of the small process (`launcher-program.ts`) that does nothing but read the kernel: a reading waits
 * for locks of the kernel, and meanwhile programs must start and their ends be told.
 */
import { parentPort } from "node:worker_threads";
import type { Answer, Wish } from "../launcher.ts";
import { readLights, readNamespaces, readPrograms } from "./kernel.ts";

const readers = { lights: readLights, namespaces: readNamespaces, programs: readPrograms };

parentPort?.on("message", ({ id, read, place }: Extract<Wish, { read: unknown }>) => {
  parentPort?.postMessage(answerOf(id, () => readers[read](place)));
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
