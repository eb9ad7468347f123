import { expect, test } from "vitest";
import { prefixOf } from "../base/prefix.ts";
import type { PrefixMatch, RoutePolicy } from "../fabric/intent.ts";
import { applyPolicy, policyModel } from "./policy.ts";

const route = { prefix: prefixOf("10.1.2.0/24"), path: [65010], communities: ["1:1"], weight: 0 };

function apply(policy: RoutePolicy) {
  return applyPolicy(policyModel(policy), route);
}

test.each<[PrefixMatch, boolean]>([
  [{ prefix: "10.1.2.0/24" }, true],
  [{ prefix: "10.1.0.0/16" }, false],
  [{ prefix: "10.1.0.0/16", le: 24 }, true],
  [{ prefix: "10.1.0.0/16", le: 23 }, false],
  [{ prefix: "10.1.0.0/16", ge: 25, le: 32 }, false],
  [{ prefix: "10.1.0.0/16", ge: 20 }, true],
  [{ prefix: "::/0", le: 128 }, false],
])("%o matches 10.1.2.0/24: %s", (match, expected) => {
  expect(apply([{ action: "permit", prefixes: [match] }]) !== undefined).toBe(expected);
});

test("the first rule that matches decides, and no match is a denial", () => {
  expect(apply([{ action: "deny" }, { action: "permit" }])).toBeUndefined();
  expect(apply([{ action: "permit", setWeight: 5 }, { action: "deny" }])?.weight).toBe(5);
  expect(apply([])).toBeUndefined();
});

test("a rule prepends to the path and adds communities once", () => {
  expect(
    apply([{ action: "permit", prepend: [65010, 65010], addCommunities: ["1:1", "2:2"] }]),
  ).toMatchObject({ path: [65010, 65010, 65010], communities: ["1:1", "2:2"] });
});

test("a rule with communities holds for a route that carries one of them", () => {
  const marked = (...communities: string[]) => apply([{ action: "permit", communities }]);
  expect(marked("9:9", "1:1")).toBeDefined();
  expect(marked("9:9")).toBeUndefined();
  const preferred = policyModel([{ action: "permit", setLocalPreference: 50 }]);
  expect(applyPolicy(preferred, { ...route, localPreference: 100 })).toMatchObject({
    localPreference: 50,
  });
});
