/**
 * A thread of the small process (`launcher-program.ts`) that reads the kernel and puts programs on links: both wait
 * for locks of the kernel, and meanwhile programs must start and their ends be told.
 */
import { parentPort } from "node:worker_threads";
import type { Answer, Wish } from "../launcher.ts";
import { changeHooks, readLights, readNamespaces, readPrograms } from "./kernel.ts";

const readers = { lights: readLights, namespaces: readNamespaces, programs: readPrograms };

parentPort?.on("message", (wish: Extract<Wish, { place: unknown }>) => {
  const answer = () =>
    "hook" in wish ? changeHooks(wish.place, wish.hook) : readers[wish.read](wish.place);
  parentPort?.postMessage(answerOf(wish.id, answer));
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
