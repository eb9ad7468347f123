/** Read-outs of a virtual network gateway: its sessions and routes, live from the node of its instances. */
import type { GatewayRouteRow, GatewaySessionRow } from "../api/readouts.ts";
import { readoutUnavailable } from "../domain/errors.ts";
import { numberAt, textsAt } from "../domain/fields.ts";
import { gatewayHostOf } from "../domain/gateway-host.ts";
import { circuitIdOf, connectionsOfGateway, networkIdOf } from "../domain/links.ts";
import { SIDES } from "../fabric/intent.ts";
import type { SessionObservation } from "../fabric/report.ts";
import { edgeHandOff } from "../plan/circuit-view.ts";
import { circuitVrf, gatewayVrf } from "../plan/names.ts";
import { INSTANCES, type Instance, tunnelPeer } from "../plan/tunnel.ts";
import { circuitView, readCircuitRows } from "../reconcile/circuit-rows.ts";
import type { StoredResource } from "../store/store.ts";
import { nodeNamed, READ_TIMEOUT_MS, readFrom, type Sources } from "./read-node.ts";

export async function gatewaySessions(
  sources: Sources,
  gateway: StoredResource,
): Promise<readonly GatewaySessionRow[]> {
  const node = await hostOf(sources, gateway);
  const { sessions } = await readFrom(node, () =>
    node.observe(AbortSignal.timeout(READ_TIMEOUT_MS)),
  );
  return instancesOf(gateway).flatMap(({ vrf, localAddress }) =>
    sessions
      .filter((session) => session.vrf === vrf)
      .map((session) => ({ ...sessionRow(session), ...localAddress })),
  );
}

function sessionRow({ address, remoteAsn, state, uptimeSeconds, ...rest }: SessionObservation) {
  const { ipv4 = 0, ipv6 = 0 } = rest.prefixesReceived;
  return {
    neighbor: address,
    asn: remoteAsn,
    state,
    ...(uptimeSeconds === undefined ? {} : { uptimeSeconds }),
    ...(state === "Established" ? { routesReceived: ipv4 + ipv6 } : {}),
  };
}

/** What the instances forward by. */
export async function gatewayRoutes(
  sources: Sources,
  gateway: StoredResource,
): Promise<readonly GatewayRouteRow[]> {
  const node = await hostOf(sources, gateway);
  const rows = instancesOf(gateway).map(async ({ vrf, localAddress }) => {
    const routes = await readFrom(node, () =>
      node.routes(vrf, AbortSignal.timeout(READ_TIMEOUT_MS)),
    );
    return routes.flatMap(({ prefix, protocol, nextHops, path = [], weight }) =>
      (nextHops.length === 0 ? [undefined] : nextHops).map((nextHop) => ({
        ...localAddress,
        network: prefix,
        learned: protocol === "bgp",
        ...(nextHop === undefined ? {} : { nextHop }),
        path,
        ...(weight === undefined ? {} : { weight }),
      })),
    );
  });
  return (await Promise.all(rows)).flat();
}

/** What the edge at that address took from the gateway: read at the receiving end. */
export async function gatewayAdvertised(
  sources: Sources,
  gateway: StoredResource,
  peer: string,
): Promise<readonly GatewayRouteRow[] | undefined> {
  const { store, inventory } = sources;
  for (const connection of await connectionsOfGateway(store, gateway.id)) {
    const end = endWith(connection, peer);
    const rows = await readCircuitRows(store, circuitIdOf(connection));
    const view = rows === undefined ? undefined : await circuitView(store, inventory, rows);
    if (end === undefined || view === undefined) continue;
    const node = nodeNamed(sources, edgeHandOff(view, end.side).node);
    const routes = await readFrom(node, () =>
      node.routes(circuitVrf(view.serviceKey), AbortSignal.timeout(READ_TIMEOUT_MS)),
    );
    const local = instancesOf(gateway)[end.instance]?.localAddress;
    return routes
      .filter(({ protocol, nextHops }) => protocol === "bgp" && nextHops.includes(end.own))
      .map(({ prefix, path = [] }) => ({
        ...local,
        network: prefix,
        nextHop: end.own,
        learned: false,
        path,
      }));
  }
  return undefined;
}

function endWith(connection: StoredResource, peer: string) {
  const block = numberAt(connection.assigned, "tunnelBlock");
  if (block === undefined) return undefined;
  return INSTANCES.flatMap((instance) => SIDES.map((side) => ({ block, instance, side })))
    .map((at) => ({ ...at, own: tunnelPeer("edge", at), other: tunnelPeer("gateway", at) }))
    .find(({ other }) => other === peer);
}

function instancesOf({ assigned }: StoredResource) {
  const number = numberAt(assigned, "number") ?? 0;
  const addresses = textsAt(assigned, "instanceAddresses.ipv4");
  return INSTANCES.map((instance: Instance) => {
    const address = addresses[instance];
    return {
      vrf: gatewayVrf(number, instance),
      localAddress: address === undefined ? {} : { localAddress: address },
    };
  });
}

async function hostOf(sources: Sources, gateway: StoredResource) {
  const network = await sources.store.read(networkIdOf(gateway));
  if (network === undefined) {
    throw readoutUnavailable(`The virtual network of ${gateway.name} is gone.`);
  }
  return nodeNamed(sources, gatewayHostOf(sources.inventory, network));
}
