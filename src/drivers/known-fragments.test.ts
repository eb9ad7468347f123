import { expect, test } from "vitest";
import type { Fragment } from "../fabric/intent.ts";
import { KnownFragments } from "./known-fragments.ts";

const port = (name: string, enabled: boolean): Fragment => ({
  ...{ kind: "port", key: `port ${name}`, port: name, enabled },
});

test("a fragment that says the same is the same object, and is changed until it was kept", () => {
  const known = new KnownFragments();
  const [one] = known.recognised([port("a", true)]);
  const again = known.recognised([port("a", true), port("b", true)]);
  expect(again[0]).toBe(one);
  expect(known.changed(again)).toEqual(again);
  known.keep(again);
  const later = known.recognised([port("b", false), port("a", true)]);
  expect(known.changed(later)).toEqual([port("b", false)]);
});

test("what was given and never kept is still a change when it comes again", () => {
  const known = new KnownFragments();
  known.keep(known.recognised([port("a", true)]));
  known.recognised([port("a", false)]);
  expect(known.changed(known.recognised([port("a", true)]))).toEqual([port("a", true)]);
});
