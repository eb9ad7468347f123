import { expect, test } from "vitest";
import { directFabric, stateOf } from "../routing/sample-fabrics.ts";
import { sampleSites } from "../routing/sample-sites.ts";
import { islandsOf } from "./islands.ts";
import { type Failure, judgeSingleFailures } from "./single-failures.ts";

const named = (failure: Failure) =>
  failure.kind === "node"
    ? failure.node
    : failure.ends.map(({ node, port }) => `${node}:${port}`).join(" ");

test("a circuit with two links survives every single failure but that of its own router", () => {
  const sites = sampleSites(3);
  const { verdicts, broken } = judgeSingleFailures(stateOf(sites), sites.circuits);
  expect(broken).toEqual([]);
  // Two cables of its own for each circuit, two shared, four shared nodes, three routers.
  expect(verdicts).toHaveLength(3 * 2 + 2 + 4 + 3);
  expect(verdicts.flatMap(({ lost }) => lost)).toEqual([]);
  const shared = verdicts.find(({ failure }) => named(failure) === "edge0-0");
  expect(shared?.felt.toSorted()).toEqual(["c0", "c1", "c2"]);
});

test("what has lost a link already is lost with the other one, and only that", () => {
  const sites = sampleSites(2);
  const state = { ...stateOf(sites), unplugged: new Set(["ce0:p0"]) };
  const { verdicts } = judgeSingleFailures(state, sites.circuits);
  const fatal = verdicts.filter(({ lost }) => lost.length > 0);
  expect(fatal.map(({ failure, lost }) => `${named(failure)}: ${lost}`).toSorted()).toEqual([
    "ce0:p1 switch0-1:p0: c0",
    "edge0-1: c0",
    "edge0-1:nni switch0-1:nni: c0",
    "switch0-1: c0",
  ]);
});

test("a circuit that carries nothing as it is, is told as broken and not as lost", () => {
  const sites = sampleSites(1);
  const state = { ...stateOf(sites), unplugged: new Set(["ce0:p0", "ce0:p1"]) };
  const { verdicts, broken } = judgeSingleFailures(state, sites.circuits);
  expect(broken).toEqual(["c0"]);
  expect(verdicts.flatMap(({ lost }) => lost)).toEqual([]);
});

test("circuits on the same ports are islands of their own", () => {
  const state = stateOf(
    directFabric([
      { name: "blue", tags: [100, 10] },
      { name: "red", tags: [200, 10] },
    ]),
  );
  const islands = islandsOf(state);
  expect(islands.map(({ places }) => [...places].toSorted())).toEqual([
    ["ce/blue", "edge0/blue", "edge1/blue"],
    ["ce/red", "edge0/red", "edge1/red"],
  ]);
  expect(islands.map(({ cables }) => cables.length)).toEqual([2, 2]);
});
