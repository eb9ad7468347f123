/** A promise of ours was broken: a bug here, never a user's mistake. */
export class InvariantError extends Error {
  override readonly name = "InvariantError";
}

export function invariant(condition: unknown, promise: string): asserts condition {
  if (!condition) throw new InvariantError(`invariant broken: ${promise}`);
}
