/**
 * Failover tests: a circuit without one of its links, a gateway without the circuits of one peering location. The
 * test under way is kept with the resource that it is of, in one field: there is one at a time, hence never both links
 * (I6), and it goes when the resource does. What was seen in tests, and those that are over, are in `KeptTest`.
 */
import { SIDES, type Side } from "../fabric/intent.ts";
import { textAt } from "./fields.ts";
import type { JsonObject, StoredResource } from "./state.ts";

export const linkNames = { primary: "Primary", secondary: "Secondary" } as const;
export type LinkName = (typeof linkNames)[Side];

/** The link that a test keeps without sessions, if one is under way. */
export function linkUnderTest({ assigned }: StoredResource): Side | undefined {
  const link = textAt(assigned, "failoverTest.linkType");
  return SIDES.find((side) => linkNames[side] === link);
}

/** The peering location whose circuits a test keeps away from the gateway, if one is under way. */
export function siteUnderTest({ assigned }: StoredResource): string | undefined {
  return textAt(assigned, "failoverTest.peeringLocation");
}

export function testUnderWay({ assigned }: StoredResource): string | undefined {
  return textAt(assigned, "failoverTest.testId");
}

export function otherSide(side: Side): Side {
  return side === "primary" ? "secondary" : "primary";
}

/** With a test under way, or without. */
export function withTest(
  { failoverTest: _, ...assigned }: JsonObject,
  test: JsonObject | undefined,
): JsonObject {
  return test === undefined ? assigned : { ...assigned, failoverTest: test };
}
