/**
 * Failover tests of a gateway's sites: the circuits of one peering location are kept away from the gateway, and from
 * no other, until the test is stopped. What goes on goes by circuits at other locations.
 */
import { z } from "zod";
import {
  type ArmError,
  conflict,
  invalidField,
  requiredField,
  throwAny,
} from "../../domain/errors.ts";
import { siteUnderTest } from "../../domain/failover.ts";
import { types } from "../../domain/types.ts";
import { Flag, Text } from "../../domain/values.ts";
import type { Json, StoredResource, StoreReader } from "../../store/store.ts";
import { askedBody } from "../asked-body.ts";
import type { Call, Reply } from "../context.ts";
import {
  amendTest,
  keepTest,
  openTest,
  readTests,
  type SiteTest,
  showTests,
} from "../failover/failover-history.ts";
import { beginTest, endTest, standingRefusals } from "../failover/failover-transaction.ts";
import { triedFacts } from "../failover/path-facts.ts";
import {
  type Joint,
  type JointFacts,
  jointFacts,
  jointsOf,
  reasonsAgainstSite,
  siteRoutes,
} from "../failover/site-facts.ts";
import { connectedNow, siteTestRow, siteTestSummary } from "../failover/site-rows.ts";
import { type ActionDefinition, refusedAction } from "./action.ts";
import { testsAsked } from "./failover-query.ts";

const StopSiteTest = z.strictObject({
  peeringLocation: Text.optional(),
  wasSimulationSuccessful: Flag.optional(),
  details: z
    .array(
      z.strictObject({
        failoverConnectionName: Text.optional(),
        failoverLocation: Text.optional(),
        isVerified: Flag.optional(),
      }),
      { error: "must be a list of connections" },
    )
    .optional(),
});
type StopSiteTest = z.infer<typeof StopSiteTest>;

const [type, hub] = [types.gateway, types.hubGateway];
const [startWord, stopWord] = ["startSiteFailoverTest", "stopSiteFailoverTest"];
const [allWord, singleWord] = ["getFailoverAllTestsDetails", "getFailoverSingleTestDetails"];
const why = "no node carries a hub's gateway, so that there is nothing to leave out";

export const siteTestActions: readonly ActionDefinition[] = [
  { type, method: "POST", path: startWord, answer: start },
  { type, method: "POST", path: stopWord, body: StopSiteTest, answer: stop },
  { type, method: "POST", path: allWord, answer: allTests },
  { type, method: "POST", path: singleWord, answer: singleTests },
  refusedAction(hub, startWord, { why }),
  { ...refusedAction(hub, stopWord, { why }), body: StopSiteTest },
  ...[allWord, singleWord].map(
    (path): ActionDefinition => ({
      ...{ type: hub, method: "POST", path },
      answer: async () => ({ status: 200, body: [] }),
    }),
  ),
];

async function start(call: Call, gateway: StoredResource): Promise<Reply> {
  const { store } = call.deps;
  const joints = await jointsOf(call, store, gateway);
  const asked = locationAsked(call, joints);
  const family = familyOf(call, gateway);
  const seen = await family(store);
  const location = asked.location;
  const tried =
    location === undefined ? undefined : await triedFacts(() => jointFacts(call, gateway, joints));
  const found = tried !== undefined && "facts" in tried ? tried.facts : undefined;
  throwAny([
    ...asked.refusals,
    ...standingRefusals(seen[0] ?? gateway, seen),
    ...(tried !== undefined && "unread" in tried ? [tried.unread] : []),
    ...(location === undefined || found === undefined ? [] : pathRefusals(location, found)),
  ]);
  if (location === undefined || found === undefined) throw new Error("refused above");
  const begun = newTest(location, found);
  return beginTest(call, {
    ...{ resource: gateway, seen, family, about: { peeringLocation: location } },
    keep: (writer, test) => keepTest<SiteTest>(writer, gateway, { ...test, ...begun }),
  });
}

/** One of those at which the gateway has circuits. */
function locationAsked(
  { query }: Call,
  joints: readonly Joint[],
): { readonly location?: string; readonly refusals: readonly ArmError[] } {
  const name = "peeringLocation";
  const places = [...new Set(joints.map(({ location }) => location))].toSorted();
  const passes =
    places.length === 0
      ? "must be the peering location of a circuit, and the gateway is connected to none"
      : `must be one of ${places.join(", ")}, where the gateway's circuits are`;
  const sent = query.get(name);
  if (sent === null || sent === "") return { refusals: [requiredField(name, passes)] };
  const location = places.find((place) => place === sent);
  if (location !== undefined) return { location, refusals: [] };
  return { refusals: [invalidField(name, sent.slice(0, 100), passes)] };
}

/** What it is connected to follows from these: as long as they are the same, what was seen of it holds. */
function familyOf(call: Call, gateway: StoredResource) {
  return async (reader: StoreReader): Promise<readonly StoredResource[]> => {
    const row = await reader.read(gateway.id);
    const joints = await jointsOf(call, reader, gateway);
    const parts = joints.flatMap(({ connection, circuit }) => [connection, circuit]);
    return [...(row === undefined ? [] : [row]), ...parts];
  };
}

function pathRefusals(location: string, found: readonly JointFacts[]): readonly ArmError[] {
  return reasonsAgainstSite(location, found).map((reason) =>
    conflict(
      "PathNotRedundant",
      "peeringLocation",
      `peeringLocation is refused: ${reason}, and a test of ${location} would take the last working path away; connect one, or bring it up, first.`,
    ),
  );
}

/** More than anybody reads of one test. */
const routesMax = 500;

function newTest(
  peeringLocation: string,
  found: readonly JointFacts[],
): Pick<SiteTest, "peeringLocation" | "joints" | "routes" | "issues"> {
  const routes = siteRoutes(found).filter(({ locations }) => locations.includes(peeringLocation));
  const joints = found.map(({ connection, circuit, location }) => ({
    ...{ id: connection.id, name: connection.name, location },
    ...{ circuitId: circuit.id, circuitName: circuit.name },
  }));
  const issues =
    routes.length > routesMax ? [`${routesMax} of ${routes.length} routes are kept.`] : [];
  return { peeringLocation, joints, routes: routes.slice(0, routesMax), issues };
}

async function stop(call: Call, gateway: StoredResource): Promise<Reply> {
  const { asked, refusals } = await askedBody(call, { schema: StopSiteTest });
  const running = await openTest<SiteTest>(call.deps.store, gateway);
  const now = running === undefined ? undefined : await connectedNow(call, gateway, running);
  return endTest(call, {
    resource: gateway,
    refusals: (held) => [
      ...refusals,
      ...otherLocation(held, asked?.peeringLocation),
      ...(running === undefined ? [] : strangers(running, asked?.details ?? [])),
    ],
    keep: (writer, end) =>
      amendTest<SiteTest>(writer, gateway, {
        ...end,
        ...(now?.connected === undefined ? {} : { connected: now.connected }),
        // A body is JSON: the schema read it from JSON.
        verdict: { ...(asked as { readonly [field: string]: Json } | undefined) },
        issues: now?.issues ?? [],
      }),
  });
}

function otherLocation(held: StoredResource, sent: string | undefined): readonly ArmError[] {
  const location = siteUnderTest(held);
  if (location === undefined || sent === undefined || sent === location) return [];
  return [
    invalidField(
      "peeringLocation",
      sent.slice(0, 100),
      `must be ${location}, whose test is under way`,
    ),
  ];
}

/** Verified was what the gateway was connected by. */
function strangers(
  { joints }: SiteTest,
  details: NonNullable<StopSiteTest["details"]>,
): readonly ArmError[] {
  const names = joints.map(({ name }) => name);
  return details.flatMap(({ failoverConnectionName: name }, index) =>
    name === undefined || names.includes(name)
      ? []
      : [
          invalidField(
            `details[${index}].failoverConnectionName`,
            name.slice(0, 100),
            `must be one of ${names.join(", ")}`,
          ),
        ],
  );
}

async function allTests(call: Call, gateway: StoredResource): Promise<Reply> {
  const { refusals, kind, isLatest } = testsAsked(call, "type");
  throwAny(refusals);
  const tests = await readTests<SiteTest>(call.deps.store, gateway);
  const asked = kind === "MultiSiteFailover" ? [] : isLatest ? tests.slice(0, 1) : tests;
  return showTests(call, gateway, { asked, now: connectedNow, row: siteTestSummary });
}

async function singleTests(call: Call, gateway: StoredResource): Promise<Reply> {
  const location = call.query.get("peeringLocation");
  const id = call.query.get("failoverTestId")?.toLowerCase();
  const tests = await readTests<SiteTest>(call.deps.store, gateway);
  const asked = tests.filter(
    ({ testId, peeringLocation }) =>
      (id === undefined || testId === id) && (!location || peeringLocation === location),
  );
  return showTests(call, gateway, { asked, now: connectedNow, row: siteTestRow });
}
