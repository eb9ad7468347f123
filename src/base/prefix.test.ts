import fc from "fast-check";
import { expect, test } from "vitest";
import {
  hostOf,
  isNetwork,
  networkOf,
  parsePrefix,
  prefixContains,
  prefixesOverlap,
  prefixOf,
  printPrefix,
} from "./prefix.ts";

const anyPrefix = fc.oneof(
  fc.record({
    family: fc.constant("ipv4" as const),
    value: fc.bigInt(0n, (1n << 32n) - 1n),
    length: fc.integer({ min: 0, max: 32 }),
  }),
  fc.record({
    family: fc.constant("ipv6" as const),
    value: fc.bigInt(0n, (1n << 128n) - 1n),
    length: fc.integer({ min: 0, max: 128 }),
  }),
);

test("printing and parsing a prefix gives it back", () => {
  fc.assert(
    fc.property(anyPrefix, (prefix) => {
      expect(parsePrefix(printPrefix(prefix))).toEqual(prefix);
    }),
  );
});

test("a network contains every address of itself, and overlap is symmetric", () => {
  fc.assert(
    fc.property(anyPrefix, anyPrefix, (one, other) => {
      expect(prefixContains(networkOf(one), one)).toBe(true);
      expect(prefixesOverlap(one, other)).toBe(prefixesOverlap(other, one));
    }),
  );
});

test.each([
  "10.0.0.0",
  "10.0.0.0/33",
  "10.0.0/24",
  "::/129",
  "fe80::%1/64",
  "10.0.0.0/08",
  "x/1",
  "",
])("%s is not a prefix", (text) => {
  expect(parsePrefix(text)).toBeUndefined();
});

test("IPv6 is printed as RFC 5952 asks", () => {
  expect(printPrefix(prefixOf("2001:0DB8:0:0:1:0:0:1/64"))).toBe("2001:db8::1:0:0:1/64");
  expect(printPrefix(prefixOf("::ffff:10.0.0.1/128"))).toBe("::ffff:a00:1/128");
  expect(printPrefix(prefixOf("1:0:2:3:4:5:6:7/64"))).toBe("1:0:2:3:4:5:6:7/64");
});

test("the usable addresses of a /30 are its first and second", () => {
  const link = prefixOf("192.168.100.128/30");
  expect(isNetwork(link)).toBe(true);
  expect([1, 2].map((index) => printPrefix(hostOf(link, index)))).toEqual([
    "192.168.100.129/30",
    "192.168.100.130/30",
  ]);
});
