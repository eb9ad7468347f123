/** One change to the machine, as data: printed by a dry run, asserted by a test, kept for audit. */
export type Command = {
  readonly argv: readonly [string, ...string[]];
  readonly input?: string;
  readonly why: string;
};

/** Makes one part of a node real: namespaces and links, tags and meters, FRR. Nothing else may touch it. */
export interface Driver<State, Intended, Change> {
  readonly name: string;

  /** Reads what the machine has now. Changes nothing. */
  observe(signal: AbortSignal): Promise<State>;

  /** Pure: the changes that lead from `observed` to `intended`. Empty when they agree. */
  diff(observed: State, intended: Intended): readonly Change[];

  /** Makes the changes in order. Making them twice does no harm. Returns what failed, by fragment. */
  apply(changes: readonly Change[], signal: AbortSignal): Promise<Failures>;
}

/** Why a fragment could not be applied, by the fragment's key; the first reason is kept. */
export type Failures = Map<string, string>;

export function noteFailure(failures: Failures, key: string, reason: string): void {
  if (!failures.has(key)) failures.set(key, reason);
}

export function mergeFailures(into: Failures, from: Failures): void {
  for (const [key, reason] of from) noteFailure(into, key, reason);
}
