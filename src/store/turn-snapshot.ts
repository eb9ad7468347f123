import type { Statements } from "./statements.ts";

/**
 * Reads of one turn of the event loop see one state of the store, and take and leave its locks once: with a
 * transaction for each query a list of a thousand circuits spent half of its time on the locks of two thousand.
 * A write that is committed ends it, so that whoever reads then sees it.
 */
export type TurnSnapshot = {
  readonly statements: Statements;
  end(): void;
};

export function turnSnapshot(own: Statements): TurnSnapshot {
  let isOpen = false;
  const end = () => {
    if (!isOpen) return;
    isOpen = false;
    // SQLite has ended it by itself when a read failed, and nobody waits for what `setImmediate` calls.
    try {
      own.run("COMMIT");
    } catch {}
  };
  const begin = () => {
    if (isOpen) return;
    own.run("BEGIN");
    isOpen = true;
    setImmediate(end);
  };
  const within = <Values extends unknown[], Result>(read: (...values: Values) => Result) => {
    return (...values: Values) => {
      begin();
      return read(...values);
    };
  };
  return {
    statements: { all: within(own.all), first: within(own.first), run: own.run },
    end,
  };
}
