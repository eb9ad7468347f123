import { expect, test } from "vitest";
import { prefixOf } from "../../base/prefix.ts";
import { holdingsOf, parseApprovals, parseVrps } from "./holdings.ts";

test("what covers a prefix is found, the longest first, and nothing else", () => {
  const vrps = parseVrps({
    roas: [
      { prefix: "10.0.0.0/8", maxLength: 8, asn: 1 },
      { prefix: "10.1.0.0/16", asn: "AS2" },
      { prefix: "10.1.2.0/25", maxLength: 25, asn: 3 },
      { prefix: "11.0.0.0/8", maxLength: 8, asn: 4 },
      { prefix: "::/0", maxLength: 128, asn: 5 },
      { prefix: "nonsense", maxLength: 8, asn: 6 },
      { prefix: "10.0.0.0/8" },
    ],
  });
  const found = holdingsOf({ vrps }).vrps(prefixOf("10.1.2.0/24"));
  expect(found.map(({ asn, maxLength }) => [asn, maxLength])).toEqual([
    [2, 16],
    [1, 8],
  ]);
});

test("documents of another shape say nothing", () => {
  expect([parseVrps(null), parseVrps({ roas: 1 }), parseApprovals([])]).toEqual([[], [], []]);
  expect(holdingsOf({}).isEmpty).toBe(true);
});
