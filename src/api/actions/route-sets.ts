/** The customers' routes that come to a gateway, by the set of peering locations that they come at, as its circuits' edges hold them. */
import { linkNames } from "../../domain/failover.ts";
import { types } from "../../domain/types.ts";
import { SIDES } from "../../fabric/intent.ts";
import type { JsonObject, StoredResource } from "../../store/store.ts";
import type { Call, Reply } from "../context.ts";
import { type JointFacts, jointFacts, jointsOf, siteRoutes } from "../failover/site-facts.ts";
import type { ActionDefinition } from "./action.ts";

export const routeSetActions: readonly ActionDefinition[] = [
  { type: types.gateway, method: "POST", path: "getRoutesInformation", answer: routeSets },
];

/** Read when it is asked for: there is nothing older to refresh. */
async function routeSets(call: Call, gateway: StoredResource): Promise<Reply> {
  const joints = await jointsOf(call, call.deps.store, gateway);
  const found = joints.length === 0 ? [] : await jointFacts(call, gateway, joints);
  return {
    status: 200,
    body: {
      lastComputedTime: new Date(call.deps.clock.now()).toISOString(),
      routeSets: setsOf(found),
      circuitsMetadataMap: Object.fromEntries(
        found.map(({ circuit, location }) => [circuit.id, { name: circuit.name, location }]),
      ),
    },
  };
}

export function setsOf(joints: readonly JointFacts[]): readonly JsonObject[] {
  const bySet = new Map<
    string,
    { locations: readonly string[]; details: [string, JsonObject[]][] }
  >();
  for (const { route, locations } of siteRoutes(joints)) {
    const name = locations.join(", ");
    const set = bySet.get(name) ?? { locations, details: [] };
    set.details.push([route, joints.flatMap((joint) => sourceOf(joint, route))]);
    bySet.set(name, set);
  }
  return [...bySet].map(([name, { locations, details }]) => ({
    ...{ name, locations, details: Object.fromEntries(details) },
  }));
}

/** The AS path on each of the circuit's links; absent where the route did not come on it. */
function sourceOf({ circuit, facts }: JointFacts, route: string): readonly JsonObject[] {
  const paths = SIDES.flatMap((side) => {
    const found = facts.routes.find((one) => one.route === route && one.side === side);
    return found === undefined ? [] : [[fields[linkNames[side]], found.path] as const];
  });
  return paths.length === 0 ? [] : [{ circuit: circuit.id, ...Object.fromEntries(paths) }];
}

const fields = { Primary: "pri", Secondary: "sec" } as const;
