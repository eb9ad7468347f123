/** A packet there and its answer back. */
import type { Place } from "../fabric/probe.ts";
import type { ConvergedFabric } from "../routing/convergence.ts";
import { type Forwarding, forwardPacket, type PacketRequest } from "../routing/forwarding.ts";

export type Echo = {
  readonly there: Forwarding;
  /** Absent when nothing was there to answer. */
  readonly back?: Forwarding;
  readonly isAnswered: boolean;
};

/** `to`: where the packet must arrive; absent, whoever owns the address answers. */
export function echo(
  fabric: ConvergedFabric,
  { to, ...request }: PacketRequest & { to?: Place },
): Echo {
  const there = forwardPacket(fabric, request);
  const { flow, at } = there;
  if (there.disposition !== "delivered" || flow === undefined || at.vrf === undefined) {
    return { there, isAnswered: false };
  }
  const answerer = { node: at.node, vrf: at.vrf };
  if (to !== undefined && !isSame(answerer, to)) return { there, isAnswered: false };
  const back = forwardPacket(fabric, {
    from: answerer,
    source: flow.destination,
    destination: flow.source,
    protocol: flow.protocol,
    sourcePort: flow.destinationPort,
    destinationPort: flow.sourcePort,
    translations: there.translations,
    ...(request.bytes === undefined ? {} : { bytes: request.bytes }),
  });
  const { node, vrf = "" } = back.at;
  const isAnswered = back.disposition === "delivered" && isSame({ node, vrf }, request.from);
  return { there, back, isAnswered };
}

/** Why no answer came, as a sentence. */
export function failureWords({ there, back }: Echo): string {
  const [lost, way] =
    there.disposition === "delivered" && back ? [back, "The answer"] : [there, "The packet"];
  const { node, vrf, port } = lost.at;
  const spot = [
    node,
    ...(vrf === undefined ? [] : [`VRF ${vrf}`]),
    ...(port === undefined ? [] : [`port ${port}`]),
  ];
  if (lost.disposition === "delivered")
    return `${way} came to ${spot.join(", ")} and not to its place.`;
  return `${way} ended at ${spot.join(", ")}: ${lost.disposition}.`;
}

function isSame(one: Place, other: Place): boolean {
  return one.node === other.node && one.vrf === other.vrf;
}
