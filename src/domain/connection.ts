import { z } from "zod";
import { ofCircuit, redeemed } from "./authorization-use.ts";
import { ConnectionOptionsBody } from "./connection-options.ts";
import { connectionRefusals } from "./connection-refusals.ts";
import { noCapacity } from "./errors.ts";
import { fastPathShown, fastPathSlot, isFastPath } from "./fast-path.ts";
import { at, defined, objectAt, textAt } from "./fields.ts";
import { circuitIdOf } from "./links.ts";
import { type Candidate, defineResource, type Grant } from "./resource.ts";
import type { JsonObject, StoredResource } from "./state.ts";
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

export const ConnectionBody = z.strictObject({
  properties: z.strictObject(
    {
      connectionType: oneOf(["ExpressRoute"]),
      virtualNetworkGateway1: Reference,
      peer: Reference,
      authorizationKey: AuthorizationKey.optional(),
      routingWeight: RoutingWeight.optional(),
      expressRouteGatewayBypass: Flag.optional(),
      causeway: ConnectionOptionsBody.nullable().optional(),
      enablePrivateLinkFastPath: UnofferedFlag.optional(),
      enableBgp: Flag.optional(),
      virtualNetworkGateway2: Unoffered,
      localNetworkGateway2: Unoffered,
      usePolicyBasedTrafficSelectors: UnofferedFlag.optional(),
      useLocalAzureIpAddress: UnofferedFlag.optional(),
      ipsecPolicies: UnofferedList,
      trafficSelectorPolicies: UnofferedList,
      gatewayCustomBgpIpAddresses: UnofferedList,
      ingressNatRules: UnofferedList,
      egressNatRules: UnofferedList,
      tunnelProperties: UnofferedList,
      certificateAuthentication: Unoffered,
      routingConfiguration: Unoffered,
    },
    { error: "must be an object" },
  ),
});

export type ConnectionBody = z.infer<typeof ConnectionBody>;

/** Joins one gateway to the private peering of one circuit. */
export const connection = defineResource({
  type: types.connection,
  tracked: true,
  schema: ConnectionBody,
  ignored: [
    "properties.connectionStatus",
    "properties.causewayFastPath",
    "properties.egressBytesTransferred",
    "properties.ingressBytesTransferred",
    "properties.tunnelConnectionStatus",
    "properties.sharedKey",
    "properties.connectionProtocol",
    "properties.connectionMode",
    "properties.dpdTimeoutSeconds",
    "properties.authentication",
    "properties.authenticationType",
  ],
  secret: ["properties.authorizationKey"],
  kept: ["properties.causeway"],
  refusals: connectionRefusals,
  assign,
  stored,
  async reconciled() {
    return true;
  },
  async properties(row, { reader }) {
    const { desired, observed } = row;
    const circuit = isFastPath(row) ? await reader.read(circuitIdOf(row)) : undefined;
    return {
      ...objectAt(desired, "properties"),
      // A client of 2026-01-01 looks into the gateway's properties without asking whether there are any.
      virtualNetworkGateway1: {
        ...objectAt(desired, "properties.virtualNetworkGateway1"),
        properties: {},
      },
      connectionStatus: textAt(observed, "connectionStatus") ?? "Unknown",
      ...(isFastPath(row) ? { causewayFastPath: fastPathShown(row, circuit) } : {}),
    };
  },
});

async function assign(candidate: Candidate<ConnectionBody>, grant: Grant): Promise<JsonObject> {
  const { previous, writer } = grant;
  if (previous !== undefined) {
    return { ...previous.assigned, ...(await fastPathSlot(candidate, grant)) };
  }
  const tunnelBlock = await writer.allocate({
    pool: "tunnelBlocks",
    owner: candidate.id,
    from: 0,
    to: 4_095,
  });
  if (tunnelBlock === undefined) {
    throw noCapacity("id", "No connection can be had: 4,096 exist; delete one first.");
  }
  const { peer, authorizationKey: key } = candidate.body.properties;
  const slot = await fastPathSlot(candidate, grant);
  return { tunnelBlock, ...slot, ...(await redeemed(ofCircuit, grant, { ownerId: peer.id, key })) };
}

/** The key is redeemed, not kept. Options that a client does not know stay, and null takes them away. */
function stored(body: ConnectionBody, previous: StoredResource | undefined): JsonObject {
  const { authorizationKey: _, causeway: asked, ...properties } = body.properties;
  const held = at(previous?.desired, "properties.causeway");
  const causeway = asked === undefined ? held : (asked ?? undefined);
  const routingWeight = properties.routingWeight ?? 0;
  // A body is JSON: the schema read it from JSON.
  return {
    properties: defined({ ...properties, routingWeight, causeway } as unknown as JsonObject),
  };
}
