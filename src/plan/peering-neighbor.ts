/** What a peering's options ask of its sessions, seen from the edge and from the router at the other end. */
import { defaultPeeringOptions, type PeeringOptions } from "../domain/peering-options.ts";
import type { Neighbor } from "../fabric/intent.ts";
import type { PrivatePeeringView } from "./circuit-view.ts";
import { EDGE_TIMERS } from "./edge-timers.ts";

type SessionFields = Pick<
  Neighbor,
  | "bfd"
  | "beyondMaximum"
  | "keepaliveSeconds"
  | "holdSeconds"
  | "removePrivateAs"
  | "role"
  | "ttlSecurityHops"
>;

export function optionsOf({ options = defaultPeeringOptions }: PrivatePeeringView): PeeringOptions {
  return options;
}

export function edgeSession(peering: PrivatePeeringView): SessionFields {
  const options = optionsOf(peering);
  const { prefixLimit, privateAsns, role } = options;
  return {
    ...bothEnds(options),
    ...(prefixLimit.mode === "Discard" ? { beyondMaximum: "discard" } : {}),
    ...(privateAsns === "Remove" ? { removePrivateAs: true } : {}),
    ...(role === "None" ? {} : { role: { name: "provider", strict: role === "ProviderStrict" } }),
  };
}

/** Of a router that is ours to configure too: a provider's, or a customer's in the lab. */
export function customerSession(peering: PrivatePeeringView): SessionFields {
  const options = optionsOf(peering);
  return {
    ...bothEnds(options),
    ...(options.role === "None" ? {} : { role: { name: "customer", strict: false } }),
  };
}

function bothEnds({ bfd, gtsm }: PeeringOptions): SessionFields {
  return {
    ...(bfd === undefined ? {} : { bfd }),
    ...EDGE_TIMERS,
    ...(gtsm ? { ttlSecurityHops: 1 } : {}),
  };
}
