/** Virtual network gateways. */
import { types } from "../../domain/types.ts";
import type { ActionDefinition } from "./action.ts";

export const gatewayActions: readonly ActionDefinition[] = [
  {
    type: types.gateway,
    method: "GET",
    path: "connections",
    async answer(call, gateway) {
      const rows = await call.deps.store.list({ type: types.connection, referring: gateway.id });
      const value = rows.map(({ id, name, type }) => ({ id, name, type }));
      return { status: 200, body: { value } };
    },
  },
];
