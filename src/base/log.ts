/** One line of JSON per entry on standard error. Secrets are never passed to it. */
export type Log = (
  level: "debug" | "info" | "warn" | "error",
  message: string,
  fields?: Readonly<Record<string, unknown>>,
) => void;

export const silentLog: Log = () => {};

export function jsonLog(write: (line: string) => void, now: () => number): Log {
  return (level, message, fields) => {
    write(
      `${JSON.stringify({ time: new Date(now()).toISOString(), level, message, ...fields })}\n`,
    );
  };
}
