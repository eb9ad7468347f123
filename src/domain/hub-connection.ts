import { z } from "zod";
import { ofCircuit, redeemed } from "./authorization-use.ts";
import { objectAt } from "./fields.ts";
import { hubConnectionRefusals } from "./hub-connection-refusals.ts";
import { type Candidate, defineResource, type Grant } from "./resource.ts";
import { parentOfId } from "./resource-id.ts";
import type { JsonObject } from "./state.ts";
import { types } from "./types.ts";
import {
  AuthorizationKey,
  Flag,
  oneOf,
  Reference,
  RoutingWeight,
  Unoffered,
  UnofferedFlag,
  UnofferedList,
} from "./values.ts";

/** A hub has its two built-in route tables; the rest of this only says so. */
const RoutingConfiguration = z.strictObject({
  associatedRouteTable: Reference.optional(),
  propagatedRouteTables: z
    .strictObject({
      labels: z.array(oneOf(["default", "none"]), { error: "must be a list of labels" }).optional(),
      ids: z.array(Reference, { error: "must be a list of route tables" }).optional(),
    })
    .optional(),
  vnetRoutes: z
    .strictObject({
      staticRoutes: UnofferedList,
      staticRoutesConfig: z
        .strictObject({ vnetLocalRouteOverrideCriteria: oneOf(["Contains", "Equal"]).optional() })
        .optional(),
    })
    .optional(),
  inboundRouteMap: Unoffered,
  outboundRouteMap: Unoffered,
});

export const HubConnectionBody = z.strictObject({
  properties: z.strictObject(
    {
      expressRouteCircuitPeering: Reference,
      authorizationKey: AuthorizationKey.optional(),
      routingWeight: RoutingWeight.optional(),
      enableInternetSecurity: Flag.optional(),
      expressRouteGatewayBypass: UnofferedFlag.optional(),
      enablePrivateLinkFastPath: UnofferedFlag.optional(),
      routingConfiguration: RoutingConfiguration.optional(),
    },
    { error: "must be an object" },
  ),
});

export type HubConnectionBody = z.infer<typeof HubConnectionBody>;

/**
 * Joins a hub to the private peering of a circuit. The fabric has no hub router, so that the order is checked,
 * kept and counted as any link of the circuit, and carries nothing: its provisioningState is the control
 * plane's, that it is kept, and connectionStatus says that no packet passes. Refusing it would keep
 * clients from the life cycle they know; Connected would be untrue.
 */
export const hubConnection = defineResource({
  type: types.hubConnection,
  tracked: false,
  schema: HubConnectionBody,
  ignored: [
    "properties.connectionStatus",
    "properties.routingConfiguration.vnetRoutes.bgpConnections",
    "properties.routingConfiguration.vnetRoutes.staticRoutesConfig.propagateStaticRoutes",
  ],
  secret: ["properties.authorizationKey"],
  refusals: hubConnectionRefusals,
  assign,
  stored({ properties }) {
    const { authorizationKey: _, ...rest } = properties;
    // A body is JSON: the schema read it from JSON.
    return { properties: { routingWeight: 0, ...(rest as unknown as JsonObject) } };
  },
  async reconciled() {
    return false;
  },
  async properties({ desired }) {
    return { ...objectAt(desired, "properties"), connectionStatus: "NotConnected" };
  },
});

/** The key is redeemed, not kept. */
async function assign({ body }: Candidate<HubConnectionBody>, grant: Grant): Promise<JsonObject> {
  if (grant.previous !== undefined) return grant.previous.assigned;
  const { authorizationKey: key, expressRouteCircuitPeering: peering } = body.properties;
  return redeemed(ofCircuit, grant, { ownerId: parentOfId(peering.id), key });
}
