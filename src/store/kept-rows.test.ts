import { expect, test } from "vitest";
import { KeptRows } from "./kept-rows.ts";
import type { StoredResource } from "./store.ts";

const row = (id: string) => ({ id }) as StoredResource;

test("a row is kept from its second reading on", () => {
  const kept = new KeptRows();
  kept.put("a", row("a"));
  expect(kept.get("a")).toBeUndefined();
  kept.put("a", row("a"));
  expect(kept.get("a")).toEqual({ id: "a" });
});

test("those asked for last stay, older ones go, and those that changed go at once", () => {
  const kept = new KeptRows(2);
  for (const key of ["a", "a", "b", "b", "c", "c"]) kept.put(key, row(key));
  expect(kept.get("a")).toEqual({ id: "a" });
  expect(["a", "b", "c"].map((key) => kept.get(key)?.id)).toEqual(["a", undefined, "c"]);
  kept.put("c", row("C"));
  kept.forget(["a", "never"]);
  expect(["a", "c"].map((key) => kept.get(key)?.id)).toEqual([undefined, "C"]);
});
