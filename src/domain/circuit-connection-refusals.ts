import { prefixesOverlap, prefixOf } from "../base/prefix.ts";
import { sitesOfLocation } from "../fabric/inventory.ts";
import { accessRefusal, ofCircuit } from "./authorization-use.ts";
import type { CircuitConnectionBody } from "./circuit-connection.ts";
import {
  isPrivatePeering,
  joinPrefixesOf,
  joinsOfCircuit,
  otherCircuitIdOf,
  peerPeeringIdOf,
  type ReachedPrefix,
  tierObstacle,
} from "./circuit-joins.ts";
import {
  type ArmError,
  conflict,
  immutableField,
  invalidField,
  referenceNotFound,
  refuse,
  requiredField,
} from "./errors.ts";
import { sameId } from "./fields.ts";
import { joinOptionsRefusals } from "./join-options.ts";
import { linkLimitRefusals, noPeering, provisionedRefusals } from "./joinable.ts";
import { bandwidthMbpsOf, peeringLocationOf, tierOf } from "./links.ts";
import { reachedBy } from "./reached.ts";
import type { Candidate, WriteView } from "./resource.ts";
import { nameOfId, parentOfId } from "./resource-id.ts";
import type { StoredResource } from "./state.ts";
import { types } from "./types.ts";

type Join = Candidate<CircuitConnectionBody>;
type Ends = { readonly circuit: StoredResource; readonly peer: StoredResource };
const ownField = "properties.expressRouteCircuitPeering.id";
const peerField = "properties.peerExpressRouteCircuitPeering.id";

export async function* circuitConnectionRefusals(
  candidate: Join,
  view: WriteView,
): AsyncGenerator<ArmError> {
  yield* shapeRefusals(candidate);
  const peeringId = candidate.parentId ?? "";
  const asked = candidate.body.properties.peerExpressRouteCircuitPeering.id;
  if (view.previous !== undefined) {
    const held = peerPeeringIdOf(view.previous);
    if (!sameId(held, asked)) {
      yield immutableField(peerField, { held, asked });
      return;
    }
  }
  const circuit = await view.reader.read(parentOfId(peeringId));
  const peer = await view.reader.read(parentOfId(asked));
  if (view.previous === undefined) {
    const denied = await peerRefusal(candidate, peer, view);
    if (denied !== undefined) yield denied;
    if (denied !== undefined) return;
  }
  if (circuit === undefined || peer === undefined) return;
  const ends = { circuit, peer };
  const least = Math.min(bandwidthMbpsOf(circuit), bandwidthMbpsOf(peer));
  yield* joinOptionsRefusals(candidate.body.properties.causeway, least);
  yield* readinessRefusals(ends, view);
  yield* placeRefusals(ends, view);
  if (view.previous === undefined) yield* countRefusals(ends, view);
  yield* overlapRefusals(candidate, ends, view);
}

function* shapeRefusals({ body, parentId = "" }: Join): Generator<ArmError> {
  const { expressRouteCircuitPeering, addressPrefix, ipv6CircuitConnectionConfig } =
    body.properties;
  if (!isPrivatePeering(parentId)) {
    yield invalidField("parent", nameOfId(parentId), "must be AzurePrivatePeering");
  }
  const own = expressRouteCircuitPeering?.id;
  if (own !== undefined && !sameId(own, parentId)) {
    yield invalidField(ownField, own, `must be the peering in the path, ${parentId}`);
  }
  if (addressPrefix !== undefined || ipv6CircuitConnectionConfig !== undefined) return;
  yield requiredField(
    "properties.addressPrefix",
    "must be a /29 network that is not in use, or ipv6CircuitConnectionConfig with a /125",
  );
}

async function peerRefusal(
  { subscriptionId, body }: Join,
  circuit: StoredResource | undefined,
  view: WriteView,
): Promise<ArmError | undefined> {
  const { peerExpressRouteCircuitPeering, authorizationKey } = body.properties;
  const asked = peerExpressRouteCircuitPeering.id;
  const denied = await accessRefusal(ofCircuit, view, {
    subscriptionId,
    ownerId: parentOfId(asked),
    owner: circuit,
    key: authorizationKey,
    target: peerField,
    asked,
  });
  if (denied !== undefined) return denied;
  const peering = await view.reader.read(asked);
  if (peering?.provisioningState === "Deleting") {
    return conflict(
      "AnotherOperationInProgress",
      peerField,
      `${peerField} is refused: ${peering.id} is being deleted; name another.`,
    );
  }
  if (peering?.type === types.peering && isPrivatePeering(asked)) return undefined;
  if (!isPrivatePeering(asked)) return referenceNotFound(peerField, asked);
  return noPeering(circuit, peerField);
}

async function* readinessRefusals(
  { circuit, peer }: Ends,
  { reader, parent }: WriteView,
): AsyncGenerator<ArmError> {
  for (const end of [circuit, peer]) {
    const target = end === peer ? peerField : (parent?.id ?? ownField);
    if (end.provisioningState === "Deleting") {
      yield conflict(
        "AnotherOperationInProgress",
        target,
        `The circuit connection is refused: ${end.name} is being deleted; name another.`,
      );
    }
    yield* provisionedRefusals(reader, end, target);
  }
}

async function* placeRefusals({ circuit, peer }: Ends, view: WriteView): AsyncGenerator<ArmError> {
  const here = await peeringLocationOf(view, circuit);
  const there = await peeringLocationOf(view, peer);
  if (here?.name === there?.name) {
    yield refuse(
      "InvalidResourceReference",
      peerField,
      `${peerField} is refused: both circuits are at ${here?.name ?? "one place"}; join a circuit of another peering location.`,
    );
  } else if (here !== undefined && there !== undefined) {
    const others = Object.values(sitesOfLocation(there));
    const site = Object.values(sitesOfLocation(here)).find((one) => others.includes(one));
    if (site !== undefined)
      yield refuse(
        "InvalidResourceReference",
        peerField,
        `${peerField} is refused: both circuits have a link at the site ${site}, ${here.name} being of it and ${there.name} too; join a circuit of another city.`,
      );
  }
  const obstacle = tierObstacle(view, [
    { name: circuit.name, tier: tierOf(circuit), region: here?.localRegions[0] },
    { name: peer.name, tier: tierOf(peer), region: there?.localRegions[0] },
  ]);
  if (obstacle === undefined) return;
  yield refuse("SkuInvalid", peerField, `${peerField} is refused: ${obstacle}.`);
}

/** A join is one for its pair, and counts as a link at both ends. */
async function* countRefusals(
  { circuit, peer }: Ends,
  { reader }: WriteView,
): AsyncGenerator<ArmError> {
  const joins = await joinsOfCircuit(reader, circuit.id);
  const twin = joins.find((join) => sameId(otherCircuitIdOf(join, circuit.id), peer.id));
  if (twin !== undefined) {
    yield conflict(
      "ConnectionExists",
      peerField,
      `${peerField} is refused: ${twin.id} joins these circuits already; a pair is joined once and from one side, use that one.`,
    );
  }
  for (const end of [circuit, peer]) yield* linkLimitRefusals(reader, end, peerField);
}

async function* overlapRefusals(
  { id, body }: Join,
  { circuit, peer }: Ends,
  { reader }: WriteView,
): AsyncGenerator<ArmError> {
  const others: ReachedPrefix[] = [];
  for (const end of [circuit, peer]) {
    for (const { prefix, of } of await reachedBy(reader, end, id)) {
      others.push({ prefix, of: `${of} at circuit ${end.name}` });
    }
  }
  // A body is JSON: the schema read it from JSON.
  const properties = body.properties as unknown as StoredResource["desired"];
  for (const { field, prefix } of joinPrefixesOf(properties)) {
    const other = others.find((one) => prefixesOverlap(prefixOf(prefix), prefixOf(one.prefix)));
    if (other === undefined) continue;
    yield refuse(
      "PeeringInvalid",
      field,
      `${field} is refused: ${prefix} overlaps ${other.prefix} of ${other.of}; send a network that neither circuit has in use.`,
    );
  }
}
