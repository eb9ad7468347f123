import { prefixesOverlap, prefixOf } from "../base/prefix.ts";
import { accessRefusal, ofCircuit } from "./authorization-use.ts";
import { isPrivatePeering } from "./circuit-joins.ts";
import { type ArmError, conflict, immutableField, referenceNotFound, refuse } from "./errors.ts";
import { sameId, textAt } from "./fields.ts";
import type { HubConnectionBody } from "./hub-connection.ts";
import { hubConnectionsOfCircuit, hubIdOf, peeringIdOfHubConnection } from "./hub-links.ts";
import { linkLimitRefusals, noPeering, provisionedRefusals } from "./joinable.ts";
import { peeringLocationOf, reaches, tierOf } from "./links.ts";
import { reachedBy } from "./reached.ts";
import type { Candidate, WriteView } from "./resource.ts";
import { parentOfId } from "./resource-id.ts";
import type { StoredResource } from "./state.ts";
import { types } from "./types.ts";

type HubConnection = Candidate<HubConnectionBody>;
const peeringField = "properties.expressRouteCircuitPeering.id";
const tables = ["defaultRouteTable", "noneRouteTable"] as const;

export async function* hubConnectionRefusals(
  candidate: HubConnection,
  view: WriteView,
): AsyncGenerator<ArmError> {
  yield* tableRefusals(candidate, view.parent);
  const asked = candidate.body.properties.expressRouteCircuitPeering.id;
  if (view.previous !== undefined) {
    const held = peeringIdOfHubConnection(view.previous);
    if (!sameId(held, asked)) yield immutableField(peeringField, { held, asked });
    return;
  }
  const circuit = await view.reader.read(parentOfId(asked));
  const denied = await accessRefusal(ofCircuit, view, {
    subscriptionId: candidate.subscriptionId,
    ownerId: parentOfId(asked),
    owner: circuit,
    key: candidate.body.properties.authorizationKey,
    target: peeringField,
    asked,
  });
  if (denied !== undefined) yield denied;
  if (denied !== undefined || circuit === undefined) return;
  yield* readinessRefusals(circuit, asked, view);
  yield* linkRefusals(candidate, circuit, view);
  yield* overlapRefusals(circuit, view);
}

/** Only the route tables that every hub has can be named. */
function* tableRefusals(
  { body }: HubConnection,
  gateway: StoredResource | undefined,
): Generator<ArmError> {
  const field = "properties.routingConfiguration";
  const { associatedRouteTable, propagatedRouteTables } =
    body.properties.routingConfiguration ?? {};
  const hubId = gateway === undefined ? "" : hubIdOf(gateway);
  const known = tables.map((name) => `${hubId}/hubRouteTables/${name}`);
  const named = [
    { target: `${field}.associatedRouteTable.id`, id: associatedRouteTable?.id },
    ...(propagatedRouteTables?.ids ?? []).map(({ id }, index) => ({
      target: `${field}.propagatedRouteTables.ids[${index}].id`,
      id,
    })),
  ];
  for (const { target, id } of named) {
    if (id === undefined || known.some((one) => sameId(one, id))) continue;
    yield refuse(
      "InvalidResourceReference",
      target,
      `${target} is refused: "${id.slice(0, 200)}" is no route table of the hub; name ${known.join(" or ")}.`,
    );
  }
}

async function* readinessRefusals(
  circuit: StoredResource,
  peeringId: string,
  { reader }: WriteView,
): AsyncGenerator<ArmError> {
  const peering = await reader.read(peeringId);
  for (const one of [circuit, peering]) {
    if (one?.provisioningState !== "Deleting") continue;
    yield conflict(
      "AnotherOperationInProgress",
      peeringField,
      `${peeringField} is refused: ${one.id} is being deleted; name another.`,
    );
  }
  yield* provisionedRefusals(reader, circuit, peeringField);
  if (!isPrivatePeering(peeringId)) yield referenceNotFound(peeringField, peeringId);
  else if (peering?.type !== types.peering) yield noPeering(circuit, peeringField);
}

async function* linkRefusals(
  candidate: HubConnection,
  circuit: StoredResource,
  view: WriteView,
): AsyncGenerator<ArmError> {
  const tier = tierOf(circuit);
  const location = await peeringLocationOf(view, circuit);
  const region = view.parent?.location ?? "";
  if (location !== undefined && !reaches(view.inventory, { tier, location }, region)) {
    yield refuse(
      "RegionOutOfReach",
      peeringField,
      `${peeringField} is refused: a ${tier} circuit at ${location.name} does not reach ${region}; use a circuit that does, or make it Premium.`,
    );
  }
  yield* linkLimitRefusals(view.reader, circuit, peeringField);
  const joined = await hubConnectionsOfCircuit(view.reader, circuit.id);
  const twin = joined.find(({ parentId }) => sameId(parentId, candidate.parentId));
  if (twin === undefined) return;
  yield conflict(
    "ConnectionExists",
    peeringField,
    `${peeringField} is refused: connection ${twin.name} joins this gateway and circuit already; use that one.`,
  );
}

async function* overlapRefusals(
  circuit: StoredResource,
  { reader, parent }: WriteView,
): AsyncGenerator<ArmError> {
  const hub = parent === undefined ? undefined : await reader.read(hubIdOf(parent));
  const own = textAt(hub?.desired, "properties.addressPrefix");
  if (hub === undefined || own === undefined) return;
  for (const reached of await reachedBy(reader, circuit, hub.id)) {
    if (!prefixesOverlap(prefixOf(own), prefixOf(reached.prefix))) continue;
    yield refuse(
      "AddressSpaceOverlap",
      peeringField,
      `${peeringField} is refused: ${own} of hub ${hub.name} overlaps ${reached.prefix} of ${reached.of}, reached over the same circuit; join a circuit where nothing overlaps.`,
    );
  }
}
