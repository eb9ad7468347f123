/** A link test as the API shows it. What was not read from an edge is absent. */
import { linkNames } from "../../domain/failover.ts";
import { defined } from "../../domain/fields.ts";
import type { JsonObject, StoredResource } from "../../store/store.ts";
import type { Call } from "../context.ts";
import { type LinkTest, type Shown as ShownTest, statusOf } from "./failover-history.ts";
import {
  isUp,
  keptFacts,
  type LinkRoute,
  type LinkSession,
  type PathFacts,
  pathFacts,
  redundantRoutes,
  triedFacts,
} from "./path-facts.ts";

export type Now = { readonly facts?: PathFacts; readonly issues: readonly string[] };
type Shown = ShownTest<LinkTest, Now>;

/** What the edges say once they have the test; before that they say nothing of it. */
export async function nowOf(call: Call, circuit: StoredResource, test: LinkTest): Promise<Now> {
  if ((await statusOf(call, circuit, test)) !== "Running") return { issues: [] };
  const tried = await triedFacts(() => pathFacts(call, circuit));
  return "facts" in tried
    ? keptFacts(tried.facts)
    : { issues: [`The sessions during the test were not read: ${tried.unread.message}`] };
}

/** In the list of all. */
export function linkTestSummary({ test, status, now }: Shown): JsonObject {
  return {
    ...ofBoth({ test, status, now }),
    testGuid: test.testId,
    startTime: test.startedAt,
    ...(test.stoppedAt === undefined ? {} : { endTime: test.stoppedAt }),
    issues: [...test.issues, ...(now?.issues ?? [])],
  };
}

/** One with its routes. */
export function linkTestRow({ test, status, now }: Shown): JsonObject {
  const during = test.during ?? now?.facts;
  const redundant = redundantRoutes(test.before.routes);
  const part = (isRedundant: boolean) => ({
    beforeSimulation: routeRows(test.before.routes, redundant, isRedundant),
    ...(during === undefined
      ? {}
      : { duringSimulation: routeRows(during.routes, redundant, isRedundant) }),
  });
  return {
    ...ofBoth({ test, status, now }),
    ...defined({ isSimulationVerified: test.verdict?.["isVerified"] }),
    startTimeUtc: test.startedAt,
    ...(test.stoppedAt === undefined ? {} : { endTimeUtc: test.stoppedAt }),
    redundantRoutes: part(true),
    nonRedundantRoutes: part(false),
  };
}

function ofBoth({ test, status, now }: Shown): JsonObject {
  const facts = test.during ?? now?.facts;
  return {
    status,
    linkType: test.linkType,
    circuitTestCategory: "BgpDisconnect",
    ...defined({ wasSimulationSuccessful: test.verdict?.["wasSimulationSuccessful"] }),
    ...(facts === undefined ? {} : { bgpStatus: statusRows(facts) }),
  };
}

/** The API has one status for a family of a link, and up to two peerings: both are up, or it is not. */
function statusRows({ sessions, checkedAt }: PathFacts): readonly JsonObject[] {
  const byPlace = new Map<string, readonly LinkSession[]>();
  for (const session of sessions) {
    const place = `${session.family} ${session.side}`;
    byPlace.set(place, [...(byPlace.get(place) ?? []), session]);
  }
  return [...byPlace.values()].flatMap((same) =>
    same.slice(0, 1).map(({ family, side }) => ({
      type: family === "ipv4" ? "IPv4" : "IPv6",
      link: linkNames[side],
      status: same.every(isUp) ? "Connected" : "Disconnected",
      checkTimeUtc: checkedAt,
    })),
  );
}

/** A row for each link that a route came on. */
function routeRows(
  routes: readonly LinkRoute[],
  redundant: ReadonlySet<string>,
  isRedundant: boolean,
): readonly JsonObject[] {
  return routes
    .filter(({ route }) => redundant.has(route) === isRedundant)
    .map(({ route, nextHop, side, path }) => ({
      route,
      nextHop,
      ...(side === "primary" ? { primaryASPath: path } : { secondaryASPath: path }),
    }));
}
