import { z } from "zod";
import type { PortPair } from "../fabric/inventory.ts";
import { circuitConnection, peerConnections } from "./circuit-connection.ts";
import { joinDeleteRefusals, joinsFrom } from "./circuit-joins.ts";
import { deleteFirst } from "./delete-first.ts";
import { defined, objectAt, textAt } from "./fields.ts";
import { hubDeleteRefusals } from "./hub-links.ts";
import { connectionsOfCircuit } from "./links.ts";
import { PeeringOptionsBody } from "./peering-options.ts";
import { peeringRefusals } from "./peering-refusals.ts";
import { peeringWarnings } from "./private-numbers.ts";
import {
  PublicConfig,
  publicConfigReadOnly,
  publicParts,
  publicPeering,
  publicPeerings,
  withStates,
} from "./public-peering.ts";
import {
  type Candidate,
  type DeleteView,
  defineResource,
  type Grant,
  type Sealer,
  wiresOf,
} from "./resource.ts";
import type { JsonObject, StoredResource } from "./state.ts";
import { types } from "./types.ts";
import { Asn, oneOf, PeerPrefixIpv4, PeerPrefixIpv6, Reference, Text, VlanId } from "./values.ts";

const names = ["AzurePrivatePeering", "MicrosoftPeering", "AzurePublicPeering"] as const;
const State = oneOf(["Enabled", "Disabled"]);
const keyPasses = "must be at most 25 letters and digits, or an empty text to remove the key";

export const PeeringBody = z.strictObject({
  properties: z.strictObject(
    {
      peeringType: oneOf(names),
      state: State,
      peerASN: Asn,
      vlanId: VlanId,
      primaryPeerAddressPrefix: PeerPrefixIpv4.optional(),
      secondaryPeerAddressPrefix: PeerPrefixIpv4.optional(),
      /** RFC 2385; longer keys and other characters are not carried by every router. */
      sharedKey: Text.regex(/^[A-Za-z0-9]{0,25}$/, { error: keyPasses }).optional(),
      microsoftPeeringConfig: PublicConfig.optional(),
      routeFilter: Reference.optional(),
      /** Causeway's own: see `peering-options.ts`. */
      causeway: PeeringOptionsBody.nullable().optional(),
      ipv6PeeringConfig: z
        .strictObject(
          {
            primaryPeerAddressPrefix: PeerPrefixIpv6,
            secondaryPeerAddressPrefix: PeerPrefixIpv6,
            state: State.optional(),
            microsoftPeeringConfig: PublicConfig.optional(),
            routeFilter: Reference.optional(),
          },
          { error: "must be an object with both prefixes, or null to remove IPv6" },
        )
        .nullable()
        .optional(),
    },
    { error: "must be an object" },
  ),
});

export type PeeringBody = z.infer<typeof PeeringBody>;

/** A BGP peering of a circuit: a session on its primary edge and a twin on its secondary. */
export const peering = defineResource({
  type: types.peering,
  tracked: false,
  names,
  schema: PeeringBody,
  // Networks for benchmarks and for documentation (RFC 2544, RFC 3849): no circuit has them.
  standIns: {
    "properties.peeringType": "AzurePrivatePeering",
    "properties.peerASN": 65_001,
    "properties.vlanId": 4_094,
    "properties.primaryPeerAddressPrefix": "198.19.255.248/30",
    "properties.secondaryPeerAddressPrefix": "198.19.255.252/30",
    "properties.ipv6PeeringConfig.primaryPeerAddressPrefix": "2001:db8:ffff::/126",
    "properties.ipv6PeeringConfig.secondaryPeerAddressPrefix": "2001:db8:ffff::4/126",
  },
  ignored: [
    "properties.azureASN",
    "properties.primaryAzurePort",
    "properties.secondaryAzurePort",
    "properties.gatewayManagerEtag",
    "properties.lastModifiedBy",
    "properties.stats",
    "properties.connections",
    "properties.peeredConnections",
    "properties.expressRouteConnection",
    "properties.causewayPublicPrefixes",
    "properties.causewayWarnings",
    ...publicConfigReadOnly,
  ],
  kept: ["properties.sharedKey", "properties.ipv6PeeringConfig", "properties.causeway"],
  filled: ["properties.peeringType", "properties.state"],
  secret: ["properties.sharedKey"],
  normalise,
  refusals: peeringRefusals,
  assign,
  stored,
  deleteRefusals,
  async reconciled() {
    return true;
  },
  async properties(resource, view) {
    const { desired, assigned } = resource;
    const { sharedKey: _, ...shown } = objectAt(desired, "properties");
    const joins = await joinsFrom(view.reader, resource.id);
    const [hub] = await view.reader.list({ type: types.hubConnection, referring: resource.id });
    const isPublic = resource.name === publicPeering;
    const warnings = isPublic ? peeringWarnings(resource) : [];
    const circuit = isPublic ? await view.reader.read(resource.parentId ?? "") : undefined;
    return {
      ...(isPublic ? withStates(resource, circuit, shown) : shown),
      ...assigned,
      ...(warnings.length === 0 ? {} : { causewayWarnings: warnings.map((one) => ({ ...one })) }),
      gatewayManagerEtag: "",
      connections: await wiresOf(circuitConnection, joins, view),
      peeredConnections: [...(await peerConnections(resource, view))],
      ...(hub === undefined ? {} : { expressRouteConnection: { id: hub.id } }),
    };
  },
  views: { peerconnections: peerConnections },
});

/**
 * Clients that configure one family leave the other out: it stays. `ipv6PeeringConfig: null` is what
 * takes IPv6 away. Clients of others know nothing of our options: what they leave out stays too.
 */
function normalise(
  body: JsonObject,
  previous: StoredResource | undefined,
  name: string,
): JsonObject {
  const sent = objectAt(body, "properties");
  const held = objectAt(previous?.desired, "properties");
  const { primaryPeerAddressPrefix: primary, secondaryPeerAddressPrefix: secondary } = sent;
  const ipv4 =
    primary === undefined && secondary === undefined
      ? {
          primaryPeerAddressPrefix: held["primaryPeerAddressPrefix"],
          secondaryPeerAddressPrefix: held["secondaryPeerAddressPrefix"],
        }
      : {};
  const causeway = sent["causeway"] ?? held["causeway"];
  const ipv6 = sent["ipv6PeeringConfig"] ?? held["ipv6PeeringConfig"];
  return {
    ...body,
    properties: defined({
      peeringType: name,
      state: "Enabled",
      ...sent,
      ...ipv4,
      ipv6PeeringConfig: sent["ipv6PeeringConfig"] === null ? undefined : ipv6,
      ...(name === publicPeering ? publicParts(sent, held) : {}),
      causeway: sent["causeway"] === null ? undefined : causeway,
    }),
  };
}

async function assign({ id, name }: Candidate<PeeringBody>, grant: Grant): Promise<JsonObject> {
  const { inventory, parent, role } = grant;
  const pair = findPair(grant, textAt(parent?.assigned, "portPair"));
  if (name === publicPeering) await grant.writer.allocate({ ...publicPeerings, owner: id });
  return defined({
    azureASN: inventory.cloudAsn,
    primaryAzurePort: pair?.primary,
    secondaryAzurePort: pair?.secondary,
    lastModifiedBy: role === "provider" ? "Provider" : "Customer",
  });
}

/** The edge ports of a pair, be it a provider's or a Direct one. */
export function findPair(
  { inventory }: Pick<Grant, "inventory">,
  name: string | undefined,
): { primary: string; secondary: string } | undefined {
  const pairs: readonly PortPair[] = inventory.providers.flatMap(({ portPairs }) => portPairs);
  const pair = pairs.find((one) => one.name === name);
  if (pair !== undefined) return { primary: pair.primary.edge, secondary: pair.secondary.edge };
  return inventory.peeringLocations
    .flatMap(({ directPortPairs }) => directPortPairs)
    .find((one) => one.name === name);
}

/** An absent key keeps the one that is held, an empty one removes it. */
function stored(
  body: PeeringBody,
  previous: StoredResource | undefined,
  sealer: Sealer,
): JsonObject {
  const { sharedKey, ...properties } = body.properties;
  const held = textAt(previous?.desired, "properties.sharedKey");
  const same = held !== undefined && sharedKey !== undefined && sealer.open(held) === sharedKey;
  const kept = sharedKey === undefined || same ? held : undefined;
  const token = kept ?? (sharedKey ? sealer.seal(sharedKey) : undefined);
  // A body is JSON: the schema read it from JSON.
  const rest = properties as unknown as JsonObject;
  return { properties: defined({ ...rest, sharedKey: token }) };
}

async function* deleteRefusals(resource: StoredResource, view: DeleteView) {
  const { name, parentId: circuitId = "" } = resource;
  if (name !== "AzurePrivatePeering") return;
  yield* deleteFirst(
    view,
    await connectionsOfCircuit(view.reader, circuitId),
    (id) => `Peering ${name} is used by ${id}: delete that connection first.`,
  );
  yield* joinDeleteRefusals(`Peering ${name}`, circuitId, view);
  yield* hubDeleteRefusals(`Peering ${name}`, circuitId, view);
}
