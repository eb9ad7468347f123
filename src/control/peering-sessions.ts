/** The BGP sessions of a peering, as its two edges tell them: what both ends agreed on, and what came. */
import type { PeeringSession } from "../api/readouts.ts";
import { pathWarnings } from "../domain/private-numbers.ts";
import { SIDES, type Side } from "../fabric/intent.ts";
import type { RouteObservation, SessionObservation } from "../fabric/report.ts";
import type { PeeringFamilyView } from "../plan/circuit-view.ts";
import { peeringAddresses } from "../plan/names.ts";

type Observed = Readonly<
  Record<
    Side,
    {
      readonly sessions: readonly SessionObservation[];
      /** Of a public peering's VRF alone: there private AS numbers say nothing. */
      readonly routes: readonly RouteObservation[];
    }
  >
>;

/** A session that its edge does not report is not in the answer. */
export function peeringSessions(
  families: readonly PeeringFamilyView[],
  observed: Observed,
  vrf: string,
): PeeringSession[] {
  return SIDES.flatMap((side) =>
    families.flatMap((family) => {
      const { customerHost } = peeringAddresses(family[side]);
      const found = observed[side].sessions.find(
        (session) => session.vrf === vrf && session.address === customerHost,
      );
      if (found === undefined) return [];
      const isOwn = ({ prefix }: RouteObservation) =>
        prefix.includes(":") === (family.family === "ipv6");
      const warnings = pathWarnings(found.remoteAsn, observed[side].routes.filter(isOwn));
      const row = rowOf(side, family.family, found);
      return [warnings.length === 0 ? row : { ...row, warnings }];
    }),
  );
}

function rowOf(side: Side, family: "ipv4" | "ipv6", session: SessionObservation): PeeringSession {
  const { address, remoteAsn, state, uptimeSeconds, lastReset, bfd, bfdTimers } = session;
  const received = session.prefixesReceived[family];
  const limit = session.prefixLimits?.[family];
  return {
    ...{ side, family, neighbor: address, asn: remoteAsn, state },
    ...(uptimeSeconds === undefined ? {} : { uptimeSeconds }),
    ...(received === undefined ? {} : { prefixesReceived: received }),
    ...(lastReset === undefined ? {} : { lastReset }),
    ...(bfd === undefined ? {} : { bfd: { state: bfd, ...bfdTimers } }),
    ...(limit === undefined ? {} : { prefixLimit: limit }),
  };
}
