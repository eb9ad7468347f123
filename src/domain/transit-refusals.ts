/** What stands in the way of one network's use of another's gateway. */
import { prefixesOverlap, prefixOf } from "../base/prefix.ts";
import { type ArmError, conflict, notOffered, refuse } from "./errors.ts";
import { sameId } from "./fields.ts";
import { gatewayHostOf } from "./gateway-host.ts";
import {
  allowsTransit,
  halfTowards,
  remoteNetworkIdOf,
  spokesOf,
  usesRemoteGateway,
} from "./gateway-transit.ts";
import { limits } from "./limits.ts";
import { circuitsOfNetwork, gatewaysOfNetwork, spacesOf } from "./links.ts";
import { reachedBy } from "./reached.ts";
import type { Candidate, WriteView } from "./resource.ts";
import type { StoredResource } from "./state.ts";
import { types } from "./types.ts";
import type { VirtualNetworkPeeringBody } from "./virtual-network-peering.ts";

type Peering = Candidate<VirtualNetworkPeeringBody>;
type Ends = { readonly parent: StoredResource; readonly remote: StoredResource };

const useField = "properties.useRemoteGateways";
const allowField = "properties.allowGatewayTransit";

export async function* transitRefusals(
  candidate: Peering,
  ends: Ends,
  view: WriteView,
): AsyncGenerator<ArmError> {
  const { useRemoteGateways, allowGatewayTransit } = candidate.body.properties;
  if (useRemoteGateways) yield* useRefusals(candidate, ends, view);
  if (allowGatewayTransit) return;
  const other = await halfTowards(view.reader, ends.remote.id, ends.parent.id);
  if (view.previous === undefined || other === undefined || !usesRemoteGateway(other)) return;
  yield conflict(
    "ConflictError",
    allowField,
    `${allowField} is refused: ${other.name} of ${ends.remote.name} uses this network's gateway; take useRemoteGateways away there first.`,
  );
}

async function* useRefusals(
  candidate: Peering,
  { parent, remote }: Ends,
  view: WriteView,
): AsyncGenerator<ArmError> {
  const { reader, inventory } = view;
  const [own] = await gatewaysOfNetwork(reader, parent.id);
  if (own !== undefined) {
    yield conflict(
      "GatewayExists",
      useField,
      `${useField} is refused: ${parent.name} has the gateway ${own.name}, and a network with one uses no other; delete it first.`,
    );
  }
  const [gateway] = await gatewaysOfNetwork(reader, remote.id);
  const other = await halfTowards(reader, remote.id, parent.id);
  if (gateway === undefined || other === undefined || !allowsTransit(other)) {
    const lacking = gateway === undefined ? "has no gateway" : "does not allow gateway transit";
    yield conflict(
      "GatewayTransitMissing",
      useField,
      `${useField} is refused: ${remote.name} ${lacking}; it needs a gateway, and a peering with ${parent.name} that has allowGatewayTransit.`,
    );
  }
  const halves = await reader.list({ type: types.virtualNetworkPeering, parentId: parent.id });
  const twin = halves.find((half) => !sameId(half.id, candidate.id) && usesRemoteGateway(half));
  if (twin !== undefined) {
    yield conflict(
      "ConflictError",
      useField,
      `${useField} is refused: ${parent.name} uses the gateway of ${remoteNetworkIdOf(twin)} by ${twin.name}, and a network uses one; change that first.`,
    );
  }
  if (gatewayHostOf(inventory, parent) !== gatewayHostOf(inventory, remote)) {
    yield notOffered(useField, "the two networks live on different hosts of the fabric");
  }
  yield* spaceRefusals({ parent, remote }, view);
}

/** What the circuits of the hub reach, and how much its gateway may tell of. */
async function* spaceRefusals(
  { parent, remote }: Ends,
  { reader }: WriteView,
): AsyncGenerator<ArmError> {
  for (const circuit of await circuitsOfNetwork(reader, remote.id)) {
    for (const reached of await reachedBy(reader, circuit, parent.id)) {
      for (const prefix of spacesOf(parent)) {
        if (!prefixesOverlap(prefixOf(prefix), prefixOf(reached.prefix))) continue;
        yield refuse(
          "AddressSpaceOverlap",
          useField,
          `${useField} is refused: ${prefix} of ${parent.name} overlaps ${reached.prefix} of ${reached.of}, reached over circuit ${circuit.name} of that gateway; use a gateway that reaches nothing there.`,
        );
      }
    }
  }
  const spokes = (await spokesOf(reader, remote)).filter(({ id }) => !sameId(id, parent.id));
  if (spokes.length >= limits.networksPerGateway) {
    yield refuse(
      "LimitExceeded",
      useField,
      `${useField} is refused: ${spokes.length} networks use that gateway and ${limits.networksPerGateway} may; use another.`,
    );
  }
}
