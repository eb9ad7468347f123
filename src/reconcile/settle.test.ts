import { expect, test } from "vitest";
import type { FragmentResult, Report } from "../fabric/report.ts";
import { judge } from "./settle.ts";

const part = {
  needs: [
    { node: "e1", generation: 3 },
    { node: "e2", generation: 5 },
  ],
  keys: [
    { node: "e1", key: "a" },
    { node: "e2", key: "a" },
  ],
  resources: [],
};
const failed = (key: string, error?: string): FragmentResult => ({
  key,
  state: "failed",
  ...(error === undefined ? {} : { error }),
});

test.each<{ what: string; e1?: Partial<Report>; e2?: Partial<Report>; outcome: object }>([
  { what: "all reached", e1: {}, e2: {}, outcome: { state: "settled" } },
  { what: "one further on", e1: { generation: 9 }, e2: {}, outcome: { state: "settled" } },
  { what: "no report", e1: {}, outcome: waiting(["e2"]) },
  { what: "one behind", e1: { generation: 2 }, e2: {}, outcome: waiting(["e1"]) },
  {
    what: "a fragment failed",
    e1: { fragments: [failed("a", "no port")] },
    e2: {},
    outcome: waiting(["e1"], "e1: no port"),
  },
  {
    what: "a fragment failed without a reason",
    e1: { fragments: [failed("a")] },
    e2: {},
    outcome: waiting(["e1"], "e1: a failed"),
  },
  {
    what: "a fragment of another failed",
    e1: { fragments: [failed("b", "no port")] },
    e2: {},
    outcome: { state: "settled" },
  },
  {
    what: "a node cannot be read, and another is behind and complains",
    e1: { error: "FRR is gone" },
    e2: { generation: 4, fragments: [failed("a", "no port")] },
    outcome: waiting(["e2", "e1"], "e1: FRR is gone", "e2: no port"),
  },
])("$what", ({ e1, e2, outcome }) => {
  const reports = new Map<string, Report>();
  if (e1) reports.set("e1", { node: "e1", generation: 3, fragments: [], ...e1 });
  if (e2) reports.set("e2", { node: "e2", generation: 5, fragments: [], ...e2 });
  expect(judge(part, reports)).toEqual(outcome);
});

function waiting(nodes: readonly string[], ...complaints: readonly string[]) {
  return { state: "waiting", nodes, complaints };
}
