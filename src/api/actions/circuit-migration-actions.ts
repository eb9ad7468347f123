/**
 * Moving a provider's circuit to another pair of ports. A circuit keeps its pair for life here: every step is
 * refused with the way that leads there, and nothing is prepared that could be told of.
 */
import { z } from "zod";
import { notOffered } from "../../domain/errors.ts";
import { types } from "../../domain/types.ts";
import { Text } from "../../domain/values.ts";
import type { ActionDefinition } from "./action.ts";
import { actionBody } from "./action-body.ts";

const type = types.crossConnection;
const Mapping = z.array(z.strictObject({ sourcePortId: Text, targetPortId: Text }), {
  error: "must be a list of ports, each with sourcePortId and targetPortId",
});
const Target = z.strictObject({ targetPeeringLocation: Text, targetPortMapping: Mapping });
const Step = z.strictObject({
  targetPeeringLocation: Text.optional(),
  targetPortMapping: Mapping.optional(),
  portId: Text.optional(),
});

const steps = [
  ["validateCircuitMigration", Target],
  ["prepareCircuitMigration", Step],
  ["migrateCircuit", Step],
  ["shutDownBgpForCircuitMigration", Step],
  ["restoreBgpForCircuitMigration", Step],
  ["commitCircuitMigration", Step],
  ["rollbackCircuitMigration", Step],
] as const;

export const circuitMigrationActions: readonly ActionDefinition[] = [
  ...steps.map(
    ([path, schema]): ActionDefinition => ({
      type,
      method: "POST",
      path,
      body: schema,
      refused: true,
      async answer(call) {
        await actionBody<object>(call, schema);
        throw notOffered(
          path,
          "let the customer make a second circuit that is given the other pair, connect it, drain this one and delete it",
        );
      },
    }),
  ),
  {
    type,
    method: "POST",
    path: "getCircuitMigrationInfo",
    body: Target,
    async answer(call) {
      await actionBody(call, Target);
      return { status: 200, body: { details: { portMigrationInfos: [] } } };
    },
  },
];
