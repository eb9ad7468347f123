/** How resources hang together: who is linked to what, and over which addresses. */
import type { Inventory, PeeringLocation } from "../fabric/inventory.ts";
import { listAt, numberAt, textAt, textsAt } from "./fields.ts";
import { parentOfId } from "./resource-id.ts";
import type { Json, StoredResource, StoreReader } from "./state.ts";
import { types } from "./types.ts";

/** A connection with both of its ends; an end may be gone while its deletion is under way. */
export type Link = {
  readonly connection: StoredResource;
  readonly gateway: StoredResource | undefined;
  readonly network: StoredResource | undefined;
};

export function circuitIdOf(connection: StoredResource): string {
  return textAt(connection.desired, "properties.peer.id") ?? "";
}

export function gatewayIdOf(connection: StoredResource): string {
  return textAt(connection.desired, "properties.virtualNetworkGateway1.id") ?? "";
}

/** The subnet in which a gateway or a virtual machine stands. */
export function subnetIdOf(resource: StoredResource): string {
  const [configuration] = listAt(resource.desired, "properties.ipConfigurations");
  const holder = resource.type === types.gateway ? configuration : resource.desired;
  return textAt(holder, "properties.subnet.id") ?? "";
}

/** The one configuration of a gateway; a virtual machine, which shows none, goes by a number. */
export function ipConfigurationIdOf(resource: StoredResource): string {
  const [configuration] = listAt(resource.desired, "properties.ipConfigurations");
  return `${resource.id}/ipConfigurations/${textAt(configuration, "name") ?? "0"}`;
}

export function networkIdOf(resource: StoredResource): string {
  return parentOfId(subnetIdOf(resource));
}

export async function connectionsOfCircuit(
  reader: StoreReader,
  circuitId: string,
): Promise<readonly StoredResource[]> {
  return reader.list({ type: types.connection, referring: circuitId });
}

export async function connectionsOfGateway(
  reader: StoreReader,
  gatewayId: string,
): Promise<readonly StoredResource[]> {
  return reader.list({ type: types.connection, referring: gatewayId });
}

export async function gatewaysOfNetwork(
  reader: StoreReader,
  networkId: string,
): Promise<readonly StoredResource[]> {
  return reader.list({ type: types.gateway, referring: `${networkId}/subnets/GatewaySubnet` });
}

/** All connections of a circuit with their networks. */
export async function linksOfCircuit(
  reader: StoreReader,
  circuitId: string,
): Promise<readonly Link[]> {
  const links: Link[] = [];
  for (const connection of await connectionsOfCircuit(reader, circuitId)) {
    const gateway = await reader.read(gatewayIdOf(connection));
    const network = gateway && (await reader.read(networkIdOf(gateway)));
    links.push({ connection, gateway, network });
  }
  return links;
}

/** Circuits that a virtual network is joined to. */
export async function circuitsOfNetwork(
  reader: StoreReader,
  networkId: string,
): Promise<readonly StoredResource[]> {
  const circuits = new Map<string, StoredResource>();
  for (const gateway of await gatewaysOfNetwork(reader, networkId)) {
    for (const connection of await connectionsOfGateway(reader, gateway.id)) {
      const circuit = await reader.read(circuitIdOf(connection));
      if (circuit !== undefined) circuits.set(circuit.id, circuit);
    }
  }
  return [...circuits.values()];
}

export function spacesOf(network: StoredResource): readonly string[] {
  return textsAt(network.desired, "properties.addressSpace.addressPrefixes");
}

export function subnetPrefixesOf(subnet: StoredResource): readonly string[] {
  const one = textAt(subnet.desired, "properties.addressPrefix");
  return one === undefined ? textsAt(subnet.desired, "properties.addressPrefixes") : [one];
}

const peerPrefixFields = [
  "primaryPeerAddressPrefix",
  "secondaryPeerAddressPrefix",
  "ipv6PeeringConfig.primaryPeerAddressPrefix",
  "ipv6PeeringConfig.secondaryPeerAddressPrefix",
] as const;

/** A link subnet and the field that holds it. */
export type HeldPrefix = { readonly field: string; readonly prefix: string };

/** The link subnets of a peering, both families. */
export function peerPrefixesOf(properties: Json | undefined): readonly HeldPrefix[] {
  return prefixesIn(properties, peerPrefixFields);
}

export function prefixesIn(
  properties: Json | undefined,
  fields: readonly string[],
): readonly HeldPrefix[] {
  return fields.flatMap((field) => {
    const prefix = textAt(properties, field);
    return prefix === undefined ? [] : [{ field: `properties.${field}`, prefix }];
  });
}

/** The cross connection of a provider's circuit; a Direct circuit has none. */
export async function crossConnectionOf(
  reader: StoreReader,
  circuit: StoredResource,
): Promise<StoredResource | undefined> {
  const serviceKey = textAt(circuit.assigned, "serviceKey");
  if (serviceKey === undefined) return undefined;
  const [found] = await reader.list({ type: types.crossConnection, serviceKey });
  return found;
}

/** The circuit that a cross connection is the provider's view of. */
export async function circuitOfCrossConnection(
  reader: StoreReader,
  crossConnection: StoredResource,
): Promise<StoredResource | undefined> {
  return reader.read(textAt(crossConnection.assigned, "expressRouteCircuit.id") ?? "");
}

export type ProviderState = "NotProvisioned" | "Provisioning" | "Provisioned" | "Deprovisioning";
export const providerStates = [
  "NotProvisioned",
  "Provisioning",
  "Provisioned",
  "Deprovisioning",
] as const;

/** What the provider says of the circuit; a Direct circuit needs no provider. */
export async function providerStateOf(
  reader: StoreReader,
  circuit: StoredResource,
): Promise<ProviderState> {
  if (isDirect(circuit)) return "Provisioned";
  return stateOf(await crossConnectionOf(reader, circuit));
}

export function stateOf(crossConnection: StoredResource | undefined): ProviderState {
  const text = textAt(crossConnection?.desired, "properties.serviceProviderProvisioningState");
  return providerStates.find((state) => state === text) ?? "NotProvisioned";
}

export function isDirect(circuit: StoredResource): boolean {
  return textAt(circuit.desired, "properties.expressRoutePort.id") !== undefined;
}

export function tierOf(circuit: StoredResource): string {
  return textAt(circuit.desired, "sku.tier") ?? "Standard";
}

export function bandwidthMbpsOf(circuit: StoredResource): number {
  const direct = numberAt(circuit.desired, "properties.bandwidthInGbps");
  const provider = numberAt(
    circuit.desired,
    "properties.serviceProviderProperties.bandwidthInMbps",
  );
  return provider ?? (direct ?? 0) * 1_000;
}

export async function peeringLocationOf(
  view: { reader: StoreReader; inventory: Inventory },
  circuit: StoredResource,
): Promise<PeeringLocation | undefined> {
  const portId = textAt(circuit.desired, "properties.expressRoutePort.id");
  const port = portId === undefined ? undefined : await view.reader.read(portId);
  const name =
    textAt(circuit.desired, "properties.serviceProviderProperties.peeringLocation") ??
    textAt(port?.desired, "properties.peeringLocation");
  return view.inventory.peeringLocations.find((location) => location.name === name);
}

/** A region that a circuit of this tier at this location does not reach, or undefined when it does. */
export function reaches(
  inventory: Inventory,
  circuit: { tier: string; location: PeeringLocation },
  region: string,
): boolean {
  if (circuit.tier === "Premium") return true;
  if (circuit.tier === "Local") return circuit.location.localRegions.includes(region);
  const geographyOf = (name: string | undefined) =>
    inventory.regions.find((one) => one.name === name)?.geography;
  return geographyOf(region) === geographyOf(circuit.location.localRegions[0]);
}
