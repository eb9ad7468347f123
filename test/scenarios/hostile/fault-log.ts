import type { Log } from "../../../src/base/log.ts";

/** A log, and what a server wrote into it as faults of its own. */
export function faultLog(): { readonly log: Log; readonly faults: string[] } {
  const faults: string[] = [];
  const log: Log = (level, message, more) => {
    if (level === "error") faults.push(`${message} ${JSON.stringify(more)}`);
  };
  return { log, faults };
}
