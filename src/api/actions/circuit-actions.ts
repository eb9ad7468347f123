/** Circuits and their peerings: counters, and the tables that the edges hold. */
import { upgradesOf } from "../../domain/circuit-capacity.ts";
import { types } from "../../domain/types.ts";
import type { StoredResource } from "../../store/store.ts";
import { type Call, viewOf } from "../context.ts";
import {
  circuitStats,
  circuitTraffic,
  peeringReadout,
  sessionsReply,
  tablePaths,
} from "../readout-routes.ts";
import { unknownAction } from "../resource-routes.ts";
import type { ActionDefinition } from "./action.ts";

export const circuitActions: readonly ActionDefinition[] = [
  {
    type: types.circuit,
    method: "GET",
    path: "stats",
    answer: (call, circuit) => circuitStats(call, circuit),
  },
  // Causeway's own: the published counters are bytes alone.
  { type: types.circuit, method: "GET", path: "traffic", answer: circuitTraffic },
  {
    // Causeway's own: what an upgrade would be refused for is known before it is asked for.
    type: types.circuit,
    method: "GET",
    path: "canUpgradeTo",
    async answer(call, circuit) {
      const value = await upgradesOf(viewOf(call, call.deps.store), circuit);
      return {
        status: 200,
        body: { value: value.map((bandwidthInMbps) => ({ bandwidthInMbps })) },
      };
    },
  },
  {
    type: types.peering,
    method: "GET",
    path: "stats",
    answer: async (call, peering) => circuitStats(call, await circuitOf(call, peering), peering),
  },
  {
    // Causeway's own: what the published tables have no column for.
    type: types.peering,
    method: "GET",
    path: "sessions",
    answer: async (call, peering) =>
      sessionsReply(call, { circuit: await circuitOf(call, peering), peering }),
  },
  ...tablePaths.map(
    (table): ActionDefinition => ({
      type: types.peering,
      method: "POST",
      path: `${table}/{devicePath}`,
      async answer(call, peering, { devicePath = "" }) {
        const circuit = await circuitOf(call, peering);
        const where = { circuit, peeringName: peering.name, rest: [table, devicePath] };
        return peeringReadout(call, where, "customer");
      },
    }),
  ),
];

async function circuitOf(call: Call, peering: StoredResource): Promise<StoredResource> {
  const circuit = await call.deps.store.read(peering.parentId ?? "");
  if (circuit === undefined) throw unknownAction([peering.name]);
  return circuit;
}
