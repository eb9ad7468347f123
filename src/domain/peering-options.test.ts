import { expect, test } from "vitest";
import {
  defaultPeeringOptions,
  peeringOptionsOf,
  peeringOptionsRefusals,
} from "./peering-options.ts";

test("without a word of ours a peering is as the original's, but that a full table discards", () => {
  expect(defaultPeeringOptions).toEqual({
    bfd: { intervalMs: 300, multiplier: 3 },
    prefixLimit: { mode: "Discard", ipv4: 4_000, ipv6: 100 },
    gtsm: false,
    role: "None",
    privateAsns: "Keep",
    defaultRoute: "Accept",
    bogons: "Accept",
    maximumLength: { ipv4: 32, ipv6: 128 },
  });
  expect(peeringOptionsOf(undefined, "Premium").prefixLimit.ipv4).toBe(10_000);
});

test("what is said replaces its default alone, and a lower tier lowers the limit", () => {
  const options = peeringOptionsOf(
    { bfd: { intervalMs: 100 }, prefixLimit: { ipv4: 9_000 }, maximumLength: { ipv4: 24 } },
    "Standard",
  );
  expect(options.bfd).toEqual({ intervalMs: 100, multiplier: 3 });
  expect(options.prefixLimit).toEqual({ mode: "Discard", ipv4: 4_000, ipv6: 100 });
  expect(options.maximumLength).toEqual({ ipv4: 24, ipv6: 128 });
  expect(peeringOptionsOf({ bfd: { enabled: false } }, "Standard").bfd).toBeUndefined();
});

test("ge alone reaches to the longest there are", () => {
  const importPrefixes = [
    { prefix: "10.0.0.0/8", ge: 16 },
    { prefix: "fd00::/8", ge: 48, le: 64 },
  ];
  expect(peeringOptionsOf({ importPrefixes }, "Standard").importPrefixes).toEqual([
    { prefix: "10.0.0.0/8", ge: 16, le: 32 },
    { prefix: "fd00::/8", ge: 48, le: 64 },
  ]);
});

test.each([
  [{ prefixLimit: { ipv4: 4_001 } }, "LimitExceeded properties.causeway.prefixLimit.ipv4"],
  [
    { importPrefixes: [{ prefix: "10.0.0.0/8", ge: 7 }] },
    "PrefixListInvalid properties.causeway.importPrefixes[0]",
  ],
  [
    { exportPrefixes: [{ prefix: "10.0.0.0/8", ge: 24, le: 16 }] },
    "PrefixListInvalid properties.causeway.exportPrefixes[0]",
  ],
  [
    { importPrefixes: [{ prefix: "10.0.0.0/8", le: 33 }] },
    "PrefixListInvalid properties.causeway.importPrefixes[0]",
  ],
  [
    { importPrefixes: [{ prefix: "10.0.0.0/8" }, { prefix: "10.0.0.0/8" }] },
    "PrefixListInvalid properties.causeway.importPrefixes[1]",
  ],
])("%j is refused", (options, expected) => {
  const found = [...peeringOptionsRefusals(options, "Standard")];
  expect(found.map(({ code, target }) => `${code} ${target}`)).toEqual([expected]);
});
