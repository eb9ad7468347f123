/** What the API offers beside circuits and is not here: each is answered with why, and with what to do instead. */
import { refuse } from "../../domain/errors.ts";
import { types } from "../../domain/types.ts";
import type { ActionDefinition } from "./action.ts";

const policies =
  "network policies are for private endpoints, and there are none here; leave the step out";
const judged =
  "judgements of resiliency are not computed; getBgpPeerStatus and getLearnedRoutes tell what is";
const healed =
  "a session or an instance that fails is brought up again by itself; 'causeway status' tells of any that is not";

export const refusedActions: readonly ActionDefinition[] = [
  refused(types.gateway, "reset", healed),
  refused(types.connection, "resetconnection", healed),
  refused(types.gateway, "getResiliencyInformation", judged),
  refused(types.gateway, "getRoutesInformation", judged),
  refused(types.subnet, "PrepareNetworkPolicies", policies),
  refused(types.subnet, "UnprepareNetworkPolicies", policies),
  refused(
    types.virtualNetwork,
    "moveIpConfigurations",
    "addresses do not move between machines; delete the one machine and make the other with its address",
  ),
  ...["reserveCloudServicePublicIpAddress", "disassociateCloudServiceReservedPublicIp"].map(
    (path) => refused(types.publicAddress, path, "there are no cloud services here; leave it out"),
  ),
];

function refused(type: string, path: string, why: string): ActionDefinition {
  return {
    type,
    method: "POST",
    path,
    refused: true,
    async answer() {
      throw refuse("NotOffered", path, `${path} is refused: ${why}.`);
    },
  };
}
