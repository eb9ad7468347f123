/** Keys of authorizations, which open somebody else's circuit or port to who has one: sealed at rest. */
import { textAt } from "./fields.ts";
import type { Grant, Sealer, View } from "./resource.ts";
import type { JsonObject, StoredResource } from "./state.ts";

/** What finding an authorization by its key needs. */
export type KeyView = Pick<View, "reader" | "sealer">;

export function newAuthorizationKey({ sealer, uuid }: Grant): JsonObject {
  return { authorizationKey: sealer.seal(uuid()) };
}

/** Who has the key may join: it is shown to who may ask for keys, and not to every reader. */
export function shownKey(resource: StoredResource, { sealer, allows }: View): JsonObject {
  if (!allows(`${resource.type}/listKeys/action`, resource.id)) return {};
  return { authorizationKey: authorizationKeyOf(resource, sealer) };
}

/** Rows of before keys were sealed have them as they are. */
export function authorizationKeyOf({ assigned }: StoredResource, { open }: Sealer): string {
  const held = textAt(assigned, "authorizationKey") ?? "";
  return held.startsWith("sealed:") ? open(held) : held;
}
