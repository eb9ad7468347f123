/**
 * What the API offers for VPN gateways and their connections. Causeway's gateways carry circuits, so each
 * is answered with why it has no meaning here.
 */
import { ArmError } from "../../domain/errors.ts";
import { types } from "../../domain/types.ts";
import type { ActionDefinition } from "./action.ts";

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
  ...ofGateways.map((path) => refused(types.gateway, "POST", path)),
  ...ofConnections.map((path) => refused(types.connection, "POST", path)),
  refused(types.connection, "PUT", "sharedkey"),
];

function refused(type: string, method: "POST" | "PUT", path: string): ActionDefinition {
  return {
    type,
    method,
    path,
    refused: true,
    async answer(_call, { name }) {
      throw new ArmError({
        status: 400,
        code: "NotOffered",
        target: path,
        message: `${path} is refused: ${name} is of type ExpressRoute, and ${path} is of VPN gateways alone; the sessions of a circuit's gateway are in getBgpPeerStatus, its routes in getLearnedRoutes.`,
      });
    },
  };
}
