/**
 * Which parts of the fabric a change of one resource concerns. A scope is the unit of reconcile:
 * `circuit:<id>`, `vnet:<id>` or `port:<id>`, ids in lower case.
 */

import { textAt } from "./fields.ts";
import { circuitsReaching, remoteNetworkIdOf, transitFamily } from "./gateway-transit.ts";
import { circuitIdOf, gatewayIdOf, linksOfCircuit, networkIdOf } from "./links.ts";
import { parentOfId } from "./resource-id.ts";
import type { StoredResource, StoreReader } from "./state.ts";
import { types } from "./types.ts";

export async function scopesOf(
  resource: StoredResource,
  reader: StoreReader,
): Promise<readonly string[]> {
  switch (resource.type) {
    case types.circuit:
      return circuitScopes(resource.id, reader);
    case types.peering:
    case types.authorization:
      return circuitScopes(resource.parentId ?? "", reader);
    case types.crossConnection:
      return circuitScopes(textAt(resource.assigned, "expressRouteCircuit.id") ?? "", reader);
    case types.virtualNetwork:
      return networkScopes(resource.id, reader);
    case types.subnet:
      return networkScopes(resource.parentId ?? "", reader);
    case types.virtualNetworkPeering: {
      const ends = [resource.parentId ?? "", remoteNetworkIdOf(resource)];
      const scopes = await Promise.all(ends.map((id) => networkScopes(id, reader)));
      return [...new Set(scopes.flat())];
    }
    case types.virtualMachine:
    case types.gateway:
      return networkScopes(networkIdOf(resource), reader);
    case types.circuitConnection:
      return [scope("circuit", parentOfId(resource.parentId ?? ""))];
    case types.connection:
      return connectionScopes(resource, reader);
    case types.routeFilter:
      return filterScopes(resource.id, reader);
    case types.routeFilterRule:
      return filterScopes(resource.parentId ?? "", reader);
    case types.port: {
      const circuits = await reader.list({ type: types.circuit, referring: resource.id });
      return [scope("port", resource.id), ...circuits.map(({ id }) => scope("circuit", id))];
    }
    default:
      return [];
  }
}

async function circuitScopes(id: string, reader: StoreReader): Promise<readonly string[]> {
  const links = await linksOfCircuit(reader, id);
  const networks = links.flatMap(({ network }) => (network === undefined ? [] : [network.id]));
  return [scope("circuit", id), ...networks.map((network) => scope("vnet", network))];
}

/** The circuits that the filter is attached to. */
async function filterScopes(id: string, reader: StoreReader): Promise<readonly string[]> {
  const peerings = await reader.list({ type: types.peering, referring: id });
  return [...new Set(peerings.map(({ parentId = "" }) => scope("circuit", parentId)))];
}

/** Networks that share a gateway follow each other. */
async function networkScopes(id: string, reader: StoreReader): Promise<readonly string[]> {
  const circuits = await circuitsReaching(reader, id);
  const family = await transitFamily(reader, id);
  return [
    ...family.map((network) => scope("vnet", network)),
    ...circuits.map((circuit) => scope("circuit", circuit.id)),
  ];
}

async function connectionScopes(
  connection: StoredResource,
  reader: StoreReader,
): Promise<readonly string[]> {
  const gateway = await reader.read(gatewayIdOf(connection));
  const circuit = await circuitScopes(circuitIdOf(connection), reader);
  const network = gateway === undefined ? [] : await networkScopes(networkIdOf(gateway), reader);
  return [...new Set([...network, ...circuit])];
}

function scope(kind: "circuit" | "vnet" | "port", id: string): string {
  return `${kind}:${id.toLowerCase()}`;
}
