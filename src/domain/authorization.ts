import { z } from "zod";
import { newAuthorizationKey, shownKey } from "./authorization-key.ts";
import { userOfAuthorization } from "./authorization-use.ts";
import { conflict } from "./errors.ts";
import { defineResource } from "./resource.ts";
import { types } from "./types.ts";

/**
 * The right to join one gateway, or one circuit, of another subscription to the circuit. Whether it is in
 * use is read off the connection that holds it, so that deleting the connection frees it.
 */
export const authorization = defineResource({
  type: types.authorization,
  tracked: false,
  schema: z.strictObject({ properties: z.strictObject({}).optional() }),
  ignored: [
    "properties.authorizationKey",
    "properties.authorizationUseStatus",
    "properties.connectionResourceUri",
  ],
  async *refusals() {},
  stored: () => ({}),
  async assign(_candidate, grant) {
    return grant.previous?.assigned ?? newAuthorizationKey(grant);
  },
  async *deleteRefusals(resource, { reader, goes }) {
    const user = await userOfAuthorization(reader, resource.id);
    if (user === undefined || goes(user.id)) return;
    yield conflict(
      "ConflictError",
      user.id,
      `Authorization ${resource.name} is in use by ${user.id}: delete that connection first.`,
    );
  },
  async reconciled() {
    return false;
  },
  async properties(resource, view) {
    const { reader } = view;
    const user = await userOfAuthorization(reader, resource.id);
    return {
      ...shownKey(resource, view),
      authorizationUseStatus: user === undefined ? "Available" : "InUse",
      ...(user === undefined ? {} : { connectionResourceUri: user.id }),
    };
  },
});
