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

test("what is no longer there is not kept", () => {
  const readings = new Readings({ now: () => 0, sleep: async () => {} });
  for (const name of ["a", "b"]) readings.put(name, empty);
  readings.keepOnly(["b", "c"]);
  expect([...readings.states().keys()]).toEqual(["b"]);
  expect(readings.get("a")).toBeUndefined();
});
