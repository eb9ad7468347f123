import { expect, test } from "vitest";
import { resultsOf } from "./fragment-results.ts";

const segment = (key: string) => ({
  kind: "segment" as const,
  key,
  name: key,
  ports: [],
  mtu: 1500,
});

test("wanted fragments have a result each, and what could not be taken away is told too", () => {
  const failures = new Map([
    ["b", "no bridge"],
    ["vrf-3", "busy"],
  ]);
  expect(resultsOf([segment("a"), segment("b")], failures)).toEqual([
    { key: "a", state: "applied" },
    { key: "b", state: "failed", error: "no bridge" },
    { key: "unwanted:vrf-3", state: "failed", error: "busy" },
  ]);
});
