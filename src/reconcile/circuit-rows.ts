/** From stored rows to what planning knows of a circuit. */

import { mtuOfCircuit } from "../domain/circuit-options.ts";
import { allowsRemoteNetworks, connectionOptionsOf } from "../domain/connection-options.ts";
import { linkUnderTest } from "../domain/failover.ts";
import { isFastPath } from "../domain/fast-path.ts";
import { at, numberAt, textAt } from "../domain/fields.ts";
import { gatewayHostOf } from "../domain/gateway-host.ts";
import { spokesOf, toldBy } from "../domain/gateway-transit.ts";
import {
  bandwidthMbpsOf,
  connectionsOfCircuit,
  crossConnectionOf,
  gatewayIdOf,
  isDirect,
  networkIdOf,
  spacesOf,
  stateOf,
  tierOf,
} from "../domain/links.ts";
import { peeringOptionsOf } from "../domain/peering-options.ts";
import { types } from "../domain/types.ts";
import type { Inventory } from "../fabric/inventory.ts";
import type {
  Carriage,
  CircuitView,
  ConnectionView,
  PrivatePeeringView,
} from "../plan/circuit-view.ts";
import type { StoredResource, StoreReader } from "../store/store.ts";
import { joinViews } from "./join-rows.ts";
import { familyView, publicPeeringView } from "./public-rows.ts";

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
  const portId = textAt(circuit.desired, "properties.expressRoutePort.id");
  const port = portId === undefined ? undefined : await reader.read(portId);
  const crossConnection = isDirect(circuit) ? undefined : await crossConnectionOf(reader, circuit);
  return {
    circuit,
    ...(crossConnection === undefined ? {} : { crossConnection }),
    peerings: await reader.list({ type: types.peering, parentId: circuit.id }),
    connections: await connectionsOfCircuit(reader, circuit.id),
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
  const stag = numberAt(circuit.assigned, "stag");
  const peering = rows.peerings.find(
    ({ name, provisioningState }) =>
      name === "AzurePrivatePeering" && provisioningState !== "Deleting",
  );
  const tested = linkUnderTest(circuit);
  const publicPeering = await publicPeeringView(reader, rows.peerings);
  const connections = await Promise.all(
    rows.connections.map((row) => connectionView(reader, inventory, row)),
  );
  return {
    id: circuit.id,
    serviceKey: textAt(circuit.assigned, "serviceKey") ?? "",
    number: numberAt(circuit.assigned, "number") ?? 0,
    ...(stag === undefined ? {} : { stag }),
    bandwidthMbps: bandwidthMbpsOf(circuit),
    mtu: mtuOfCircuit(circuit),
    policed:
      carriage.kind === "provider" ||
      at(circuit.desired, "properties.enableDirectPortRateLimit") === true,
    carriage,
    provisioned:
      carriage.kind === "direct" ||
      (rows.crossConnection !== undefined && stateOf(rows.crossConnection) === "Provisioned"),
    ...(peering === undefined ? {} : { peering: peeringView(circuit, peering) }),
    ...(publicPeering === undefined ? {} : { publicPeering }),
    ...(tested === undefined ? {} : { linkUnderTest: tested }),
    connections: connections.filter((connection) => connection !== undefined),
    joins: await joinViews(reader, circuit.id, (id) => farEnd(reader, inventory, id)),
  };
}

async function farEnd(reader: StoreReader, inventory: Inventory, circuitId: string) {
  const rows = await readCircuitRows(reader, circuitId);
  if (rows === undefined) return undefined;
  return { circuit: rows.circuit, carriage: carriageOf(inventory, rows) };
}

/** How the circuit is carried; undefined where the inventory has its ports no more. */
export function carriageOf(
  inventory: Inventory,
  { circuit, crossConnection, port }: CircuitRows,
): Carriage | undefined {
  const pairName = textAt(circuit.assigned, "portPair");
  if (port !== undefined) {
    const pair = inventory.peeringLocations
      .flatMap(({ directPortPairs }) => directPortPairs)
      .find(({ name }) => name === pairName);
    const encapsulation =
      textAt(port.desired, "properties.encapsulation") === "Dot1Q" ? "Dot1Q" : "QinQ";
    return pair === undefined ? undefined : { kind: "direct", pair, encapsulation };
  }
  const provider = inventory.providers.find(({ portPairs }) =>
    portPairs.some(({ name }) => name === pairName),
  );
  const portPair = provider?.portPairs.find(({ name }) => name === pairName);
  if (provider === undefined || portPair === undefined) return undefined;
  const handOffName = textAt(crossConnection?.assigned, "handOff");
  const handOff = provider.handOffs.find(({ name }) => name === handOffName);
  return { kind: "provider", provider, portPair, ...(handOff === undefined ? {} : { handOff }) };
}

function peeringView(
  circuit: StoredResource,
  { desired, assigned }: StoredResource,
): PrivatePeeringView {
  const properties = at(desired, "properties");
  const password = textAt(properties, "sharedKey");
  const options = peeringOptionsOf(at(properties, "causeway"), tierOf(circuit));
  return {
    peerAsn: numberAt(properties, "peerASN") ?? 0,
    vlanId: numberAt(properties, "vlanId") ?? 0,
    ...(password === undefined ? {} : { password }),
    families: [
      familyView("ipv4", properties),
      familyView("ipv6", at(properties, "ipv6PeeringConfig")),
    ].filter((family) => family !== undefined),
    lastModifiedBy: textAt(assigned, "lastModifiedBy") === "Provider" ? "Provider" : "Customer",
    maximumPrefixes: { ipv4: options.prefixLimit.ipv4, ipv6: options.prefixLimit.ipv6 },
    options,
  };
}

async function connectionView(
  reader: StoreReader,
  inventory: Inventory,
  row: StoredResource,
): Promise<ConnectionView | undefined> {
  const gateway = await reader.read(gatewayIdOf(row));
  const network = gateway === undefined ? undefined : await reader.read(networkIdOf(gateway));
  const tunnelBlock = numberAt(row.assigned, "tunnelBlock");
  const slot = numberAt(row.assigned, "fastPathSlot");
  if (
    row.provisioningState === "Deleting" ||
    gateway === undefined ||
    network === undefined ||
    tunnelBlock === undefined
  )
    return undefined;
  const spokes = await spokesOf(reader, network);
  const told = toldBy(network, spokes, () => undefined);
  return {
    id: row.id,
    tunnelBlock,
    routingWeight: numberAt(row.desired, "properties.routingWeight") ?? 0,
    gatewayNumber: numberAt(gateway.assigned, "number") ?? 0,
    gatewayHost: gatewayHostOf(inventory, network),
    prefixes: told.map(({ prefix }) => prefix),
    spaces: [network, ...spokes].flatMap(spacesOf),
    ...(allowsRemoteNetworks(gateway) ? { allowsRemote: true as const } : {}),
    ...connectionOptionsOf(row),
    ...(isFastPath(row) && slot !== undefined ? { fastPathSlot: slot } : {}),
  };
}
