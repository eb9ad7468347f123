/** Gateways of hubs: what they know. No node carries one, so that it has no routes and nothing is computed of them. */
import { types } from "../../domain/types.ts";
import type { JsonObject } from "../../store/store.ts";
import type { ActionDefinition } from "./action.ts";

export const hubGatewayActions: readonly ActionDefinition[] = [
  empty("getRoutesInformation", { routeSets: [], circuitsMetadataMap: {} }),
  empty("getResiliencyInformation", { components: [] }),
];

function empty(path: string, body: JsonObject): ActionDefinition {
  return {
    type: types.hubGateway,
    method: "POST",
    path,
    answer: async () => ({ status: 200, body }),
  };
}
