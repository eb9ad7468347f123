import { expect, test } from "vitest";
import { perObject } from "./per-object.ts";

test("an object is computed from once, another that says the same by itself", () => {
  let computed = 0;
  const doubled = perObject(({ value }: { value: number }) => {
    computed += 1;
    return { value: value * 2 };
  });
  const one = { value: 1 };
  expect(doubled(one)).toBe(doubled(one));
  expect(doubled({ value: 1 })).toEqual({ value: 2 });
  expect(computed).toBe(2);
});
