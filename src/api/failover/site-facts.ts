/** What joins a gateway to circuits, at which peering locations, and what comes over each: for failover tests and read-outs. */

import { numberAt } from "../../domain/fields.ts";
import { circuitIdOf, connectionsOfGateway, peeringLocationOf } from "../../domain/links.ts";
import { publicPeering } from "../../domain/public-peering.ts";
import { SIDES } from "../../fabric/intent.ts";
import { INSTANCES, tunnelPeer } from "../../plan/tunnel.ts";
import type { StoredResource, StoreReader } from "../../store/store.ts";
import type { Call } from "../context.ts";
import { readoutsOf } from "../readout-routes.ts";
import type { GatewaySessionRow } from "../readouts.ts";
import { isUp, type PathFacts, pathFacts } from "./path-facts.ts";

/** A connection with its circuit, where that stands. */
export type Joint = {
  readonly connection: StoredResource;
  readonly circuit: StoredResource;
  readonly location: string;
};

export async function jointsOf(
  { deps }: Call,
  reader: StoreReader,
  gateway: StoredResource,
): Promise<readonly Joint[]> {
  const joints: Joint[] = [];
  for (const connection of await connectionsOfGateway(reader, gateway.id)) {
    const circuit = await reader.read(circuitIdOf(connection));
    if (circuit === undefined) continue;
    const site = await peeringLocationOf({ reader, inventory: deps.inventory }, circuit);
    if (site !== undefined) joints.push({ connection, circuit, location: site.name });
  }
  return joints;
}

/** What a joint carries, as its ends say. */
export type JointFacts = Joint & {
  /** The gateway has a session with an edge of the circuit. */
  readonly isConnected: boolean;
  readonly facts: PathFacts;
};

/** Rejects where the gateway or an edge cannot be read. */
export async function jointFacts(
  call: Call,
  gateway: StoredResource,
  joints: readonly Joint[],
): Promise<readonly JointFacts[]> {
  const sessions = await readoutsOf(call).gatewaySessions(gateway);
  const found: JointFacts[] = [];
  for (const joint of joints) {
    const { sessions: all, routes, ...facts } = await pathFacts(call, joint.circuit);
    // A public peering leads to no gateway.
    const own = all.filter(({ peering }) => peering !== publicPeering);
    found.push({
      ...joint,
      isConnected: isConnected(joint.connection, sessions),
      facts: { ...facts, sessions: own, routes: routes.filter(({ isPublic }) => !isPublic) },
    });
  }
  return found;
}

export function isConnected(
  connection: StoredResource,
  sessions: readonly GatewaySessionRow[],
): boolean {
  const block = numberAt(connection.assigned, "tunnelBlock");
  if (block === undefined) return false;
  const peers = INSTANCES.flatMap((instance) =>
    SIDES.map((side) => tunnelPeer("gateway", { block, instance, side })),
  );
  return sessions.some((one) => isUp(one) && peers.includes(one.neighbor));
}

/** Why the location may not go: what it carries would have no other way. Each reason is a whole clause. */
export function reasonsAgainstSite(
  location: string,
  joints: readonly Pick<JointFacts, "location" | "isConnected" | "facts">[],
): readonly string[] {
  const others = joints.filter((one) => one.location !== location && one.isConnected);
  const families = (from: typeof others) =>
    new Set(from.flatMap(({ facts }) => facts.sessions.filter(isUp).map(({ family }) => family)));
  const elsewhere = families(others);
  if (elsewhere.size === 0) {
    return [`no circuit at another peering location carries anything to the gateway`];
  }
  const here = families(joints.filter((one) => one.location === location && one.isConnected));
  return [...here]
    .filter((family) => !elsewhere.has(family))
    .map(
      (family) =>
        `no circuit at another peering location carries ${family === "ipv4" ? "IPv4" : "IPv6"} to the gateway`,
    );
}

/** A customers' route with the locations that it came at. */
export type SiteRoute = { readonly route: string; readonly locations: readonly string[] };

export function siteRoutes(
  joints: readonly Pick<JointFacts, "location" | "facts">[],
): readonly SiteRoute[] {
  const byRoute = new Map<string, Set<string>>();
  for (const { location, facts } of joints)
    for (const { route } of facts.routes)
      byRoute.set(route, (byRoute.get(route) ?? new Set<string>()).add(location));
  return [...byRoute]
    .map(([route, locations]) => ({ route, locations: [...locations].toSorted() }))
    .toSorted((one, other) => (one.route < other.route ? -1 : 1));
}
