/** Interconnect groups: how many machines are free in each subgroup. There is no subgroup. */
import { types } from "../../domain/types.ts";
import type { ActionDefinition } from "./action.ts";

export const interconnectGroupActions: readonly ActionDefinition[] = [
  {
    type: types.interconnectGroup,
    method: "POST",
    path: "nodeAvailability",
    answer: async () => ({ status: 200, body: { subgroupsNodeAvailability: [] } }),
  },
];
