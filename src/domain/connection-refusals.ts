import { prefixesOverlap, prefixOf } from "../base/prefix.ts";
import { accessRefusal, ofCircuit } from "./authorization-use.ts";
import { privatePeeringIdOf } from "./circuit-joins.ts";
import type { ConnectionBody } from "./connection.ts";
import { connectionOptionsRefusals } from "./connection-options.ts";
import { type ArmError, conflict, immutableField, referenceNotFound, refuse } from "./errors.ts";
import { fastPathRefusals } from "./fast-path.ts";
import { sameId } from "./fields.ts";
import { capacityOfGateway, skuOfGateway } from "./gateway-skus.ts";
import { spokesOf, toldBy } from "./gateway-transit.ts";
import { linkLimitRefusals, noPeering, provisionedRefusals } from "./joinable.ts";
import { limits } from "./limits.ts";
import {
  bandwidthMbpsOf,
  circuitIdOf,
  circuitsOfNetwork,
  connectionsOfGateway,
  gatewayIdOf,
  networkIdOf,
  peeringLocationOf,
  reaches,
  spacesOf,
  tierOf,
} from "./links.ts";
import { reachedBy } from "./reached.ts";
import type { Candidate, WriteView } from "./resource.ts";
import type { StoredResource } from "./state.ts";
import { types } from "./types.ts";

type Connection = Candidate<ConnectionBody>;
type Ends = { circuit: StoredResource; gateway: StoredResource; network: StoredResource };
const peerField = "properties.peer.id";
const gatewayField = "properties.virtualNetworkGateway1.id";

export async function* connectionRefusals(
  candidate: Connection,
  view: WriteView,
): AsyncGenerator<ArmError> {
  const { peer, virtualNetworkGateway1 } = candidate.body.properties;
  yield* fastPathRefusals(candidate.body.properties, view);
  if (view.previous !== undefined) {
    const circuit = circuitIdOf(view.previous);
    const held = gatewayIdOf(view.previous);
    if (!sameId(circuit, peer.id)) {
      yield immutableField(peerField, { held: circuit, asked: peer.id });
    }
    if (!sameId(held, virtualNetworkGateway1.id)) {
      yield immutableField(gatewayField, { held, asked: virtualNetworkGateway1.id });
    }
    const joined = await view.reader.read(circuit);
    if (joined === undefined) return;
    yield* connectionOptionsRefusals(candidate.body.properties.causeway, bandwidthMbpsOf(joined));
    return;
  }
  const gateway = await view.reader.read(virtualNetworkGateway1.id);
  const mine = sameId(gateway?.subscriptionId, candidate.subscriptionId);
  const network = gateway && (await view.reader.read(networkIdOf(gateway)));
  if (gateway?.type !== types.gateway || !mine || network === undefined) {
    yield referenceNotFound(gatewayField, virtualNetworkGateway1.id);
    return;
  }
  const circuit = await view.reader.read(peer.id);
  const denied = await accessRefusal(ofCircuit, view, {
    subscriptionId: candidate.subscriptionId,
    ownerId: peer.id,
    owner: circuit,
    key: candidate.body.properties.authorizationKey,
    target: peerField,
    asked: peer.id,
  });
  if (denied !== undefined) yield denied;
  if (denied !== undefined || circuit === undefined) return;
  yield* connectionOptionsRefusals(candidate.body.properties.causeway, bandwidthMbpsOf(circuit));
  const ends = { circuit, gateway, network };
  yield* readinessRefusals(candidate, ends, view);
  yield* limitRefusals(ends, view);
  yield* overlapRefusals(ends, view);
}

async function* readinessRefusals(
  candidate: Connection,
  { circuit, gateway }: Ends,
  { reader }: WriteView,
): AsyncGenerator<ArmError> {
  const peering = await reader.read(privatePeeringIdOf(circuit.id));
  for (const end of [circuit, peering, gateway]) {
    if (end?.provisioningState !== "Deleting") continue;
    yield conflict(
      "AnotherOperationInProgress",
      end === gateway ? gatewayField : peerField,
      `The connection is refused: ${end.name} is being deleted; name another.`,
    );
  }
  yield* provisionedRefusals(reader, circuit, peerField);
  if (peering === undefined) yield noPeering(circuit, peerField);
  if (gateway.location !== candidate.location) {
    yield refuse(
      "InvalidResourceLocation",
      "location",
      `location is refused: the gateway is in ${gateway.location ?? ""}; send that.`,
    );
  }
}

async function* limitRefusals(ends: Ends, view: WriteView): AsyncGenerator<ArmError> {
  const { circuit, gateway, network } = ends;
  const tier = tierOf(circuit);
  const location = await peeringLocationOf(view, circuit);
  const region = gateway.location ?? "";
  if (location !== undefined && !reaches(view.inventory, { tier, location }, region)) {
    yield refuse(
      "RegionOutOfReach",
      gatewayField,
      `${gatewayField} is refused: a ${tier} circuit at ${location.name} does not reach ${region}; use a gateway it reaches, or make the circuit Premium.`,
    );
  }
  yield* linkLimitRefusals(view.reader, circuit, peerField);
  yield* gatewayRefusals(ends, view);
  const near = (await circuitsOfNetwork(view.reader, network.id)).filter(
    ({ id }) => !sameId(id, circuit.id),
  );
  const places = await Promise.all(near.map((other) => peeringLocationOf(view, other)));
  const here = places.filter((place) => place?.name === location?.name).length;
  if (here < limits.circuitsOfOneLocationPerNetwork) return;
  yield refuse(
    "LimitExceeded",
    peerField,
    `${peerField} is refused: ${network.name} is joined to ${here} circuits at ${location?.name ?? ""} and ${limits.circuitsOfOneLocationPerNetwork} are allowed; use a circuit of another location.`,
  );
}

async function* gatewayRefusals(
  { circuit, gateway }: Ends,
  { reader }: WriteView,
): AsyncGenerator<ArmError> {
  const joined = await connectionsOfGateway(reader, gateway.id);
  const twin = joined.find((one) => sameId(circuitIdOf(one), circuit.id));
  if (twin !== undefined) {
    yield conflict(
      "ConnectionExists",
      peerField,
      `${peerField} is refused: connection ${twin.name} joins this gateway and circuit already; use that one.`,
    );
  }
  const sku = skuOfGateway(gateway);
  const most = capacityOfGateway(gateway).circuits;
  if (joined.length < most) return;
  yield refuse(
    "LimitExceeded",
    gatewayField,
    `${gatewayField} is refused: gateway ${gateway.name} has ${joined.length} circuits and ${sku} has ${most}; delete a connection, or choose a larger SKU.`,
  );
}

/** Of the network, and of those that use its gateway. */
async function* overlapRefusals(
  { circuit, network }: Ends,
  { reader }: WriteView,
): AsyncGenerator<ArmError> {
  const spokes = await spokesOf(reader, network);
  const told = toldBy(network, spokes, () => undefined);
  if (told.length > limits.spacesPerConnection) {
    yield refuse(
      "LimitExceeded",
      gatewayField,
      `${gatewayField} is refused: ${network.name} has ${told.length} address spaces with those of the networks that use its gateway, and ${limits.spacesPerConnection} may be joined; use fewer and larger ones, or summarise them.`,
    );
  }
  const family = [network, ...spokes];
  const isOwn = ({ of }: { of: string }) =>
    spokes.some(({ name }) => of === `virtual network ${name}`);
  for (const reached of await reachedBy(reader, circuit, network.id)) {
    if (isOwn(reached)) continue;
    for (const { name, prefix } of family.flatMap((one) =>
      spacesOf(one).map((space) => ({ name: one.name, prefix: space })),
    )) {
      if (!prefixesOverlap(prefixOf(prefix), prefixOf(reached.prefix))) continue;
      yield refuse(
        "AddressSpaceOverlap",
        gatewayField,
        `${gatewayField} is refused: ${prefix} of ${name} overlaps ${reached.prefix} of ${reached.of}, reached over the same circuit; join a network that overlaps nothing there.`,
      );
    }
  }
}
