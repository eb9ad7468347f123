/**
 * Which networks a gateway speaks for: its own, and those that use it as theirs over a peering of networks
 * (the hub allows gateway transit, the spoke uses the remote gateway). And what it tells of them.
 */
import { prefixContains, prefixOf } from "../base/prefix.ts";
import { at, sameId, textAt, textsAt } from "./fields.ts";
import { circuitsOfNetwork, spacesOf } from "./links.ts";
import type { StoredResource, StoreReader } from "./state.ts";
import { types } from "./types.ts";

export function remoteNetworkIdOf(peering: StoredResource): string {
  return textAt(peering.desired, "properties.remoteVirtualNetwork.id") ?? "";
}

export function allowsTransit({ desired, provisioningState }: StoredResource): boolean {
  const allowed = at(desired, "properties.allowGatewayTransit") === true;
  return allowed && provisioningState !== "Deleting";
}

export function usesRemoteGateway({ desired, provisioningState }: StoredResource): boolean {
  const used = at(desired, "properties.useRemoteGateways") === true;
  return used && provisioningState !== "Deleting";
}

/** Networks that use this one's gateway: both halves of the peering say so. */
export async function spokesOf(
  reader: StoreReader,
  hub: Pick<StoredResource, "id">,
): Promise<readonly StoredResource[]> {
  const own = await reader.list({ type: types.virtualNetworkPeering, parentId: hub.id });
  const spokes: StoredResource[] = [];
  for (const half of own.filter(allowsTransit)) {
    const remote = await reader.read(remoteNetworkIdOf(half));
    if (remote === undefined || remote.provisioningState === "Deleting") continue;
    const other = await halfTowards(reader, remote.id, hub.id);
    if (other !== undefined && usesRemoteGateway(other)) spokes.push(remote);
  }
  return spokes.sort((one, other) => (one.id < other.id ? -1 : 1));
}

/** The network whose gateway this one uses. */
export async function hubOf(
  reader: StoreReader,
  spokeId: string,
): Promise<StoredResource | undefined> {
  const own = await reader.list({ type: types.virtualNetworkPeering, parentId: spokeId });
  for (const half of own.filter(usesRemoteGateway)) {
    const hub = await reader.read(remoteNetworkIdOf(half));
    const other = hub && (await halfTowards(reader, hub.id, spokeId));
    if (hub !== undefined && other !== undefined && allowsTransit(other)) return hub;
  }
  return undefined;
}

export async function halfTowards(
  reader: StoreReader,
  networkId: string,
  remoteId: string,
): Promise<StoredResource | undefined> {
  const halves = await reader.list({ type: types.virtualNetworkPeering, parentId: networkId });
  return halves.find((half) => sameId(remoteNetworkIdOf(half), remoteId));
}

/** The network, its hub, and all that share a gateway with it. */
export async function transitFamily(
  reader: StoreReader,
  networkId: string,
): Promise<readonly string[]> {
  const hub = (await hubOf(reader, networkId)) ?? { id: networkId };
  const spokes = await spokesOf(reader, hub);
  return [...new Set([networkId, hub.id, ...spokes.map(({ id }) => id)])];
}

/** Circuits that a network is joined to, by its own gateway or another's. */
export async function circuitsReaching(
  reader: StoreReader,
  networkId: string,
): Promise<readonly StoredResource[]> {
  const hub = await hubOf(reader, networkId);
  return circuitsOfNetwork(reader, hub?.id ?? networkId);
}

export function summariesOf(network: StoredResource): readonly string[] {
  return textsAt(network.desired, "properties.summarizedGatewayPrefixes.addressPrefixes");
}

/** A prefix that a gateway tells its circuits of, and what it carries. */
export type ToldPrefix = { readonly prefix: string; readonly communities: readonly string[] };

/**
 * Address spaces, not subnets; a space that the hub summarises is told as the summary alone. A network
 * with a community of its own carries that of its region too (facts of the original: else neither).
 */
export function toldBy(
  hub: StoredResource,
  spokes: readonly StoredResource[],
  regional: (network: StoredResource) => string | undefined,
): readonly ToldPrefix[] {
  const summaries = summariesOf(hub);
  const isCovered = (space: string) =>
    summaries.some((summary) => prefixContains(prefixOf(summary), prefixOf(space)));
  const communitiesOf = (network: StoredResource) => {
    const own = textAt(network.desired, "properties.bgpCommunities.virtualNetworkCommunity");
    const region = regional(network);
    return own === undefined ? [] : [own, ...(region === undefined ? [] : [region])];
  };
  return [
    ...summaries.map((prefix) => ({ prefix, communities: communitiesOf(hub) })),
    ...[hub, ...spokes].flatMap((network) =>
      spacesOf(network)
        .filter((space) => !isCovered(space))
        .map((prefix) => ({ prefix, communities: communitiesOf(network) })),
    ),
  ];
}
