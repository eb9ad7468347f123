import { type ArmError, conflict } from "./errors.ts";
import type { DeleteView } from "./resource.ts";
import type { StoredResource } from "./state.ts";

/** What still uses something stands in the way of deleting it, unless it goes in the same request. */
export function* deleteFirst(
  { goes }: DeleteView,
  users: Iterable<StoredResource>,
  said: (userId: string) => string,
): Generator<ArmError> {
  for (const { id } of users) {
    if (!goes(id)) yield conflict("ConflictError", id, said(id));
  }
}
