import { z } from "zod";
import type { Family } from "../fabric/intent.ts";
import { ofCircuit, redeemed } from "./authorization-use.ts";
import { circuitConnectionRefusals } from "./circuit-connection-refusals.ts";
import { joinsTo, peerPeeringIdOf } from "./circuit-joins.ts";
import { noCapacity } from "./errors.ts";
import { at, defined, numberAt, objectAt, objectOf, textAt } from "./fields.ts";
import { JoinOptionsBody } from "./join-options.ts";
import { type Candidate, defineResource, type Grant, type View } from "./resource.ts";
import { parentOfId } from "./resource-id.ts";
import type { JsonObject, StoredResource } from "./state.ts";
import { types } from "./types.ts";
import { AuthorizationKey, JoinPrefixIpv4, JoinPrefixIpv6, Reference } from "./values.ts";

export const CircuitConnectionBody = z.strictObject({
  properties: z.strictObject(
    {
      /** The peering in the path; clients send it and it may be left out. */
      expressRouteCircuitPeering: Reference.optional(),
      peerExpressRouteCircuitPeering: Reference,
      addressPrefix: JoinPrefixIpv4.optional(),
      ipv6CircuitConnectionConfig: z
        .strictObject(
          { addressPrefix: JoinPrefixIpv6 },
          { error: "must be an object with addressPrefix" },
        )
        .optional(),
      authorizationKey: AuthorizationKey.optional(),
      causeway: JoinOptionsBody.nullable().optional(),
    },
    { error: "must be an object" },
  ),
});

export type CircuitConnectionBody = z.infer<typeof CircuitConnectionBody>;

/** What the edges last said of the join's sessions, for each family; until then they are being made. */
export function joinStatusOf({ observed }: StoredResource, family: Family): string {
  return textAt(observed, `circuitConnectionStatus.${family}`) ?? "Connecting";
}

/** Joins the private peerings of two circuits (Global Reach). It stands at one of them and shows at the other. */
export const circuitConnection = defineResource({
  type: types.circuitConnection,
  tracked: false,
  schema: CircuitConnectionBody,
  // Networks for benchmarks and for documentation (RFC 2544, RFC 3849): no circuit has them.
  standIns: {
    "properties.addressPrefix": "198.19.255.240/29",
    "properties.ipv6CircuitConnectionConfig.addressPrefix": "2001:db8:ffff::8/125",
  },
  ignored: [
    "properties.circuitConnectionStatus",
    "properties.ipv6CircuitConnectionConfig.circuitConnectionStatus",
  ],
  secret: ["properties.authorizationKey"],
  kept: ["properties.causeway"],
  refusals: circuitConnectionRefusals,
  assign,
  stored,
  async reconciled() {
    return true;
  },
  async properties(join) {
    const { desired, parentId = "" } = join;
    const { ipv6CircuitConnectionConfig: ipv6, ...properties } = objectAt(desired, "properties");
    const hasIpv4 = textAt(desired, "properties.addressPrefix") !== undefined;
    return {
      ...properties,
      expressRouteCircuitPeering: { id: parentId },
      ...(ipv6 === undefined
        ? {}
        : {
            ipv6CircuitConnectionConfig: {
              ...objectOf(ipv6),
              circuitConnectionStatus: joinStatusOf(join, "ipv6"),
            },
          }),
      circuitConnectionStatus: joinStatusOf(join, hasIpv4 ? "ipv4" : "ipv6"),
    };
  },
});

async function assign(
  { id, body }: Candidate<CircuitConnectionBody>,
  grant: Grant,
): Promise<JsonObject> {
  const { previous, writer } = grant;
  if (numberAt(previous?.assigned, "number") !== undefined) return previous?.assigned ?? {};
  const number = await writer.allocate({ pool: "joins", owner: id, from: 0, to: 4_095 });
  if (number === undefined) {
    throw noCapacity("id", "No circuit connection can be had: 4,096 exist; delete one first.");
  }
  if (previous !== undefined) return { ...previous.assigned, number };
  const { authorizationKey: key, peerExpressRouteCircuitPeering: peer } = body.properties;
  const given = await redeemed(ofCircuit, grant, { ownerId: parentOfId(peer.id), key });
  return { number, resourceGuid: grant.uuid(), ...given };
}

/**
 * The key is redeemed, not kept; the peering of this end is in the path. Options that a client does not know
 * stay as they are, and null takes them away.
 */
function stored(
  { properties }: CircuitConnectionBody,
  previous: StoredResource | undefined,
): JsonObject {
  const {
    authorizationKey: _,
    expressRouteCircuitPeering: __,
    causeway: asked,
    ...rest
  } = properties;
  const held = at(previous?.desired, "properties.causeway");
  const causeway = asked === undefined ? held : (asked ?? undefined);
  // A body is JSON: the schema read it from JSON.
  return { properties: defined({ ...rest, causeway } as unknown as JsonObject) };
}

/** What a peering shows of the joins that were made at other circuits. */
export async function peerConnections(
  peering: StoredResource,
  { reader }: Pick<View, "reader">,
): Promise<readonly JsonObject[]> {
  return (await joinsTo(reader, peering.id)).map((join) => {
    // Two circuits may give the same name, so that here it goes by its own number.
    const name = textAt(join.assigned, "resourceGuid") ?? join.name;
    return {
      id: `${peering.id}/peerConnections/${name}`,
      name,
      type: `${types.peering}/peerConnections`,
      etag: `W/"${join.etag}"`,
      properties: defined({
        expressRouteCircuitPeering: { id: peerPeeringIdOf(join) },
        peerExpressRouteCircuitPeering: { id: join.parentId ?? "" },
        addressPrefix: textAt(join.desired, "properties.addressPrefix"),
        circuitConnectionStatus: joinStatusOf(
          join,
          textAt(join.desired, "properties.addressPrefix") === undefined ? "ipv6" : "ipv4",
        ),
        connectionName: join.name,
        provisioningState: join.provisioningState,
      }),
    };
  });
}
