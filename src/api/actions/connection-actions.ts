/** Connections of virtual network gateways. */
import { types } from "../../domain/types.ts";
import type { ActionDefinition } from "./action.ts";

export const connectionActions: readonly ActionDefinition[] = [
  {
    // Terraform reads the shared key of every connection; one of ExpressRoute has none.
    type: types.connection,
    method: "GET",
    path: "sharedkey",
    answer: async () => ({ status: 200, body: { value: "" } }),
  },
];
