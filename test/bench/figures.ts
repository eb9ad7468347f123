/** What a benchmark found, and whether it is good enough. */

export type Statistic = "min" | "median" | "p99" | "max";

/** The figure meets its target when the statistic named is within the bounds. */
export type Target = {
  readonly of: Statistic | "every";
  readonly least?: number;
  readonly most?: number;
};

export type Figure = {
  readonly name: string;
  readonly unit: string;
  /** In the order in which they were measured. */
  readonly samples: readonly number[];
  /** Absent: for information. */
  readonly target?: Target;
  readonly note?: string;
};

export type Summary = Readonly<Record<Statistic, number>> & { readonly n: number };

export function summaryOf(samples: readonly number[]): Summary {
  const sorted = [...samples].sort((one, other) => one - other);
  return {
    n: sorted.length,
    min: sorted[0] ?? Number.NaN,
    median: median(sorted),
    p99: nearestRank(sorted, 0.99),
    max: sorted.at(-1) ?? Number.NaN,
  };
}

function median(sorted: readonly number[]): number {
  const [low, high] = [(sorted.length - 1) >> 1, sorted.length >> 1];
  return ((sorted[low] ?? Number.NaN) + (sorted[high] ?? Number.NaN)) / 2;
}

/** The smallest sample that at least this part of all samples does not exceed: with 30, the largest. */
function nearestRank(sorted: readonly number[], part: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)] ?? Number.NaN;
}

/** Undefined where there is no target. A figure without samples never meets one. */
export function isMet({ samples, target }: Figure): boolean | undefined {
  if (target === undefined) return undefined;
  if (samples.length === 0) return false;
  const summary = summaryOf(samples);
  const judged = target.of === "every" ? samples : [summary[target.of]];
  const { least = Number.NEGATIVE_INFINITY, most = Number.POSITIVE_INFINITY } = target;
  return judged.every((value) => value >= least && value <= most);
}

export function targetText({ target, unit }: Figure): string {
  if (target === undefined) return "–";
  const { of, least, most } = target;
  const bounds =
    least !== undefined && most !== undefined
      ? `${print(least)}…${print(most)}`
      : least === undefined
        ? `≤ ${print(most ?? 0)}`
        : `≥ ${print(least)}`;
  return `${of === "every" ? "each" : of} ${bounds}${unit === "" ? "" : ` ${unit}`}`;
}

export function print(value: number): string {
  if (Number.isNaN(value)) return "–";
  if (Math.abs(value) >= 100 || Number.isInteger(value)) return String(Math.round(value));
  return String(Math.round(value * 1000) / 1000);
}
