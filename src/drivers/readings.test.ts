import { expect, test } from "vitest";
import { Readings } from "./readings.ts";

const empty = { links: new Map(), routes: new Map(), neighbors: [] };

test("a reading is fresh for three seconds and is kept until it is forgotten", () => {
  let now = 0;
  const readings = new Readings({ now: () => now, sleep: async () => {} });
  readings.put("a", empty);
  now = 2_999;
  expect(readings.due(["a"])).toEqual([]);
  now = 3_000;
  expect([readings.due(["a"]), readings.has("a")]).toEqual([["a"], true]);
  readings.forget("a");
  expect([readings.due(["a"]), readings.has("a")]).toEqual([["a"], false]);
});

test("the never read come first, then the longest unread, and not all at once", () => {
  let now = 0;
  const readings = new Readings({ now: () => now++, sleep: async () => {} });
  for (const name of ["b", "a"]) readings.put(name, empty);
  now = 10_000;
  expect(readings.due(["a", "b", "c"])).toEqual(["c", "b", "a"]);
  const many = Array.from({ length: 100 }, (_, index) => `vrf-${index}`);
  expect(readings.due(many)).toHaveLength(32);
});

test("what is no longer there is not kept", () => {
  const readings = new Readings({ now: () => 0, sleep: async () => {} });
  for (const name of ["a", "b"]) readings.put(name, empty);
  readings.keepOnly(["b", "c"]);
  expect([...readings.states().keys()]).toEqual(["b"]);
  expect(readings.get("a")).toBeUndefined();
});
