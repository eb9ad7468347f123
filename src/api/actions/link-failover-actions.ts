/**
 * Failover tests of a circuit's links: one link is left without BGP sessions, on both peerings, until the test is
 * stopped, and what the customer and the cloud then send goes by the other.
 */
import { z } from "zod";
import { type ArmError, conflict, invalidField, throwAny } from "../../domain/errors.ts";
import { linkNames, linkUnderTest } from "../../domain/failover.ts";
import { defined } from "../../domain/fields.ts";
import { types } from "../../domain/types.ts";
import { Flag, oneOf } from "../../domain/values.ts";
import { SIDES, type Side } from "../../fabric/intent.ts";
import type { StoredResource, StoreReader } from "../../store/store.ts";
import { askedBody } from "../asked-body.ts";
import type { Call, Reply } from "../context.ts";
import {
  amendTest,
  keepTest,
  type LinkTest,
  openTest,
  readTests,
  showTests,
} from "../failover/failover-history.ts";
import { beginTest, endTest, standingRefusals } from "../failover/failover-transaction.ts";
import { linkTestRow, linkTestSummary, nowOf } from "../failover/link-rows.ts";
import {
  keptFacts,
  type LinkSession,
  pathFacts,
  peeringsOf,
  reasonsAgainst,
  routesOfOneLink,
  triedFacts,
} from "../failover/path-facts.ts";
import type { ActionDefinition } from "./action.ts";
import { optionalWord, queryWord, testsAsked } from "./failover-query.ts";

const links = [linkNames.primary, linkNames.secondary] as const;
const categories = ["BgpDisconnect"] as const;
const type = types.circuit;

const StopLinkTest = z.strictObject({
  circuitTestCategory: oneOf(categories).optional(),
  linkType: oneOf(links).optional(),
  wasSimulationSuccessful: Flag.optional(),
  isVerified: Flag.optional(),
});

export const linkTestActions: readonly ActionDefinition[] = [
  { type, method: "POST", path: "startCircuitLinkFailoverTest", answer: start },
  {
    type,
    method: "POST",
    path: "stopCircuitLinkFailoverTest",
    body: StopLinkTest,
    answer: stop,
  },
  { type, method: "POST", path: "getCircuitLinkFailoverAllTestsDetails", answer: allTests },
  { type, method: "POST", path: "getCircuitLinkFailoverSingleTestDetails", answer: singleTests },
];

async function start(call: Call, circuit: StoredResource): Promise<Reply> {
  const { store } = call.deps;
  const link = queryWord(call, "linkType", links);
  const category = queryWord(call, "circuitTestCategory", categories);
  const family = familyOf(circuit);
  const seen = await family(store);
  const side = sideNamed(link.word);
  const tried = side === undefined ? undefined : await triedFacts(() => pathFacts(call, circuit));
  const found = tried !== undefined && "facts" in tried ? tried.facts : undefined;
  throwAny([
    ...link.refusals,
    ...category.refusals,
    ...standingRefusals(seen[0] ?? circuit, seen),
    ...(tried !== undefined && "unread" in tried ? [tried.unread] : []),
    ...(side === undefined || found === undefined ? [] : pathRefusals(side, found.sessions)),
  ]);
  if (side === undefined || found === undefined) throw new Error("refused above");
  const linkType = linkNames[side];
  const kept = keptFacts(found);
  const issues = [...kept.issues, ...routesOfOneLink(side, found)];
  return beginTest(call, {
    ...{ resource: circuit, seen, family, about: { linkType } },
    keep: (writer, test) =>
      keepTest<LinkTest>(writer, circuit, { ...test, linkType, before: kept.facts, issues }),
  });
}

/** Its sessions follow from these: as long as they are the same, what was seen of it holds. */
function familyOf(circuit: StoredResource) {
  return async (reader: StoreReader): Promise<readonly StoredResource[]> => {
    const row = await reader.read(circuit.id);
    return [...(row === undefined ? [] : [row]), ...(await peeringsOf(reader, circuit))];
  };
}

function pathRefusals(side: Side, sessions: readonly LinkSession[]): readonly ArmError[] {
  return reasonsAgainst(side, sessions).map((reason) =>
    conflict(
      "PathNotRedundant",
      "linkType",
      `linkType is refused: ${reason}, and a test of the ${linkNames[side]} link would take the last working path away; bring that up first.`,
    ),
  );
}

async function stop(call: Call, circuit: StoredResource): Promise<Reply> {
  const { asked, refusals } = await askedBody(call, { schema: StopLinkTest });
  const running = await openTest<LinkTest>(call.deps.store, circuit);
  const now = running === undefined ? undefined : await nowOf(call, circuit, running);
  const { wasSimulationSuccessful, isVerified } = asked ?? {};
  return endTest(call, {
    resource: circuit,
    refusals: (held) => [...refusals, ...otherLink(held, asked?.linkType)],
    keep: (writer, end) =>
      amendTest<LinkTest>(writer, circuit, {
        ...end,
        ...(now?.facts === undefined ? {} : { during: now.facts }),
        verdict: defined({ wasSimulationSuccessful, isVerified }),
        issues: now?.issues ?? [],
      }),
  });
}

function otherLink(held: StoredResource, sent: string | undefined): readonly ArmError[] {
  const side = linkUnderTest(held);
  if (side === undefined || sent === undefined || sent === linkNames[side]) return [];
  return [invalidField("linkType", sent, `must be ${linkNames[side]}, whose test is under way`)];
}

async function allTests(call: Call, circuit: StoredResource): Promise<Reply> {
  const { refusals, kind, isLatest } = testsAsked(call, "failoverTestType");
  throwAny(refusals);
  const tests = await readTests<LinkTest>(call.deps.store, circuit);
  const asked = kind === "MultiSiteFailover" ? [] : isLatest ? tests.slice(0, 1) : tests;
  return showTests(call, circuit, { asked, now: nowOf, row: linkTestSummary });
}

async function singleTests(call: Call, circuit: StoredResource): Promise<Reply> {
  const link = optionalWord(call, "linkType", links);
  const category = optionalWord(call, "circuitTestCategory", categories);
  throwAny([...link.refusals, ...category.refusals]);
  const id = call.query.get("failoverTestId")?.toLowerCase();
  const tests = await readTests<LinkTest>(call.deps.store, circuit);
  const asked = tests.filter(
    ({ testId, linkType }) =>
      (id === undefined || testId === id) && (link.word === undefined || linkType === link.word),
  );
  return showTests(call, circuit, { asked, now: nowOf, row: linkTestRow });
}

function sideNamed(name: string | undefined): Side | undefined {
  return SIDES.find((side) => linkNames[side] === name);
}
