import { expect, test } from "vitest";
import { parseFilter } from "./filter.ts";

const known = ["principalId eq", "eventTimestamp ge", "atScope is", "assignedTo is"];

test("comparisons and functions are read in any case, quoted or not", () => {
  const text =
    "eventTimestamp GE 2026-01-01T00:00:00Z AND principalid eq 'it''s and so' and atScope() and assignedTo('x')";
  expect(parseFilter(text, known)).toEqual([
    { field: "eventtimestamp", op: "ge", value: "2026-01-01T00:00:00Z" },
    { field: "principalid", op: "eq", value: "it's and so" },
    { field: "atscope", op: "is", value: "" },
    { field: "assignedto", op: "is", value: "x" },
  ]);
  expect(parseFilter(null, known)).toEqual([]);
});

test.each([
  "caller eq 'x'",
  "principalId ge 'x'",
  "principalId eq 'x' or atScope()",
  "principalId",
  "principalId eq 'x",
])("%s is refused with what would pass", (text) => {
  expect(() => parseFilter(text, known)).toThrow(
    /\$filter is refused at .*principalId eq '…'.*atScope\(\)/,
  );
});
