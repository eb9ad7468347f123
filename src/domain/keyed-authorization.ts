import { z } from "zod";
import { newAuthorizationKey, shownKey } from "./authorization-key.ts";
import { type AuthorizationKind, userOfAuthorization } from "./authorization-use.ts";
import { deleteFirst } from "./delete-first.ts";
import { defineResource, type ResourceDefinition } from "./resource.ts";

/**
 * A right with a key to it. Whether it is in use is read off what holds it, so that deleting that frees it.
 * `userField` is the field in which an answer names the holder.
 */
export function keyedAuthorization(
  kind: AuthorizationKind,
  { userField, ignored }: { userField: string; ignored: readonly string[] },
): ResourceDefinition {
  return defineResource({
    type: kind.type,
    tracked: false,
    schema: z.strictObject({ properties: z.strictObject({}).optional() }),
    ignored: ["properties.authorizationKey", "properties.authorizationUseStatus", ...ignored],
    async *refusals() {},
    stored: () => ({}),
    async assign(_candidate, grant) {
      return grant.previous?.assigned ?? newAuthorizationKey(grant);
    },
    async *deleteRefusals(resource, view) {
      const user = await userOfAuthorization(kind, view.reader, resource.id);
      yield* deleteFirst(view, user === undefined ? [] : [user], (id) => {
        const { noun } = kind.users;
        return `Authorization ${resource.name} is in use by ${id}: delete that ${noun} first.`;
      });
    },
    async reconciled() {
      return false;
    },
    async properties(resource, view) {
      const user = await userOfAuthorization(kind, view.reader, resource.id);
      return {
        ...shownKey(resource, view),
        authorizationUseStatus: user === undefined ? "Available" : "InUse",
        ...(user === undefined ? {} : { [userField]: user.id }),
      };
    },
  });
}
