/** From stored rows to what planning knows of a circuit. */
import { types } from "../domain/types.ts";
import type { Inventory } from "../fabric/inventory.ts";
import type {
  Carriage,
  CircuitView,
  ConnectionView,
  PeeringFamilyView,
  PrivatePeeringView,
} from "../plan/circuit-view.ts";
import type { Json, StoredResource, StoreReader } from "../store/store.ts";
import { field, numberField, textField, textsField } from "./json-field.ts";

/** The rows that one circuit's fragments follow from. */
export type CircuitRows = {
  readonly circuit: StoredResource;
  readonly crossConnection?: StoredResource;
  readonly peerings: readonly StoredResource[];
  readonly connections: readonly StoredResource[];
  readonly port?: StoredResource;
};

export async function readCircuitRows(
  reader: StoreReader,
  circuitId: string,
): Promise<CircuitRows | undefined> {
  const circuit = await reader.read(circuitId);
  if (circuit === undefined) return undefined;
  const serviceKey = textField(circuit.assigned, "serviceKey") ?? "";
  const portId = textField(circuit.desired, "properties", "expressRoutePort", "id");
  const [crossConnection] =
    portId === undefined ? await reader.list({ type: types.crossConnection, serviceKey }) : [];
  const port = portId === undefined ? undefined : await reader.read(portId);
  return {
    circuit,
    ...(crossConnection === undefined ? {} : { crossConnection }),
    peerings: await reader.list({ type: types.peering, parentId: circuit.id }),
    connections: await reader.list({ type: types.connection, referring: circuit.id }),
    ...(port === undefined ? {} : { port }),
  };
}

/** What is wanted of the circuit; undefined once it is being deleted. */
export async function circuitView(
  reader: StoreReader,
  inventory: Inventory,
  rows: CircuitRows,
): Promise<CircuitView | undefined> {
  const { circuit } = rows;
  const carriage = carriageOf(inventory, rows);
  if (circuit.provisioningState === "Deleting" || carriage === undefined) return undefined;
  const stag = numberField(circuit.assigned, "stag");
  const peering = rows.peerings.find(
    ({ name, provisioningState }) =>
      name === "AzurePrivatePeering" && provisioningState !== "Deleting",
  );
  const connections = await Promise.all(
    rows.connections.map((row) => connectionView(reader, inventory, row)),
  );
  return {
    id: circuit.id,
    serviceKey: textField(circuit.assigned, "serviceKey") ?? "",
    number: numberField(circuit.assigned, "number") ?? 0,
    ...(stag === undefined ? {} : { stag }),
    bandwidthMbps: bandwidthOf(circuit),
    policed:
      carriage.kind === "provider" ||
      field(circuit.desired, "properties", "enableDirectPortRateLimit") === true,
    carriage,
    provisioned:
      carriage.kind === "direct" ||
      textField(rows.crossConnection?.desired, "properties", "serviceProviderProvisioningState") ===
        "Provisioned",
    ...(peering === undefined ? {} : { peering: peeringView(circuit, peering) }),
    connections: connections.filter((connection) => connection !== undefined),
  };
}

/** How the circuit is carried; undefined where the inventory has its ports no more. */
export function carriageOf(
  inventory: Inventory,
  { circuit, crossConnection, port }: CircuitRows,
): Carriage | undefined {
  const pairName = textField(circuit.assigned, "portPair");
  if (port !== undefined) {
    const pair = inventory.peeringLocations
      .flatMap(({ directPortPairs }) => directPortPairs)
      .find(({ name }) => name === pairName);
    const encapsulation =
      textField(port.desired, "properties", "encapsulation") === "Dot1Q" ? "Dot1Q" : "QinQ";
    return pair === undefined ? undefined : { kind: "direct", pair, encapsulation };
  }
  const provider = inventory.providers.find(({ portPairs }) =>
    portPairs.some(({ name }) => name === pairName),
  );
  const portPair = provider?.portPairs.find(({ name }) => name === pairName);
  if (provider === undefined || portPair === undefined) return undefined;
  const handOffName = textField(crossConnection?.assigned, "handOff");
  const handOff = provider.handOffs.find(({ name }) => name === handOffName);
  return { kind: "provider", provider, portPair, ...(handOff === undefined ? {} : { handOff }) };
}

export function bandwidthOf(circuit: StoredResource): number {
  const gigabits = numberField(circuit.desired, "properties", "bandwidthInGbps");
  return (
    numberField(circuit.desired, "properties", "serviceProviderProperties", "bandwidthInMbps") ??
    (gigabits ?? 0) * 1000
  );
}

/** Prefix limits by tier: facts §3.2. */
function maximumPrefixes(circuit: StoredResource): { ipv4: number; ipv6: number } {
  return {
    ipv4: textField(circuit.desired, "sku", "tier") === "Premium" ? 10_000 : 4_000,
    ipv6: 100,
  };
}

function peeringView(
  circuit: StoredResource,
  { desired, assigned }: StoredResource,
): PrivatePeeringView {
  const properties = field(desired, "properties");
  const password = textField(properties, "sharedKey");
  return {
    peerAsn: numberField(properties, "peerASN") ?? 0,
    vlanId: numberField(properties, "vlanId") ?? 0,
    ...(password === undefined ? {} : { password }),
    families: [
      familyView("ipv4", properties),
      familyView("ipv6", field(properties, "ipv6PeeringConfig")),
    ].filter((family) => family !== undefined),
    lastModifiedBy: textField(assigned, "lastModifiedBy") === "Provider" ? "Provider" : "Customer",
    maximumPrefixes: maximumPrefixes(circuit),
  };
}

function familyView(
  family: "ipv4" | "ipv6",
  config: Json | undefined,
): PeeringFamilyView | undefined {
  const primary = textField(config, "primaryPeerAddressPrefix");
  const secondary = textField(config, "secondaryPeerAddressPrefix");
  if (primary === undefined || secondary === undefined) return undefined;
  return { family, enabled: textField(config, "state") !== "Disabled", primary, secondary };
}

async function connectionView(
  reader: StoreReader,
  inventory: Inventory,
  row: StoredResource,
): Promise<ConnectionView | undefined> {
  const gateway = await reader.read(
    textField(row.desired, "properties", "virtualNetworkGateway1", "id") ?? "",
  );
  const network = gateway === undefined ? undefined : await reader.read(networkIdOf(gateway));
  const tunnelBlock = numberField(row.assigned, "tunnelBlock");
  if (
    row.provisioningState === "Deleting" ||
    gateway === undefined ||
    network === undefined ||
    tunnelBlock === undefined
  )
    return undefined;
  return {
    id: row.id,
    tunnelBlock,
    routingWeight: numberField(row.desired, "properties", "routingWeight") ?? 0,
    gatewayNumber: numberField(gateway.assigned, "number") ?? 0,
    gatewayHost: gatewayHostOf(inventory, network),
    prefixes: textsField(network.desired, "properties", "addressSpace", "addressPrefixes"),
  };
}

/** The virtual network that holds a gateway's subnet. */
export function networkIdOf(gateway: StoredResource): string {
  const [configuration] = (field(gateway.desired, "properties", "ipConfigurations") ??
    []) as readonly Json[];
  return (textField(configuration, "properties", "subnet", "id") ?? "").replace(
    /\/subnets\/[^/]+$/i,
    "",
  );
}

/** A virtual network lives on one host of its region; any host where the region has none. */
export function gatewayHostOf(inventory: Inventory, network: StoredResource): string {
  const hosts = inventory.gatewayHosts.filter(({ region }) => region === network.location);
  const candidates = hosts.length > 0 ? hosts : inventory.gatewayHosts;
  return candidates[(numberField(network.assigned, "number") ?? 0) % candidates.length]?.node ?? "";
}
