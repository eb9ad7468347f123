/** Authorizations of circuits and of ports: their keys by themselves. */
import { types } from "../../domain/types.ts";
import type { ActionDefinition } from "./action.ts";

export const authorizationActions: readonly ActionDefinition[] = [
  types.authorization,
  types.portAuthorization,
].map((type) => ({
  type,
  method: "POST",
  path: "listKeys",
  async answer(_call, { assigned }) {
    return { status: 200, body: { authorizationKey: assigned["authorizationKey"] ?? "" } };
  },
}));
