import { expect, test } from "vitest";
import { changesOf, fieldChanges } from "./activity.ts";
import type { JsonObject, StoredResource } from "./state.ts";

const row = (desired: JsonObject, more: Partial<StoredResource> = {}): StoredResource => ({
  ...{ id: "/x", type: "T", name: "x", subscriptionId: "s", resourceGroup: "g" },
  ...{ desired, assigned: {}, observed: {}, provisioningState: "Succeeded" as const },
  ...{ etag: "1", generation: 1, createdAt: "", updatedAt: "" },
  ...more,
});
const fields = (...args: Parameters<typeof changesOf>) =>
  changesOf(...args).map(({ field, before, after }) => [field, before, after]);

test("only what differs is told, field by field, items of lists too", () => {
  const before = row({ properties: { vlanId: 1, kept: 1, list: [{ a: 1 }, { a: 2 }] } });
  const after = row({ properties: { vlanId: 2, kept: 1, list: [{ a: 1 }, { a: 3 }, "x"] } });
  expect(fields(before, after, {})).toEqual([
    ["properties.vlanId", 1, 2],
    ["properties.list[1].a", 2, 3],
    ["properties.list[2]", undefined, "x"],
  ]);
  expect(fields(row({ a: [1] }), row({ a: { b: 1 } }), {})).toEqual([["a", [1], { b: 1 }]]);
});

test("what comes and what goes is told whole; going is gone", () => {
  const one = row({ properties: { a: 1 } }, { location: "here" });
  const came = [
    ["location", undefined, "here"],
    ["properties.a", undefined, 1],
  ];
  expect(fields(undefined, one, {})).toEqual(came);
  const going = { ...one, provisioningState: "Deleting" as const };
  expect(fields(one, going, {})).toEqual(came.map(([field, , value]) => [field, value, undefined]));
  expect(fields(going, undefined, {})).toEqual([]);
  expect(fields(undefined, row({}), {})).toEqual([["", undefined, {}]]);
});

test("secrets show that they changed and nothing else", () => {
  const secret = { secret: ["properties.key"] };
  const before = row({ properties: { key: "one", note: "sealed:abc" } });
  const after = row({ properties: { key: "two", note: "sealed:def" } });
  expect(fields(before, after, secret)).toEqual([
    ["properties.key", "•••", "•••"],
    ["properties.note", "•••", "•••"],
  ]);
  const made = fieldChanges("/y", { before: undefined, after: { secretHash: "h", name: "n" } }, []);
  expect(JSON.stringify(made)).not.toContain('"h"');
});
