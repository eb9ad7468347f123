/**
 * Failover tests of circuits' links and of gateways' sites. The fabric cannot cut one link or one site on a
 * customer's order yet: no test begins, hence the history is empty.
 */
import { z } from "zod";
import {
  type ArmError,
  allOf,
  invalidField,
  notOffered,
  requiredField,
} from "../../domain/errors.ts";
import { types } from "../../domain/types.ts";
import { Flag, oneOf, Text } from "../../domain/values.ts";
import type { Call, Reply } from "../context.ts";
import type { ActionDefinition } from "./action.ts";
import { actionBody } from "./action-body.ts";

const linkTypes = ["Primary", "Secondary"] as const;
const categories = ["BgpDisconnect"] as const;

const StopLinkTest = z.strictObject({
  circuitTestCategory: oneOf(categories).optional(),
  linkType: oneOf(linkTypes).optional(),
  wasSimulationSuccessful: Flag.optional(),
  isVerified: Flag.optional(),
});

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

const noTest = "no test can be under way, so that there is none to stop";

const circuitTests: readonly ActionDefinition[] = [
  refused(types.circuit, "startCircuitLinkFailoverTest", async (call) => {
    throw refusals(
      [
        ...queryWord(call, "linkType", linkTypes),
        ...queryWord(call, "circuitTestCategory", categories),
      ],
      notOffered(
        "startCircuitLinkFailoverTest",
        "to see what the loss of one link does, take one session down on your own router; a peering whose state is Disabled takes down both",
      ),
    );
  }),
  {
    ...refused(types.circuit, "stopCircuitLinkFailoverTest", async (call) => {
      await actionBody(call, StopLinkTest);
      throw notOffered("stopCircuitLinkFailoverTest", noTest);
    }),
    body: StopLinkTest,
  },
  post(types.circuit, "getCircuitLinkFailoverAllTestsDetails", noHistory),
  post(types.circuit, "getCircuitLinkFailoverSingleTestDetails", noHistory),
];

/** Of a network's gateway and of a hub's alike. */
function siteTests(type: string): readonly ActionDefinition[] {
  return [
    refused(type, "startSiteFailoverTest", async (call) => {
      const places = call.deps.inventory.peeringLocations.map(({ name }) => name);
      throw refusals(
        queryWord(call, "peeringLocation", places),
        notOffered(
          "startSiteFailoverTest",
          "to see what the loss of a site does, set the state of its circuits' peerings to Disabled for as long as the test is to last",
        ),
      );
    }),
    {
      ...refused(type, "stopSiteFailoverTest", async (call) => {
        await actionBody(call, StopSiteTest);
        throw notOffered("stopSiteFailoverTest", noTest);
      }),
      body: StopSiteTest,
    },
    post(type, "getFailoverAllTestsDetails", noHistory),
    post(type, "getFailoverSingleTestDetails", noHistory),
  ];
}

export const failoverActions: readonly ActionDefinition[] = [
  ...circuitTests,
  ...siteTests(types.gateway),
  ...siteTests(types.hubGateway),
];

function post(
  type: string,
  path: string,
  answer: (call: Call) => Promise<Reply>,
): ActionDefinition {
  return { type, method: "POST", path, answer };
}

function refused(...about: Parameters<typeof post>): ActionDefinition {
  return { ...post(...about), refused: true };
}

async function noHistory(): Promise<Reply> {
  return { status: 200, body: [] };
}

function refusals(found: readonly ArmError[], last: ArmError): ArmError {
  return allOf([...found, last]) ?? last;
}

/** A word of the query that must be one of some. */
function queryWord({ query }: Call, name: string, values: readonly string[]): readonly ArmError[] {
  const sent = query.get(name);
  const passes = `must be one of ${values.join(", ")}`;
  if (sent === null || sent === "") return [requiredField(name, passes)];
  return values.includes(sent) ? [] : [invalidField(name, sent.slice(0, 100), passes)];
}
