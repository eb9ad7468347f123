import { expect, test } from "vitest";
import { at, good, make, makeGroup, refusalsIn, serviceKeyOf, startApi } from "../api-fixture.ts";

const target = {
  targetPeeringLocation: "Amsterdam",
  targetPortMapping: [{ sourcePortId: "ams-e1:nni0", targetPortId: "ams-e1:nni1" }],
};

test.each([
  "validateCircuitMigration",
  "prepareCircuitMigration",
  "migrateCircuit",
  "shutDownBgpForCircuitMigration",
  "restoreBgpForCircuitMigration",
  "commitCircuitMigration",
  "rollbackCircuitMigration",
])("%s says which way there is, and nothing is under way afterwards", async (word) => {
  await using api = startApi();
  await makeGroup(api);
  await make(api, at.circuit("blue"), { body: good.circuit() });
  const path = at.crossConnection(await serviceKeyOf(api, "blue"));
  const answer = await api.call("provider", "POST", `${path}/${word}`, target);
  expect([answer.status, ...refusalsIn(answer)]).toEqual([400, `NotOffered ${word}`]);
  const wrong = { ...target, targetPortMapping: [{ sourcePortId: 1, targetPortId: "x" }] };
  const refused = await api.call("provider", "POST", `${path}/${word}`, wrong);
  expect(refusalsIn(refused)).toEqual(["InvalidParameter targetPortMapping[0].sourcePortId"]);
  const state = await api.call("provider", "POST", `${path}/getCircuitMigrationInfo`, target);
  expect([state.status, state.body]).toEqual([200, { details: { portMigrationInfos: [] } }]);
});
