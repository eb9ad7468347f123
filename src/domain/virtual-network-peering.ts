import { z } from "zod";
import { prefixesOverlap, prefixOf } from "../base/prefix.ts";
import { type ArmError, conflict, immutableField, referenceNotFound, refuse } from "./errors.ts";
import { objectAt, sameId, textAt } from "./fields.ts";
import { spacesOf } from "./links.ts";
import { type Candidate, defineResource, type WriteView } from "./resource.ts";
import type { JsonObject, StoredResource, StoreReader } from "./state.ts";
import { types } from "./types.ts";
import { Flag, Reference, UnofferedFlag } from "./values.ts";

const remoteField = "properties.remoteVirtualNetwork.id";

const VirtualNetworkPeeringBody = z.strictObject({
  properties: z.strictObject(
    {
      remoteVirtualNetwork: Reference,
      allowVirtualNetworkAccess: Flag.optional(),
      allowForwardedTraffic: Flag.optional(),
      allowGatewayTransit: UnofferedFlag.optional(),
      useRemoteGateways: UnofferedFlag.optional(),
      doNotVerifyRemoteGateways: Flag.optional(),
      enableOnlyIPv6Peering: UnofferedFlag.optional(),
    },
    { error: "must be an object with remoteVirtualNetwork" },
  ),
});

type VirtualNetworkPeering = Candidate<z.infer<typeof VirtualNetworkPeeringBody>>;

/**
 * One network's half of a peering with another. The fabric joins no networks yet: the half is kept and
 * checked, and its state never says `Connected`.
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
    const remote = await reader.read(remoteIdOf(peering));
    const space = (network: StoredResource | undefined) => ({
      addressPrefixes: network === undefined ? [] : [...spacesOf(network)],
    });
    return {
      ...objectAt(peering.desired, "properties"),
      // Asked for on this side, and carried by nobody yet.
      peeringState: remote === undefined ? "Disconnected" : "Initiated",
      localAddressSpace: space(local),
      remoteAddressSpace: space(remote),
    };
  },
});

function remoteIdOf(peering: StoredResource): string {
  return textAt(peering.desired, remoteField) ?? "";
}

async function* refusals(
  candidate: VirtualNetworkPeering,
  { reader, previous, parent }: WriteView,
): AsyncGenerator<ArmError> {
  const asked = candidate.body.properties.remoteVirtualNetwork.id;
  const held = previous === undefined ? asked : remoteIdOf(previous);
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
  const twin = others.find((one) => !sameId(one.id, id) && sameId(remoteIdOf(one), remote.id));
  if (twin === undefined) return;
  yield conflict(
    "ConflictError",
    remoteField,
    `${remoteField} is refused: ${twin.name} is this network's peering with ${remote.name}; use that, or delete it first.`,
  );
}
