/** Authorizations of circuits and of ports: their keys by themselves. */
import { authorizationKeyOf } from "../../domain/authorization-key.ts";
import { types } from "../../domain/types.ts";
import { sealerOf } from "../context.ts";
import type { ActionDefinition } from "./action.ts";

export const authorizationActions: readonly ActionDefinition[] = [
  types.authorization,
  types.portAuthorization,
].map((type) => ({
  type,
  method: "POST",
  path: "listKeys",
  async answer(call, authorization) {
    const authorizationKey = authorizationKeyOf(authorization, sealerOf(call.deps));
    return { status: 200, body: { authorizationKey } };
  },
}));
