import { expect, test } from "vitest";
import { capacityOf, gatewaySkus, isInPlace } from "./gateway-skus.ts";

test.each([
  [1, { mbps: 1_000, pps: 100_000, circuits: 4, fastPath: false }],
  [2, { mbps: 2_000, pps: 200_000, circuits: 8, fastPath: false }],
  [10, { mbps: 10_000, pps: 1_000_000, circuits: 16, fastPath: true }],
  [40, { mbps: 40_000, pps: 7_000_000, circuits: 16, fastPath: true }],
])("a gateway of %i units carries %o", (units, expected) => {
  expect(capacityOf("ErGwScale", units)).toMatchObject({ ...expected, routes: 9_500 });
});

test("only the SKU that scales heeds units", () => {
  for (const sku of gatewaySkus.filter((name) => name !== "ErGwScale"))
    expect(capacityOf(sku, 7)).toEqual(capacityOf(sku, 1));
});

test("a SKU changes in place within its family only", () => {
  expect(isInPlace("Standard", "UltraPerformance")).toBe(true);
  expect(isInPlace("ErGw1AZ", "ErGwScale")).toBe(true);
  expect(isInPlace("Standard", "ErGw1AZ")).toBe(false);
});
