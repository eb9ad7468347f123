/** A mistake in how the program was used: shown without a stack, exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
