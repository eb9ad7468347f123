import { expect, test } from "vitest";
import { Readings } from "./readings.ts";

const empty = { links: new Map(), routes: new Map(), neighbors: [] };

test("a reading is fresh for three seconds and is kept until it is forgotten", () => {
  let now = 0;
  const readings = new Readings({ now: () => now, sleep: async () => {} });
  readings.put("a", empty);
  now = 2_999;
  expect(readings.isFresh("a")).toBe(true);
  now = 3_000;
  expect([readings.isFresh("a"), readings.has("a")]).toEqual([false, true]);
  readings.forget("a");
  expect([readings.isFresh("a"), readings.has("a")]).toEqual([false, false]);
});

test("the longest unread comes first", () => {
  const readings = new Readings({ now: () => 0, sleep: async () => {} });
  for (const name of ["a", "b", "a"]) readings.put(name, empty);
  expect(readings.names()).toEqual(["b", "a"]);
});
