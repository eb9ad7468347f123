import fc from "fast-check";
import { expect, test } from "vitest";
import { freeAddresses, isUsable } from "./subnet-address.ts";

test("the first five addresses and the broadcast are never given", () => {
  expect(freeAddresses("10.0.0.0/29", 9, new Set())).toEqual(["10.0.0.5", "10.0.0.6"]);
  expect(freeAddresses("fd00::/64", 2, new Set(["fd00::5"]))).toEqual(["fd00::6", "fd00::7"]);
});

test("what is given is usable, and only once", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 24, max: 29 }),
      fc.integer({ min: 0, max: 300 }),
      (length, count) => {
        const subnet = `10.0.0.0/${length}`;
        const given = freeAddresses(subnet, count, new Set());
        expect(new Set(given).size).toBe(given.length);
        expect(given.every((address) => isUsable(address, subnet))).toBe(true);
        const rest = freeAddresses(subnet, 300, new Set(given));
        expect(given.length + rest.length).toBe(2 ** (32 - length) - 6);
      },
    ),
  );
});

test.each(["10.0.0.4", "10.0.0.255", "10.0.1.9", "fd00::9", "x"])("%s is not usable", (address) => {
  expect(isUsable(address, "10.0.0.0/24")).toBe(false);
});
