import { prefixesOverlap, prefixOf } from "../base/prefix.ts";
import { type ArmError, conflict, notOffered, refuse, requiredField } from "./errors.ts";
import { isObject, numberAt, sameId, textAt } from "./fields.ts";
import { limits } from "./limits.ts";
import { isDirect, peerPrefixesOf, providerStateOf, tierOf } from "./links.ts";
import type { PeeringBody } from "./peering.ts";
import { peeringOptionsRefusals } from "./peering-options.ts";
import { publicPeering } from "./public-peering.ts";
import { publicPeeringRefusals } from "./public-peering-refusals.ts";
import { reachedBy } from "./reached.ts";
import type { Candidate, WriteView } from "./resource.ts";
import type { StoredResource } from "./state.ts";
import { types } from "./types.ts";

type Peering = Candidate<PeeringBody>;

export async function* peeringRefusals(
  candidate: Peering,
  view: WriteView,
): AsyncGenerator<ArmError> {
  const { peeringType } = candidate.body.properties;
  const target = "properties.peeringType";
  if (peeringType !== candidate.name) {
    yield refuse(
      "InvalidParameter",
      target,
      `${target} is refused: "${peeringType}" does not agree with the name; send "${candidate.name}".`,
    );
  }
  if (candidate.name === "AzurePublicPeering") {
    yield notOffered(target, "public peering was withdrawn in 2018, use AzurePrivatePeering");
    return;
  }
  if (candidate.name === publicPeering) yield* publicPeeringRefusals(candidate, view);
  else yield* microsoftRefusals(candidate.body);
  yield* stateRefusals(view);
  yield* asnRefusals(candidate.body.properties.peerASN, view);
  yield* vlanRefusals(candidate, view);
  yield* pairRefusals(candidate.body);
  const { causeway } = candidate.body.properties;
  if (view.parent !== undefined) yield* peeringOptionsRefusals(causeway, tierOf(view.parent));
  yield* overlapRefusals(candidate, view);
}

function* microsoftRefusals({ properties }: PeeringBody): Generator<ArmError> {
  const fields = ["microsoftPeeringConfig", "routeFilter"] as const;
  for (const field of fields) {
    if (properties[field] !== undefined) {
      yield notOffered(`properties.${field}`, "leave it out, it belongs to MicrosoftPeering");
    }
    if (properties.ipv6PeeringConfig?.[field] !== undefined) {
      const target = `properties.ipv6PeeringConfig.${field}`;
      yield notOffered(target, "leave it out, it belongs to MicrosoftPeering");
    }
  }
}

async function* stateRefusals({ reader, parent }: WriteView): AsyncGenerator<ArmError> {
  if (parent === undefined) return;
  const state = await providerStateOf(reader, parent);
  if (state === "Provisioned") return;
  yield conflict(
    "CircuitNotProvisioned",
    "properties",
    `The peering is refused: circuit ${parent.name} is ${state}; give its service key to the provider, and at Provisioned the peering can be made.`,
  );
}

function* asnRefusals(asn: number, { inventory }: WriteView): Generator<ArmError> {
  const { from, to } = limits.reservedAsns;
  const reserved = asn >= from && asn <= to;
  const ours = asn === inventory.cloudAsn || asn === inventory.gatewayAsn;
  if (!reserved && !ours) return;
  yield refuse(
    "AsnReserved",
    "properties.peerASN",
    `properties.peerASN is refused: ${asn} belongs to the platform (${from}..${to}, ${inventory.cloudAsn} and ${inventory.gatewayAsn} do); send your own AS number, or a private one such as 65001.`,
  );
}

/** The tag is the peering's own in its circuit; on a Dot1Q port it is the only tag there is. */
async function* vlanRefusals(candidate: Peering, view: WriteView): AsyncGenerator<ArmError> {
  const { vlanId } = candidate.body.properties;
  const { parent } = view;
  if (parent === undefined) return;
  for (const circuit of await circuitsSharingTags(parent, view)) {
    const peerings = await view.reader.list({ type: types.peering, parentId: circuit.id });
    for (const other of peerings) {
      if (sameId(other.id, candidate.id)) continue;
      if (numberAt(other.desired, "properties.vlanId") !== vlanId) continue;
      yield conflict(
        "VlanInUse",
        "properties.vlanId",
        `properties.vlanId is refused: ${vlanId} is taken by peering ${other.name} of circuit ${circuit.name}; send another of 1..4094.`,
      );
    }
  }
}

async function circuitsSharingTags(
  circuit: StoredResource,
  { reader }: WriteView,
): Promise<readonly StoredResource[]> {
  const portPair = textAt(circuit.assigned, "portPair");
  const tagged = numberAt(circuit.assigned, "stag") !== undefined;
  if (!isDirect(circuit) || tagged || portPair === undefined) return [circuit];
  return reader.list({ type: types.circuit, portPair });
}

function* pairRefusals({ properties }: PeeringBody): Generator<ArmError> {
  const { primaryPeerAddressPrefix: primary, secondaryPeerAddressPrefix: secondary } = properties;
  if (primary !== undefined && secondary === undefined) {
    yield requiredField("properties.secondaryPeerAddressPrefix", "must be the other link's /30");
  }
  if (primary === undefined && secondary !== undefined) {
    yield requiredField("properties.primaryPeerAddressPrefix", "must be the other link's /30");
  }
  if (primary === undefined && secondary === undefined && !properties.ipv6PeeringConfig) {
    yield requiredField(
      "properties.primaryPeerAddressPrefix",
      "must be a /30 network, with another for the secondary link, or ipv6PeeringConfig with two /126",
    );
  }
}

/** Two links answering for one subnet would make losing either look like losing both. */
async function* overlapRefusals(
  candidate: Peering,
  { reader, parent }: WriteView,
): AsyncGenerator<ArmError> {
  // A body is JSON: the schema read it from JSON.
  const properties = candidate.body.properties as unknown;
  const own = isJson(properties) ? peerPrefixesOf(properties) : [];
  const others = parent === undefined ? [] : await reachedBy(reader, parent, candidate.id);
  for (const [index, { field, prefix }] of own.entries()) {
    const mine = own.slice(0, index).map((one) => ({ prefix: one.prefix, of: one.field }));
    for (const other of [...mine, ...others]) {
      if (!prefixesOverlap(prefixOf(prefix), prefixOf(other.prefix))) continue;
      yield refuse(
        "PeeringInvalid",
        field,
        `${field} is refused: ${prefix} overlaps ${other.prefix} of ${other.of}; send a network that overlaps nothing reached over the circuit.`,
      );
    }
  }
}

function isJson(value: unknown): value is StoredResource["desired"] {
  return isObject(value as StoredResource["desired"]);
}
