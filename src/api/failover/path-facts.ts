/** What the edges of a circuit say of its two links: sessions and the customer's routes, for failover tests. */
import { ArmError } from "../../domain/errors.ts";
import { linkNames, otherSide } from "../../domain/failover.ts";
import { publicPeering } from "../../domain/public-peering.ts";
import { types } from "../../domain/types.ts";
import { SIDES, type Side } from "../../fabric/intent.ts";
import type { StoredResource, StoreReader } from "../../store/store.ts";
import type { Call } from "../context.ts";
import { readoutsOf } from "../readout-routes.ts";
import type { PeeringSession } from "../readouts.ts";

export type LinkSession = Pick<PeeringSession, "side" | "family" | "state"> & {
  readonly peering: string;
};
/** A route that the customer announced on that link. */
export type LinkRoute = {
  readonly route: string;
  readonly nextHop: string;
  readonly side: Side;
  readonly path: string;
  /** It came by the public peering. */
  readonly isPublic?: true;
};
export type PathFacts = {
  readonly checkedAt: string;
  readonly sessions: readonly LinkSession[];
  readonly routes: readonly LinkRoute[];
};

export function peeringsOf(
  reader: StoreReader,
  circuit: StoredResource,
): Promise<readonly StoredResource[]> {
  return reader.list({ type: types.peering, parentId: circuit.id });
}

/** Rejects where an edge cannot be read: of what was not read nothing is said. */
export async function pathFacts(call: Call, circuit: StoredResource): Promise<PathFacts> {
  const sessions: LinkSession[] = [];
  const routes: LinkRoute[] = [];
  for (const peering of await peeringsOf(call.deps.store, circuit)) {
    if (peering.provisioningState === "Deleting") continue;
    const found = await readoutsOf(call).peeringSessions({ circuit, peering });
    sessions.push(
      ...found.map(({ side, family, state }) => ({ side, family, state, peering: peering.name })),
    );
    for (const side of SIDES) {
      const hops = found.filter((one) => one.side === side).map(({ neighbor }) => neighbor);
      const rows = await readoutsOf(call).routeTable({ circuit, peering, side });
      const own = rows.filter(({ nextHop }) => hops.includes(nextHop));
      routes.push(
        ...own.map(({ network, nextHop, path }) => ({
          ...{ route: network, nextHop, side, path },
          ...(peering.name === publicPeering ? { isPublic: true as const } : {}),
        })),
      );
    }
  }
  return { checkedAt: new Date(call.deps.clock.now()).toISOString(), sessions, routes };
}

/** The facts, or why there are none. */
export async function triedFacts<Facts>(
  read: () => Promise<Facts>,
): Promise<{ readonly facts: Facts } | { readonly unread: ArmError }> {
  try {
    return { facts: await read() };
  } catch (error) {
    if (error instanceof ArmError) return { unread: error };
    throw error;
  }
}

export const isUp = ({ state }: { readonly state: string }) => state === "Established";

/** Why the link may not go: what it carries would have no other way. Each reason is a whole clause. */
export function reasonsAgainst(side: Side, sessions: readonly LinkSession[]): readonly string[] {
  const other = otherSide(side);
  const [own, twins] = [side, other].map((one) =>
    sessions.filter((session) => session.side === one && isUp(session)),
  );
  if (twins?.length === 0) return [`the ${linkNames[other]} link has no session that is up`];
  return (own ?? [])
    .filter(
      ({ peering, family }) =>
        !twins?.some((twin) => twin.peering === peering && twin.family === family),
    )
    .map(
      ({ peering, family }) =>
        `the session of ${peering} for ${family === "ipv4" ? "IPv4" : "IPv6"} on the ${linkNames[other]} link is not up`,
    );
}

/** Routes that came on both links. */
export function redundantRoutes(routes: readonly LinkRoute[]): ReadonlySet<string> {
  const on = (side: Side) =>
    new Set(routes.filter((one) => one.side === side).map(({ route }) => route));
  const [primary, secondary] = [on("primary"), on("secondary")];
  return new Set([...primary].filter((route) => secondary.has(route)));
}

/** More than anybody reads of one test: what is kept of it is read with every look at it. */
const keptMax = 500;

/** The facts as they are kept, and what is not in them. */
export function keptFacts(facts: PathFacts): { facts: PathFacts; issues: readonly string[] } {
  const all = [...new Set(facts.routes.map(({ route }) => route))];
  if (all.length <= keptMax) return { facts, issues: [] };
  const kept = new Set(all.toSorted().slice(0, keptMax));
  const routes = facts.routes.filter(({ route }) => kept.has(route));
  return {
    facts: { ...facts, routes },
    issues: [`${keptMax} of ${all.length} routes are kept.`],
  };
}

/** Reached over that link alone: while it is without sessions nothing leads there. */
export function routesOfOneLink(side: Side, { routes }: PathFacts): readonly string[] {
  const redundant = redundantRoutes(routes);
  const lost = routes.filter((one) => one.side === side && !redundant.has(one.route));
  if (lost.length === 0) return [];
  return [`${lost.length} routes came on the ${linkNames[side]} link alone before the test.`];
}
