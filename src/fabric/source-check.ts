/** Which routing instances look at where a packet says it is from. Pure; Linux and simulated nodes ask here. */
import type { VrfFragment } from "./intent.ts";

/** A VRF of one interface is a host's. */
export function forwardsBetweenLinks({ interfaces }: Pick<VrfFragment, "interfaces">): boolean {
  return interfaces.filter(({ kind }) => kind !== "loopback").length > 1;
}

/** Packets that are translated go the kernel's own way, which alone passes translation. */
export function forwardsByProgram(vrf: VrfFragment): boolean {
  return forwardsBetweenLinks(vrf) && vrf.nat === undefined;
}

/**
 * What comes from a source without a route is dropped (RFC 3704 §2.4). Where a route of last resort leads everywhere,
 * each source has a way back; the node's own tables belong to whoever trusts both sides.
 */
export function checksSources(vrf: VrfFragment): boolean {
  if (vrf.name === "default" || !forwardsByProgram(vrf)) return false;
  return !vrf.routes.some(({ lastResort }) => lastResort === true);
}
