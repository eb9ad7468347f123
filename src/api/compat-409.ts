/** `--compat-409`: the original's refusal of a write beside another, for those who test against it. */
import { conflict } from "../domain/errors.ts";
import type { StoredResource, StoreReader } from "../store/store.ts";
import type { Call } from "./context.ts";

/** Of a resource, its parent, its parent's other children and its own. */
export async function refuseBesideAnother(
  call: Call,
  reader: StoreReader,
  {
    previous,
    parent,
  }: { previous: StoredResource | undefined; parent: StoredResource | undefined },
): Promise<void> {
  if (call.deps.compat409 !== true) return;
  const root = parent ?? previous;
  if (root === undefined) return;
  const family = [root, ...(await reader.list({ parentId: root.id }))];
  const busy = family.find(({ provisioningState }) => provisioningState === "Updating");
  if (busy === undefined) return;
  throw conflict(
    "AnotherOperationInProgress",
    busy.id,
    `Another operation on this or dependent resource is in progress: ${busy.id} is being updated; try again when it is not. A server without --compat-409 would have let this one wait.`,
  );
}
