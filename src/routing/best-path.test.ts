import fc from "fast-check";
import { expect, test } from "vitest";
import { prefixOf } from "../base/prefix.ts";
import { type BgpRoute, comparePaths, selectPaths } from "./best-path.ts";

const base: BgpRoute = {
  prefix: prefixOf("10.0.0.0/24"),
  key: "10.0.0.0/24",
  path: [65010],
  communities: [],
  weight: 0,
  localPreference: 100,
  source: "ebgp",
  nextHop: "192.0.2.1",
  routerId: "192.0.2.1",
  peerAddress: "192.0.2.1",
};

const address = fc.integer({ min: 1, max: 4 }).map((host) => `192.0.2.${host}`);
const anyRoute: fc.Arbitrary<BgpRoute> = fc.record({
  prefix: fc.constant(base.prefix),
  key: fc.constant(base.key),
  path: fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 3 }),
  communities: fc.constant([]),
  weight: fc.integer({ min: 0, max: 2 }),
  localPreference: fc.integer({ min: 100, max: 101 }),
  source: fc.constantFrom("local", "ebgp", "ibgp"),
  nextHop: address,
  routerId: address,
  peerAddress: address,
});

test("best path is a total order", () => {
  fc.assert(
    fc.property(anyRoute, anyRoute, anyRoute, (a, b, c) => {
      expect(Math.sign(comparePaths(a, b))).toBe(0 - Math.sign(comparePaths(b, a)));
      if (comparePaths(a, b) <= 0 && comparePaths(b, c) <= 0) {
        expect(comparePaths(a, c)).toBeLessThanOrEqual(0);
      }
    }),
  );
});

test("the order in which routes arrive decides nothing", () => {
  const limits = { maximumPaths: 4, multipathRelax: true };
  fc.assert(
    fc.property(
      fc.uniqueArray(anyRoute, { minLength: 1, comparator: (a, b) => comparePaths(a, b) === 0 }),
      (routes) => {
        expect(selectPaths(routes.toReversed(), limits)).toEqual(selectPaths(routes, limits));
      },
    ),
  );
});

test.each<[string, Partial<BgpRoute>, Partial<BgpRoute>]>([
  ["weight before local preference", { weight: 1 }, { localPreference: 200 }],
  ["local preference before length", { localPreference: 200, path: [1, 2, 3] }, { path: [1] }],
  ["a shorter path before a lower router", { path: [1], routerId: "192.0.2.9" }, { path: [1, 2] }],
  ["eBGP before iBGP", { routerId: "192.0.2.9" }, { source: "ibgp" }],
  ["the lower router at last", { routerId: "9.0.0.1" }, { routerId: "10.0.0.1" }],
])("%s", (_, better, worse) => {
  expect(comparePaths({ ...base, ...better }, { ...base, ...worse })).toBeLessThan(0);
});

test("equal length shares traffic only where other paths of that length are allowed", () => {
  const routes = [
    base,
    { ...base, path: [65020], peerAddress: "192.0.2.2", routerId: "192.0.2.2" },
  ];
  const width = (multipathRelax: boolean, maximumPaths: number) =>
    selectPaths(routes, { multipathRelax, maximumPaths })?.multipath.length;
  expect([width(true, 8), width(false, 8), width(true, 1)]).toEqual([2, 1, 1]);
});
