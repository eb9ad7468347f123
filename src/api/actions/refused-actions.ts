/** What the API offers beside circuits and is not here: each is answered with why, and with what to do instead. */
import { types } from "../../domain/types.ts";
import { type ActionDefinition, refusedAction } from "./action.ts";

const policies =
  "network policies are for private endpoints, and there are none here; leave the step out";
const judged =
  "judgements of resiliency are not computed; getRoutesInformation tells at which locations routes come, and a failover test what goes on without one";
const healed =
  "a session or an instance that fails is brought up again by itself; 'causeway status' tells of any that is not";

export const refusedActions: readonly ActionDefinition[] = [
  refusedAction(types.gateway, "reset", { why: healed }),
  refusedAction(types.connection, "resetconnection", { why: healed }),
  refusedAction(types.gateway, "getResiliencyInformation", { why: judged }),
  refusedAction(types.subnet, "PrepareNetworkPolicies", { why: policies }),
  refusedAction(types.subnet, "UnprepareNetworkPolicies", { why: policies }),
  refusedAction(types.virtualNetwork, "moveIpConfigurations", {
    why: "addresses do not move between machines; delete the one machine and make the other with its address",
  }),
  ...["reserveCloudServicePublicIpAddress", "disassociateCloudServiceReservedPublicIp"].map(
    (path) =>
      refusedAction(types.publicAddress, path, {
        why: "there are no cloud services here; leave it out",
      }),
  ),
];
