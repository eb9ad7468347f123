/** A site test as the API shows it. What was not read from a node is absent. */
import { defined, listAt } from "../../domain/fields.ts";
import type { JsonObject, StoredResource } from "../../store/store.ts";
import type { Call } from "../context.ts";
import { readoutsOf } from "../readout-routes.ts";
import {
  type Connected,
  type Shown as ShownTest,
  type SiteTest,
  statusOf,
} from "./failover-history.ts";
import { triedFacts } from "./path-facts.ts";
import { isConnected } from "./site-facts.ts";

export type ConnectedNow = { readonly connected?: Connected; readonly issues: readonly string[] };
type Shown = ShownTest<SiteTest, ConnectedNow>;

/** Which connections the gateway has sessions over, once it has the test. */
export async function connectedNow(
  call: Call,
  gateway: StoredResource,
  test: SiteTest,
): Promise<ConnectedNow> {
  if ((await statusOf(call, gateway, test)) !== "Running") return { issues: [] };
  const tried = await triedFacts(() => readoutsOf(call).gatewaySessions(gateway));
  if ("unread" in tried)
    return { issues: [`The sessions during the test were not read: ${tried.unread.message}`] };
  const ids: string[] = [];
  for (const { id } of test.joints) {
    const row = await call.deps.store.read(id);
    if (row !== undefined && isConnected(row, tried.facts)) ids.push(id);
  }
  const checkedAt = new Date(call.deps.clock.now()).toISOString();
  return { connected: { checkedAt, ids }, issues: [] };
}

/** In the list of all. */
export function siteTestSummary({ test, status, now }: Shown): JsonObject {
  const seen = test.connected ?? now?.connected;
  const here = test.joints.filter(({ location }) => location === test.peeringLocation);
  return {
    ...{ peeringLocation: test.peeringLocation, status, testGuid: test.testId },
    testType: "SingleSiteFailover",
    startTime: test.startedAt,
    ...(test.stoppedAt === undefined ? {} : { endTime: test.stoppedAt }),
    circuits: here.map(({ circuitId, circuitName, name }) => ({
      ...{ nrpResourceUri: circuitId, name: circuitName, connectionName: name },
    })),
    connections: here.map(({ id, name }) => ({
      ...{ nrpResourceUri: id, name },
      ...(seen === undefined
        ? {}
        : {
            status: seen.ids.includes(id) ? "Connected" : "Disconnected",
            lastUpdatedTime: seen.checkedAt,
          }),
    })),
    issues: [...test.issues, ...(now?.issues ?? [])],
  };
}

/** One with the routes that came at the location before it. */
export function siteTestRow({ test, status }: Shown): JsonObject {
  const { peeringLocation, routes, verdict } = test;
  const alone = routes.filter(({ locations }) => locations.length === 1);
  return {
    ...{ peeringLocation, status, startTimeUtc: test.startedAt },
    ...(test.stoppedAt === undefined ? {} : { endTimeUtc: test.stoppedAt }),
    redundantRoutes: redundantRows(test),
    nonRedundantRoutes: alone.map(({ route }) => route),
    ...defined({ wasSimulationSuccessful: verdict?.["wasSimulationSuccessful"] }),
    failoverConnectionDetails: verified(test),
  };
}

/** By the set of locations that they came at. */
function redundantRows({ routes }: SiteTest): readonly JsonObject[] {
  const bySet = new Map<string, { peeringLocations: readonly string[]; routes: string[] }>();
  for (const { route, locations } of routes) {
    if (locations.length === 1) continue;
    const set = locations.join("\n");
    const row = bySet.get(set) ?? { peeringLocations: locations, routes: [] };
    row.routes.push(route);
    bySet.set(set, row);
  }
  return [...bySet.values()];
}

/** The connections that were left, and what whoever stopped the test said of them. */
function verified({ joints, peeringLocation, verdict }: SiteTest): readonly JsonObject[] {
  const said = listAt(verdict, "details");
  if (said.length > 0) return said as readonly JsonObject[];
  return joints
    .filter(({ location }) => location !== peeringLocation)
    .map(({ name, location }) => ({ failoverConnectionName: name, failoverLocation: location }));
}
