/** From stored rows to what planning knows of a virtual network. */
import { addressOf, prefixContains, prefixOf } from "../base/prefix.ts";
import { connectionOptionsOf } from "../domain/connection-options.ts";
import { type LinkName, linkNames } from "../domain/direct-pairs.ts";
import { siteUnderTest } from "../domain/failover.ts";
import { isFastPath } from "../domain/fast-path.ts";
import { listAt, numberAt, textAt, textsAt } from "../domain/fields.ts";
import { gatewayHostOf } from "../domain/gateway-host.ts";
import { capacityOfGateway } from "../domain/gateway-skus.ts";
import { hubOf, spokesOf, toldBy } from "../domain/gateway-transit.ts";
import {
  circuitIdOf,
  connectionsOfGateway,
  peeringLocationOf,
  spacesOf,
  subnetPrefixesOf,
} from "../domain/links.ts";
import { regionCommunity } from "../domain/service-communities.ts";
import { types } from "../domain/types.ts";
import { SIDES } from "../fabric/intent.ts";
import type { Inventory } from "../fabric/inventory.ts";
import { type Carriage, edgesOf } from "../plan/circuit-view.ts";
import { circuitMtu } from "../plan/mtu.ts";
import type {
  GatewayConnectionView,
  GatewayView,
  MachineView,
  TransitView,
  VirtualNetworkView,
} from "../plan/virtual-network.ts";
import type { StoredResource, StoreReader } from "../store/store.ts";
import { circuitView, readCircuitRows } from "./circuit-rows.ts";

export type NetworkRows = {
  readonly network: StoredResource;
  readonly subnets: readonly StoredResource[];
  readonly gateway?: StoredResource;
  readonly connections: readonly StoredResource[];
  readonly machines: readonly StoredResource[];
};

export async function readNetworkRows(
  reader: StoreReader,
  networkId: string,
): Promise<NetworkRows | undefined> {
  const network = await reader.read(networkId);
  if (network === undefined) return undefined;
  const subnets = await reader.list({ type: types.subnet, parentId: network.id });
  const inSubnets = async (type: string) =>
    (await Promise.all(subnets.map(({ id }) => reader.list({ type, referring: id })))).flat();
  const [gateway] = await inSubnets(types.gateway);
  return {
    network,
    subnets,
    ...(gateway === undefined ? {} : { gateway }),
    connections: gateway === undefined ? [] : await connectionsOfGateway(reader, gateway.id),
    machines: await inSubnets(types.virtualMachine),
  };
}

export async function networkView(
  reader: StoreReader,
  inventory: Inventory,
  rows: NetworkRows,
): Promise<VirtualNetworkView | undefined> {
  const { network } = rows;
  if (network.provisioningState === "Deleting") return undefined;
  const gateway = await gatewayView(reader, inventory, rows);
  const transit = gateway === undefined ? await transitView(reader, network) : undefined;
  return {
    number: numberAt(network.assigned, "number") ?? 0,
    host: gatewayHostOf(inventory, network),
    prefixes: spacesOf(network),
    ...(gateway === undefined ? {} : { gateway }),
    ...(transit === undefined ? {} : { transit }),
    machines: rows.machines.filter(wanted).map((machine) => machineView(rows, machine)),
  };
}

async function gatewayView(
  reader: StoreReader,
  inventory: Inventory,
  rows: NetworkRows,
): Promise<GatewayView | undefined> {
  const { gateway, connections, network } = rows;
  if (gateway === undefined || !wanted(gateway)) return undefined;
  const spokes = await spokesOf(reader, network);
  const joined = await Promise.all(
    connections.filter(wanted).map((row) => gatewayConnection(reader, inventory, { row, gateway })),
  );
  return {
    number: numberAt(gateway.assigned, "number") ?? 0,
    instances: instancesOf(gateway, rows.subnets),
    connections: joined.filter((connection) => connection !== undefined),
    capacity: capacityOfGateway(gateway),
    spokes: spokes.map((spoke) => ({
      number: numberAt(spoke.assigned, "number") ?? 0,
      prefixes: spacesOf(spoke),
    })),
    told: toldBy(network, spokes, (one) => regionCommunity(inventory, one.location)),
  };
}

/** Of each instance the address of each family. */
function instancesOf(
  gateway: StoredResource,
  subnets: readonly StoredResource[],
): GatewayView["instances"] {
  const instance = (index: 0 | 1) =>
    ["ipv4", "ipv6"].flatMap((family) => {
      const address = textsAt(gateway.assigned, `instanceAddresses.${family}`)[index];
      return address === undefined ? [] : [withLength(subnets, address)];
    });
  return [instance(0), instance(1)];
}

async function transitView(
  reader: StoreReader,
  network: StoredResource,
): Promise<TransitView | undefined> {
  const hub = await hubOf(reader, network.id);
  const rows = hub === undefined ? undefined : await readNetworkRows(reader, hub.id);
  if (hub === undefined || rows?.gateway === undefined || !wanted(rows.gateway)) return undefined;
  const siblings = (await spokesOf(reader, hub)).filter(({ id }) => id !== network.id);
  return {
    instances: instancesOf(rows.gateway, rows.subnets),
    siblings: siblings.flatMap(spacesOf),
  };
}

async function gatewayConnection(
  reader: StoreReader,
  inventory: Inventory,
  { row, gateway }: { row: StoredResource; gateway: StoredResource },
): Promise<GatewayConnectionView | undefined> {
  const rows = await readCircuitRows(reader, circuitIdOf(row));
  const circuit = rows === undefined ? undefined : await circuitView(reader, inventory, rows);
  const tunnelBlock = numberAt(row.assigned, "tunnelBlock");
  if (rows === undefined || circuit === undefined || tunnelBlock === undefined) return undefined;
  const site = await peeringLocationOf({ reader, inventory }, rows.circuit);
  const isUnderTest = site !== undefined && site.name === siteUnderTest(gateway);
  return {
    tunnelBlock,
    routingWeight: numberAt(row.desired, "properties.routingWeight") ?? 0,
    ...connectionOptionsOf(row),
    mtu: circuitMtu(circuit),
    ...fastPathOf(row, circuit.carriage),
    edges: edgesOf(circuit.carriage),
    ...(isUnderTest ? { underTest: true as const } : {}),
  };
}

function fastPathOf(
  row: StoredResource,
  carriage: Carriage,
): Pick<GatewayConnectionView, "fastPath"> {
  const slot = numberAt(row.assigned, "fastPathSlot");
  if (slot === undefined || !isFastPath(row)) return {};
  return { fastPath: { slot, isIpv6: carriage.kind === "direct" } };
}

function machineView(rows: NetworkRows, machine: StoredResource): MachineView {
  return {
    number: numberAt(machine.assigned, "number") ?? 0,
    addresses: textsAt(machine.assigned, "privateIPAddresses").map((address) =>
      withLength(rows.subnets, address),
    ),
  };
}

/** The address with the length of the subnet that holds it. */
function withLength(subnets: readonly StoredResource[], address: string): string {
  const prefixes = subnets.flatMap(subnetPrefixesOf);
  const holder = prefixes
    .map(prefixOf)
    .find((prefix) => prefixContains(prefix, addressOf(address)));
  return `${address}/${holder?.length ?? (address.includes(":") ? 128 : 32)}`;
}

function wanted({ provisioningState }: StoredResource): boolean {
  return provisioningState !== "Deleting";
}

/** The ports of a Direct port resource with the state asked of each. */
export function directPorts(
  inventory: Inventory,
  port: StoredResource,
): { link: LinkName; node: string; port: string; enabled: boolean }[] {
  const pairName = textAt(port.assigned, "portPair");
  const pair = inventory.peeringLocations
    .flatMap(({ directPortPairs }) => directPortPairs)
    .find((candidate) => candidate.name === pairName);
  if (pair === undefined || !wanted(port)) return [];
  const links = listAt(port.desired, "properties.links");
  return SIDES.map((side, index) => {
    const name = linkNames[index] ?? "link1";
    const link = links.find((candidate) => textAt(candidate, "name") === name);
    const [node = "", portName = ""] = pair[side].split(":");
    return {
      link: name,
      node,
      port: portName,
      enabled: textAt(link, "properties.adminState") === "Enabled",
    };
  });
}
