/** Virtual network gateways: what joins them, and what their instances say of BGP. */
import { connection } from "../../domain/connection.ts";
import { refuse } from "../../domain/errors.ts";
import { connectionsOfGateway } from "../../domain/links.ts";
import { wiresOf } from "../../domain/resource.ts";
import { types } from "../../domain/types.ts";
import type { JsonObject } from "../../store/store.ts";
import { type Call, viewOf } from "../context.ts";
import { readoutsOf } from "../readout-routes.ts";
import type { GatewayRouteRow, GatewaySessionRow } from "../readouts.ts";
import type { ActionDefinition } from "./action.ts";

const type = types.gateway;

export const gatewayActions: readonly ActionDefinition[] = [
  {
    type,
    method: "GET",
    path: "connections",
    async answer(call, gateway) {
      const rows = await connectionsOfGateway(call.deps.store, gateway.id);
      const view = viewOf(call, call.deps.store);
      const value = await wiresOf(connection, rows, view);
      return { status: 200, body: { value } };
    },
  },
  {
    type,
    method: "POST",
    path: "getBgpPeerStatus",
    async answer(call, gateway) {
      const rows = await readoutsOf(call).gatewaySessions(gateway);
      const peer = call.query.get("peer");
      const shown = rows.filter(({ neighbor }) => peer === null || neighbor === peer);
      return { status: 200, body: { value: shown.map(peerStatus) } };
    },
  },
  routes("getLearnedRoutes", routeRow),
  routes("getEffectiveRoutes", effectiveRow),
  {
    type,
    method: "POST",
    path: "getAdvertisedRoutes",
    async answer(call, gateway) {
      const peer = peerOf(call);
      const rows = await readoutsOf(call).gatewayAdvertised(gateway, peer);
      if (rows !== undefined) return { status: 200, body: { value: rows.map(routeRow) } };
      throw refuse(
        "InvalidParameter",
        "peer",
        `peer is refused: ${gateway.name} has no BGP peer ${peer.slice(0, 50)}; ask getBgpPeerStatus for its peers.`,
      );
    },
  },
];

/** All routes of a gateway, as that path shows them. */
function routes(path: string, shown: (row: GatewayRouteRow) => JsonObject): ActionDefinition {
  return {
    type,
    method: "POST",
    path,
    async answer(call, gateway) {
      const rows = await readoutsOf(call).gatewayRoutes(gateway);
      return { status: 200, body: { value: rows.map(shown) } };
    },
  };
}

function peerOf({ query }: Call): string {
  const peer = query.get("peer") ?? "";
  if (peer !== "") return peer;
  throw refuse(
    "InvalidParameter",
    "peer",
    "peer is missing: send the address of a BGP peer, as getBgpPeerStatus shows it.",
  );
}

function peerStatus({ uptimeSeconds, state, ...row }: GatewaySessionRow): JsonObject {
  return {
    ...row,
    state: stateNames[state] ?? "Connecting",
    ...(uptimeSeconds === undefined ? {} : { connectedDuration: timeSpan(uptimeSeconds) }),
  };
}

/** The API has fewer states than BGP. */
const stateNames: Readonly<Record<string, string>> = { Established: "Connected", Idle: "Idle" };

function routeRow({ learned, path, nextHop, ...row }: GatewayRouteRow): JsonObject {
  return {
    ...row,
    ...(nextHop === undefined ? {} : { nextHop }),
    ...(learned && nextHop !== undefined ? { sourcePeer: nextHop } : {}),
    origin: learned ? "EBgp" : "Network",
    asPath: path.join("-"),
  };
}

function effectiveRow({ localAddress, network, nextHop, learned }: GatewayRouteRow): JsonObject {
  return {
    ...(localAddress === undefined ? {} : { localAddress }),
    addressPrefixes: [network],
    ...(nextHop === undefined ? {} : { nextHopIpAddress: nextHop }),
    nextHopType: learned ? "Tunnel" : "VirtualNetwork",
  };
}

/** `d.hh:mm:ss`, as the API writes a length of time. */
function timeSpan(seconds: number): string {
  const days = Math.floor(seconds / 86_400);
  const clock = new Date((seconds % 86_400) * 1000).toISOString().slice(11, 19);
  return days === 0 ? clock : `${days}.${clock}`;
}
