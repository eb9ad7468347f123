import { z } from "zod";
import { prefixesOverlap, prefixOf } from "../base/prefix.ts";
import { type ArmError, conflict, immutableField, referenceNotFound, refuse } from "./errors.ts";
import { objectAt, sameId } from "./fields.ts";
import { hubOf, remoteNetworkIdOf } from "./gateway-transit.ts";
import { spacesOf } from "./links.ts";
import { type Candidate, defineResource, type WriteView } from "./resource.ts";
import type { JsonObject, StoredResource, StoreReader } from "./state.ts";
import { transitRefusals } from "./transit-refusals.ts";
import { types } from "./types.ts";
import { Flag, Reference, UnofferedFlag } from "./values.ts";

const remoteField = "properties.remoteVirtualNetwork.id";

const VirtualNetworkPeeringBody = z.strictObject({
  properties: z.strictObject(
    {
      remoteVirtualNetwork: Reference,
      allowVirtualNetworkAccess: Flag.optional(),
      allowForwardedTraffic: Flag.optional(),
      allowGatewayTransit: Flag.optional(),
      useRemoteGateways: Flag.optional(),
      doNotVerifyRemoteGateways: Flag.optional(),
      enableOnlyIPv6Peering: UnofferedFlag.optional(),
    },
    { error: "must be an object with remoteVirtualNetwork" },
  ),
});

export type VirtualNetworkPeeringBody = z.infer<typeof VirtualNetworkPeeringBody>;
type VirtualNetworkPeering = Candidate<VirtualNetworkPeeringBody>;

/**
 * One network's half of a peering with another. The fabric joins two networks where the one uses the
 * other's gateway: then they are `Connected`, through that gateway. Any other half is kept and checked.
 */
export const virtualNetworkPeering = defineResource({
  type: types.virtualNetworkPeering,
  tracked: false,
  schema: VirtualNetworkPeeringBody,
  ignored: [
    "properties.localAddressSpace",
    "properties.localVirtualNetworkAddressSpace",
    "properties.remoteAddressSpace",
    "properties.remoteVirtualNetworkAddressSpace",
    "properties.remoteBgpCommunities",
    "properties.remoteVirtualNetworkEncryption",
    "properties.peeringState",
    "properties.peeringSyncLevel",
    "properties.peerCompleteVnets",
    "properties.localSubnetNames",
    "properties.remoteSubnetNames",
  ],
  refusals,
  stored({ properties }) {
    return {
      properties: {
        allowVirtualNetworkAccess: true,
        allowForwardedTraffic: false,
        allowGatewayTransit: false,
        useRemoteGateways: false,
        // A body is JSON: the schema read it from JSON.
        ...(properties as unknown as JsonObject),
      },
    };
  },
  async reconciled() {
    return false;
  },
  async properties(peering, { reader }) {
    const local = await reader.read(peering.parentId ?? "");
    const remote = await reader.read(remoteNetworkIdOf(peering));
    const isCarried =
      local !== undefined &&
      remote !== undefined &&
      (sameId((await hubOf(reader, local.id))?.id, remote.id) ||
        sameId((await hubOf(reader, remote.id))?.id, local.id));
    const space = (network: StoredResource | undefined) => ({
      addressPrefixes: network === undefined ? [] : [...spacesOf(network)],
    });
    return {
      ...objectAt(peering.desired, "properties"),
      peeringState: remote === undefined ? "Disconnected" : isCarried ? "Connected" : "Initiated",
      localAddressSpace: space(local),
      remoteAddressSpace: space(remote),
    };
  },
});

async function* refusals(
  candidate: VirtualNetworkPeering,
  view: WriteView,
): AsyncGenerator<ArmError> {
  const { reader, previous, parent } = view;
  const asked = candidate.body.properties.remoteVirtualNetwork.id;
  const held = previous === undefined ? asked : remoteNetworkIdOf(previous);
  if (!sameId(held, asked)) yield immutableField(remoteField, { held, asked });
  const remote = await reader.read(asked);
  const mine = sameId(remote?.subscriptionId, candidate.subscriptionId);
  if (remote?.type !== types.virtualNetwork || !mine) {
    yield referenceNotFound(remoteField, asked);
    return;
  }
  if (parent === undefined) return;
  if (sameId(remote.id, parent.id)) {
    yield refuse(
      "InvalidResourceReference",
      remoteField,
      `${remoteField} is refused: it is the network itself; name another.`,
    );
    return;
  }
  yield* overlaps(parent, remote);
  yield* twins(candidate.id, { parent, remote }, reader);
  yield* transitRefusals(candidate, { parent, remote }, view);
}

async function* overlaps(parent: StoredResource, remote: StoredResource): AsyncGenerator<ArmError> {
  for (const own of spacesOf(parent)) {
    for (const other of spacesOf(remote)) {
      if (!prefixesOverlap(prefixOf(own), prefixOf(other))) continue;
      yield refuse(
        "AddressSpaceOverlap",
        remoteField,
        `${remoteField} is refused: ${other} of ${remote.name} overlaps ${own} of ${parent.name}; networks that are peered have spaces apart.`,
      );
    }
  }
}

async function* twins(
  id: string,
  { parent, remote }: { parent: StoredResource; remote: StoredResource },
  reader: StoreReader,
): AsyncGenerator<ArmError> {
  const others = await reader.list({ type: types.virtualNetworkPeering, parentId: parent.id });
  const twin = others.find(
    (one) => !sameId(one.id, id) && sameId(remoteNetworkIdOf(one), remote.id),
  );
  if (twin === undefined) return;
  yield conflict(
    "ConflictError",
    remoteField,
    `${remoteField} is refused: ${twin.name} is this network's peering with ${remote.name}; use that, or delete it first.`,
  );
}
