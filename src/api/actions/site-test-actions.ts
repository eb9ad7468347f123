/**
 * Failover tests of circuits' links and of gateways' sites. The fabric cannot cut one link or one site on a
 * customer's order yet: no test begins, hence the history is empty.
 */
import { z } from "zod";
import { type ArmError, allOf, notOffered } from "../../domain/errors.ts";
import { types } from "../../domain/types.ts";
import { Flag, Text } from "../../domain/values.ts";
import type { Call, Reply } from "../context.ts";
import type { ActionDefinition } from "./action.ts";
import { actionBody } from "./action-body.ts";
import { queryWord } from "./test-query.ts";

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

/** Of a network's gateway and of a hub's alike. */
function siteTests(type: string): readonly ActionDefinition[] {
  return [
    refused(type, "startSiteFailoverTest", async (call) => {
      const places = call.deps.inventory.peeringLocations.map(({ name }) => name);
      throw refusals(
        queryWord(call, "peeringLocation", places).refusals,
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

export const siteTestActions: readonly ActionDefinition[] = [
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
