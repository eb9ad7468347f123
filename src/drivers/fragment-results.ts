import type { Fragment } from "../fabric/intent.ts";
import { type FragmentResult, UNWANTED } from "../fabric/report.ts";
import type { Failures } from "./driver.ts";

/** What failed without being wanted is something that should be gone (I7). */
export function resultsOf(fragments: readonly Fragment[], failures: Failures): FragmentResult[] {
  const wanted = new Set(fragments.map(({ key }) => key));
  const strays = [...failures].filter(([key]) => !wanted.has(key));
  return [
    ...fragments.map(({ key }): FragmentResult => {
      const error = failures.get(key);
      return error === undefined ? { key, state: "applied" } : { key, state: "failed", error };
    }),
    ...strays.map(([key, error]) => ({
      key: `${UNWANTED}${key}`,
      state: "failed" as const,
      error,
    })),
  ];
}
