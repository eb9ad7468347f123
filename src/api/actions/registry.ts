/** Every action there is: a further one is its definition in the file of its type, and that file here. */
import type { ActionDefinition } from "./action.ts";
import { circuitActions } from "./circuit-actions.ts";
import { connectionActions } from "./connection-actions.ts";
import { crossConnectionActions } from "./cross-connection-actions.ts";
import { gatewayActions } from "./gateway-actions.ts";

export const actions: readonly ActionDefinition[] = [
  ...circuitActions,
  ...connectionActions,
  ...crossConnectionActions,
  ...gatewayActions,
];
