import { expect, test } from "vitest";
import type { BgpRoute } from "./best-path.ts";
import type { NeighborModel } from "./bgp-model.ts";
import { arriving, leaving } from "./session-attributes.ts";

const route = (path: number[], onlyToCustomer?: number) =>
  ({ path, ...(onlyToCustomer !== undefined && { onlyToCustomer }) }) as unknown as BgpRoute;

const neighbor = (rest: Partial<NeighborModel>) =>
  ({ remoteAsn: 65010, removesPrivateAs: false, ...rest }) as NeighborModel;

const provider = neighbor({ role: { name: "provider", strict: false } });
const customer = neighbor({ remoteAsn: 12076, role: { name: "customer", strict: false } });

test.each([
  [[65515], []],
  [[3320, 65515, 4_200_000_001], [3320]],
  [
    [3320, 65010, 65011],
    [3320, 65010],
  ],
])("of the path %j the neighbor sees %j", (path, seen) => {
  const removing = neighbor({ removesPrivateAs: true });
  expect(leaving(route(path), removing, 12076)?.path).toEqual(seen);
  expect(leaving(route(path), neighbor({}), 12076)?.path).toEqual(path);
});

test("the neighbor's own number is written over where that is asked for", () => {
  const overriding = neighbor({ overridesAs: true });
  expect(leaving(route([65010, 3320, 65010]), overriding, 12076)?.path).toEqual([
    12076, 3320, 12076,
  ]);
});

test("a provider marks what it gives, and takes nothing that bears a mark", () => {
  expect(leaving(route([]), provider, 12076)?.onlyToCustomer).toBe(12076);
  expect(leaving(route([], 1299), provider, 12076)?.onlyToCustomer).toBe(1299);
  expect(arriving(route([], 1299), provider)).toBeUndefined();
  expect(arriving(route([]), provider)).toBeDefined();
});

test("a customer gives nothing that bears a mark, and marks what its provider did not", () => {
  expect(leaving(route([], 1299), customer, 65010)).toBeUndefined();
  expect(arriving(route([]), customer)?.onlyToCustomer).toBe(12076);
});
