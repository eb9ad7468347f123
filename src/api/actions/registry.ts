/** Every action there is: a further one is its definition in the file of its type, and that file here. */
import type { ActionDefinition } from "./action.ts";
import { authorizationActions } from "./authorization-actions.ts";
import { circuitActions } from "./circuit-actions.ts";
import { circuitMigrationActions } from "./circuit-migration-actions.ts";
import { connectionActions } from "./connection-actions.ts";
import { crossConnectionActions } from "./cross-connection-actions.ts";
import { gatewayActions } from "./gateway-actions.ts";
import { hubGatewayActions } from "./hub-gateway-actions.ts";
import { interconnectGroupActions } from "./interconnect-group-actions.ts";
import { linkTestActions } from "./link-failover-actions.ts";
import { portActions } from "./port-actions.ts";
import { publicAddressActions } from "./public-address-actions.ts";
import { refusedActions } from "./refused-actions.ts";
import { routeSetActions } from "./route-sets.ts";
import { siteTestActions } from "./site-failover-actions.ts";
import { tagActions } from "./tag-actions.ts";
import { virtualHubActions } from "./virtual-hub-actions.ts";
import { virtualNetworkActions } from "./virtual-network-actions.ts";
import { vpnActions } from "./vpn-actions.ts";

export const actions: readonly ActionDefinition[] = [
  ...authorizationActions,
  ...circuitActions,
  ...connectionActions,
  ...crossConnectionActions,
  ...gatewayActions,
  ...circuitMigrationActions,
  ...linkTestActions,
  ...routeSetActions,
  ...siteTestActions,
  ...hubGatewayActions,
  ...interconnectGroupActions,
  ...portActions,
  ...tagActions,
  ...virtualHubActions,
  ...virtualNetworkActions,
  ...vpnActions,
  ...publicAddressActions,
  ...refusedActions,
];
