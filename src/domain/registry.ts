/** Every resource type there is: a further one is its file and a line here. */
import { authorization } from "./authorization.ts";
import { circuit } from "./circuit.ts";
import { circuitConnection } from "./circuit-connection.ts";
import { connection } from "./connection.ts";
import { crossConnection } from "./cross-connection.ts";
import { gateway } from "./gateway.ts";
import { hubConnection } from "./hub-connection.ts";
import { hubGateway } from "./hub-gateway.ts";
import { interconnectGroup } from "./interconnect-group.ts";
import { lag } from "./lag.ts";
import { localNetworkGateway } from "./local-network-gateway.ts";
import { peering } from "./peering.ts";
import { port } from "./port.ts";
import { portAuthorization } from "./port-authorization.ts";
import { publicAddress } from "./public-address.ts";
import type { ResourceDefinition } from "./resource.ts";
import { resourceGroup } from "./resource-group.ts";
import { routeFilter } from "./route-filter.ts";
import { routeFilterRule } from "./route-filter-rule.ts";
import { subnet } from "./subnet.ts";
import { virtualHub } from "./virtual-hub.ts";
import { virtualMachine } from "./virtual-machine.ts";
import { virtualNetwork } from "./virtual-network.ts";
import { virtualNetworkPeering } from "./virtual-network-peering.ts";
import { virtualWan } from "./virtual-wan.ts";

export const definitions: readonly ResourceDefinition[] = [
  resourceGroup,
  circuit,
  peering,
  circuitConnection,
  authorization,
  crossConnection,
  port,
  portAuthorization,
  lag,
  virtualNetwork,
  subnet,
  virtualNetworkPeering,
  publicAddress,
  localNetworkGateway,
  virtualMachine,
  gateway,
  connection,
  virtualWan,
  virtualHub,
  hubGateway,
  hubConnection,
  interconnectGroup,
  routeFilter,
  routeFilterRule,
];

const byType = new Map(definitions.map((one) => [one.type.toLowerCase(), one]));

export function definitionOf(type: string): ResourceDefinition | undefined {
  return byType.get(type.toLowerCase());
}
