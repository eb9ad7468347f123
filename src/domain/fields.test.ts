import { expect, test } from "vitest";
import { numberAt, sameId, sameJson, textAt, textsAt } from "./fields.ts";

test("what is not there, or is something else, is undefined", () => {
  const value = { a: { b: "x", n: 7 }, list: ["y", 1] };
  expect([textAt(value, "a.b"), textAt(value, "a.n"), textAt(value, "a.b.c")]).toEqual([
    "x",
    undefined,
    undefined,
  ]);
  expect([numberAt(value, "a.n"), textsAt(value, "list"), textsAt(value, "a")]).toEqual([
    7,
    ["y"],
    [],
  ]);
  expect(textAt({}, "constructor.name")).toBeUndefined();
});

test("JSON is equal whatever the order of members, ids whatever their case", () => {
  expect(sameJson({ a: 1, b: [{ c: 2, d: 3 }] }, { b: [{ d: 3, c: 2 }], a: 1 })).toBe(true);
  expect(sameJson([1, 2], [2, 1])).toBe(false);
  expect([sameId("/A", "/a"), sameId(undefined, undefined)]).toEqual([true, false]);
});
