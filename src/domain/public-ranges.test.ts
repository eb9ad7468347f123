import { expect, test } from "vitest";
import { prefixOf } from "../base/prefix.ts";
import { whyNotPublic } from "./public-ranges.ts";

test.each([
  ["10.0.0.0/8", "private (RFC 1918)"],
  ["172.31.0.0/16", "private (RFC 1918)"],
  ["192.168.7.0/24", "private (RFC 1918)"],
  ["100.64.1.0/24", "shared by providers (RFC 6598)"],
  ["198.19.0.0/24", "for benchmarks (RFC 2544)"],
  ["192.0.0.0/16", "for protocols (RFC 6890)"],
  ["240.0.0.0/8", "reserved (RFC 1112)"],
  ["0.0.0.0/0", "the default route"],
  ["::/0", "the default route"],
  ["2001:db8:1::/48", "for documentation (RFC 3849)"],
  ["fd00::/48", "unique local (RFC 4193)"],
  ["4000::/16", "not in the space that is given out (RFC 4291)"],
  ["8.8.8.0/24", undefined],
  ["2a00:1450::/32", undefined],
])("%s is %s", (prefix, why) => {
  expect(whyNotPublic(prefixOf(prefix), {})).toBe(why);
});

test("a fabric may count ranges as public", () => {
  const publicPeering = { publicRanges: ["198.18.0.0/15"] };
  const why = (prefix: string) => whyNotPublic(prefixOf(prefix), { publicPeering });
  expect([why("198.19.1.0/24"), why("198.0.0.0/8"), why("10.0.0.0/8")]).toEqual([
    undefined,
    "for benchmarks (RFC 2544)",
    "private (RFC 1918)",
  ]);
});
