/**
 * What the API offers for VPN gateways and their connections. Causeway's gateways carry circuits, so each
 * is answered with why it has no meaning here.
 */
import { types } from "../../domain/types.ts";
import { type ActionDefinition, refusedAction } from "./action.ts";

const ofGateways = [
  "resetvpnclientsharedkey",
  "generatevpnclientpackage",
  "generatevpnprofile",
  "getvpnprofilepackageurl",
  "supportedvpndevices",
  "listRadiusSecrets",
  "setvpnclientipsecparameters",
  "getvpnclientipsecparameters",
  "startPacketCapture",
  "stopPacketCapture",
  "getVpnClientConnectionHealth",
  "disconnectVirtualNetworkGatewayVpnConnections",
  "prepareMigration",
  "executeMigration",
  "commitMigration",
  "abortMigration",
];

const ofConnections = [
  "vpndeviceconfigurationscript",
  "startPacketCapture",
  "stopPacketCapture",
  "getikesas",
  "sharedkey/reset",
];

export const vpnActions: readonly ActionDefinition[] = [
  ...ofGateways.map((path) => ofVpn(types.gateway, path)),
  ...ofConnections.map((path) => ofVpn(types.connection, path)),
  ofVpn(types.connection, "sharedkey", "PUT"),
];

function ofVpn(type: string, path: string, method: "POST" | "PUT" = "POST"): ActionDefinition {
  const why =
    "it is of VPN gateways alone, and those here are of type ExpressRoute; the sessions of a circuit's gateway are in getBgpPeerStatus, its routes in getLearnedRoutes";
  return refusedAction(type, path, { why, method });
}
