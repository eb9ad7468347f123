import { setFlagsFromString } from "node:v8";

/**
 * A server reads its nodes every second, and V8 left alone lets the garbage of that grow to a multiple of
 * what is in use, for an end that never comes: it would rather have memory than work. These flags are read
 * at every collection, so they hold although the process runs already; its limits would not.
 */
export function keepHeapSmall(): void {
  // Else the command has bounded it, which costs half the time of this.
  if (!process.execArgv.some((flag) => flag.startsWith("--max-semi-space-size")))
    setFlagsFromString("--semi-space-growth-factor=1");
  setFlagsFromString("--heap-growing-percent=15");
}
