import { systemClock } from "../base/clock.ts";

/** Waits for the machine, which knows no virtual time. */
export function wait(ms: number, signal?: AbortSignal): Promise<void> {
  return systemClock.sleep(ms, signal);
}
