import { expect, test } from "vitest";
import { directBandwidthsGbps, linksMax } from "./limits.ts";

test.each([
  ["Standard", 10_000, 10],
  ["Local", 50, 10],
  ["Premium", 50, 20],
  ["Premium", 100, 25],
  ["Premium", 500, 40],
  ["Premium", 10_000, 100],
  ["Premium", 400_000, 100],
])("a %s circuit of %i Mbit/s has %i links", (tier, mbps, links) => {
  expect(linksMax(tier, mbps)).toBe(links);
});

test("a port sells the sizes of its own speed", () => {
  expect(directBandwidthsGbps(10)).toEqual([1, 2, 5, 10]);
  expect(directBandwidthsGbps(25)).toEqual([]);
});
