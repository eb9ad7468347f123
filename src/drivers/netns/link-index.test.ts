import { expect, test } from "vitest";
import { linkIndex } from "./link-index.ts";

test("an interface has the same number every time, and another one another", () => {
  expect(linkIndex("edge:p1")).toBe(linkIndex("edge:p1"));
  expect(linkIndex("edge:p1")).not.toBe(linkIndex("ce:up"));
  expect(linkIndex("edge:p1")).toBeLessThan(2 ** 31);
});
