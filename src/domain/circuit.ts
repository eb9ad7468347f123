import { z } from "zod";
import { authorization } from "./authorization.ts";
import { ofPort, redeemed } from "./authorization-use.ts";
import { pairsWithRoom, stagPool, stags } from "./circuit-capacity.ts";
import { CircuitOptionsBody } from "./circuit-options.ts";
import { circuitDeleteRefusals, circuitRefusals } from "./circuit-refusals.ts";
import { newCrossConnection } from "./cross-connection.ts";
import { noCapacity } from "./errors.ts";
import { at, defined, numberAt, objectAt, textAt } from "./fields.ts";
import { crossConnectionOf, isDirect, peeringLocationOf, stateOf } from "./links.ts";
import { peering } from "./peering.ts";
import {
  type Candidate,
  defineResource,
  type Grant,
  type ResourceDefinition,
  type View,
  wiresOf,
} from "./resource.ts";
import type { JsonObject, StoredResource } from "./state.ts";
import { types } from "./types.ts";
import {
  AuthorizationKey,
  Flag,
  oneOf,
  Reference,
  Text,
  Unoffered,
  UnofferedFlag,
} from "./values.ts";

const Sku = z.strictObject(
  {
    name: Text.optional(),
    tier: oneOf(["Local", "Standard", "Premium"]),
    family: oneOf(["MeteredData", "UnlimitedData"]),
  },
  { error: "must be an object with tier and family" },
);

const Bandwidth = z.number({ error: "must be a number of Gbit/s" }).positive({
  error: "must be a number of Gbit/s above 0",
});

export const CircuitBody = z.strictObject({
  sku: Sku,
  properties: z.strictObject(
    {
      serviceProviderProperties: z
        .strictObject({
          serviceProviderName: Text,
          peeringLocation: Text,
          bandwidthInMbps: z.int({ error: "must be a whole number of Mbit/s" }),
        })
        .optional(),
      expressRoutePort: Reference.optional(),
      expressRouteLag: Unoffered,
      bandwidthInGbps: Bandwidth.optional(),
      allowClassicOperations: Flag.optional(),
      enableDirectPortRateLimit: Flag.optional(),
      globalReachEnabled: UnofferedFlag.optional(),
      /** Of a port of another subscription. */
      authorizationKey: AuthorizationKey.optional(),
      causeway: CircuitOptionsBody.nullable().optional(),
    },
    { error: "must be an object" },
  ),
});

export type CircuitBody = z.infer<typeof CircuitBody>;

/** A customer's private path to the cloud; always a primary and a secondary link. */
export const circuit: ResourceDefinition = defineResource({
  type: types.circuit,
  tracked: true,
  schema: CircuitBody,
  standIns: { "sku.tier": "Premium", "sku.family": "UnlimitedData" },
  ignored: [
    "properties.circuitProvisioningState",
    "properties.serviceProviderProvisioningState",
    "properties.serviceProviderNotes",
    "properties.serviceKey",
    "properties.stag",
    "properties.gatewayManagerEtag",
    "properties.allowGlobalReach",
    "properties.authorizationStatus",
    "properties.resiliencyLevel",
    "properties.partnerAccountId",
    "properties.activationKey",
    "properties.peerings",
    "properties.authorizations",
  ],
  secret: ["properties.authorizationKey"],
  kept: ["properties.causeway"],
  embedded: [
    { field: "peerings", type: types.peering, written: false },
    { field: "authorizations", type: types.authorization, written: false },
  ],
  normalise,
  refusals: circuitRefusals,
  assign,
  stored,
  accepted,
  deleteRefusals: circuitDeleteRefusals,
  async goesWith(resource, reader) {
    const row = await crossConnectionOf(reader, resource);
    return row === undefined ? [] : [row];
  },
  async reconciled() {
    return true;
  },
  properties: circuitProperties,
});

/**
 * az 2.45 leaves serviceProviderProperties out of every update and sends a new bandwidth as
 * bandwidthInGbps; the stored ones stay then.
 */
function normalise(body: JsonObject, previous: StoredResource | undefined): JsonObject {
  const { bandwidthInGbps, ...sent } = objectAt(body, "properties");
  const held = objectAt(previous?.desired, "properties.serviceProviderProperties");
  const kept = { ...body, ...skuAsked(body, previous) };
  const names = sent["serviceProviderProperties"] ?? sent["expressRoutePort"];
  const dropped = previous !== undefined && !isDirect(previous) && names === undefined;
  if (!dropped) return { ...kept, ...withoutZero(body) };
  const bandwidthInMbps =
    typeof bandwidthInGbps === "number" && bandwidthInGbps > 0
      ? Math.round(bandwidthInGbps * 1_000)
      : (held["bandwidthInMbps"] ?? 0);
  const serviceProviderProperties = { ...held, bandwidthInMbps };
  return { ...kept, properties: { ...sent, serviceProviderProperties } };
}

/** az 2.45 sends another tier with the name that it has read: the name follows tier and family. */
function skuAsked(body: JsonObject, previous: StoredResource | undefined): JsonObject {
  if (body["sku"] === undefined) {
    const held = previous?.desired["sku"];
    return held === undefined ? {} : { sku: held };
  }
  const { name, ...rest } = objectAt(body, "sku");
  const same = name !== undefined && name === textAt(previous?.desired, "sku.name");
  return { sku: same ? rest : body["sku"] };
}

/** Clients send 0 for "not set". */
function withoutZero(body: JsonObject): JsonObject {
  const properties = objectAt(body, "properties");
  if (properties["bandwidthInGbps"] !== 0) return { properties: body["properties"] ?? {} };
  const { bandwidthInGbps: _, ...rest } = properties;
  return { properties: rest };
}

/** Every circuit of an installation has one: what runs between its edges is told apart by it. */
const circuitNumbers = { pool: "circuits", from: 1, to: 65_535 };

async function assign(candidate: Candidate<CircuitBody>, grant: Grant): Promise<JsonObject> {
  if (grant.previous !== undefined) return grant.previous.assigned;
  const number = await grant.writer.allocate({ ...circuitNumbers, owner: candidate.id });
  if (number === undefined) throw noTag(candidate.name);
  const given = { serviceKey: grant.uuid(), number };
  const port = candidate.body.properties.expressRoutePort;
  if (port !== undefined) return { ...given, ...(await assignDirect(candidate, port.id, grant)) };
  const asked = candidate.body.properties.serviceProviderProperties;
  const [pair] =
    asked === undefined
      ? []
      : await pairsWithRoom(grant, {
          provider: asked.serviceProviderName,
          peeringLocation: asked.peeringLocation,
          bandwidthMbps: asked.bandwidthInMbps,
        });
  if (pair === undefined) throw noTag(candidate.name);
  return { ...given, portPair: pair.name, stag: await stagOn(pair.name, candidate, grant) };
}

async function assignDirect(
  candidate: Candidate<CircuitBody>,
  portId: string,
  grant: Grant,
): Promise<JsonObject> {
  const port = await grant.reader.read(portId);
  const portPair = textAt(port?.assigned, "portPair") ?? "";
  const key = candidate.body.properties.authorizationKey;
  const given = { portPair, ...(await redeemed(ofPort, grant, { ownerId: portId, key })) };
  // With Dot1Q the peering's tag is the only one.
  if (textAt(port?.desired, "properties.encapsulation") !== "QinQ") return given;
  return { ...given, stag: await stagOn(portPair, candidate, grant) };
}

async function stagOn(
  portPair: string,
  candidate: Candidate<CircuitBody>,
  grant: Grant,
): Promise<number> {
  const pool = stagPool(portPair);
  const stag = await grant.writer.allocate({ pool, owner: candidate.id, ...stags });
  if (stag === undefined) throw noTag(candidate.name);
  return stag;
}

function noTag(name: string) {
  return noCapacity(
    "properties.serviceProviderProperties",
    `Circuit ${name} cannot be had: no port pair has bandwidth and an outer tag left; ask for less bandwidth or another location.`,
  );
}

/**
 * Defaults are kept, so that what a client reads and sends back is no change. A key is redeemed, not kept. Options
 * that a client does not know stay as they are, and null takes them away.
 */
function stored(
  { sku, properties }: CircuitBody,
  previous: StoredResource | undefined,
): JsonObject {
  const { authorizationKey: _, causeway: asked, ...rest } = properties;
  const held = at(previous?.desired, "properties.causeway");
  const causeway = asked === undefined ? held : (asked ?? undefined);
  // A body is JSON: the schema read it from JSON.
  const sent = defined({ ...rest, causeway } as unknown as JsonObject);
  return {
    sku: { name: `${sku.tier}_${sku.family}`, tier: sku.tier, family: sku.family },
    properties: { allowClassicOperations: false, globalReachEnabled: false, ...sent },
  };
}

async function accepted(resource: StoredResource, grant: Grant): Promise<void> {
  if (isDirect(resource) || grant.previous !== undefined) return;
  await grant.writer.putResource(newCrossConnection(resource, grant));
}

async function circuitProperties(resource: StoredResource, view: View): Promise<JsonObject> {
  // Asked for once: a list of a thousand circuits is mostly these questions.
  const rows = await view.reader.list({ parentId: resource.id });
  const crossConnection = await crossConnectionOf(view.reader, resource);
  const location = await peeringLocationOf(view, resource);
  return {
    ...objectAt(resource.desired, "properties"),
    peerings: await wiresOf(peering, rows, view),
    authorizations: await wiresOf(authorization, rows, view),
    circuitProvisioningState: "Enabled",
    serviceProviderProvisioningState: isDirect(resource) ? "Provisioned" : stateOf(crossConnection),
    gatewayManagerEtag: "",
    resiliencyLevel: location?.sites === undefined ? "Standard" : "High",
    ...defined({
      serviceKey: textAt(resource.assigned, "serviceKey"),
      stag: numberAt(resource.assigned, "stag"),
      serviceProviderNotes: textAt(crossConnection?.desired, "properties.serviceProviderNotes"),
    }),
  };
}
