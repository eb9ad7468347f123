/** Public addresses: whether anything protects what is behind them. */
import { types } from "../../domain/types.ts";
import type { ActionDefinition } from "./action.ts";

export const publicAddressActions: readonly ActionDefinition[] = [
  {
    type: types.publicAddress,
    method: "POST",
    path: "ddosProtectionStatus",
    answer: async (_call, { id }) => ({
      status: 200,
      body: { publicIpAddressId: id, isWorkloadProtected: "False" },
    }),
  },
];
