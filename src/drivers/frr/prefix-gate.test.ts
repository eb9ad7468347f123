import fc from "fast-check";
import { expect, test } from "vitest";
import { gateEntries, isGated, nextGate, openGate } from "./prefix-gate.ts";

test("the oldest stay, the newest are refused, and a place that becomes free is given on", () => {
  const first = nextGate(openGate, ["10.0.2.0/24", "10.0.1.0/24"], 3);
  expect(first.admitted).toEqual(["10.0.1.0/24", "10.0.2.0/24"]);
  const full = nextGate(first, ["10.0.0.0/24", "10.0.1.0/24", "10.0.2.0/24", "9.0.0.0/8"], 3);
  expect(full).toEqual({
    admitted: ["10.0.1.0/24", "10.0.2.0/24", "9.0.0.0/8"],
    refused: ["10.0.0.0/24"],
  });
  const freed = nextGate(full, ["10.0.0.0/24", "10.0.2.0/24", "9.0.0.0/8"], 3);
  expect(freed.refused).toEqual([]);
  expect(freed.admitted.at(-1)).toBe("10.0.0.0/24");
});

test("neighbours that are refused share an entry", () => {
  const all = Array.from({ length: 200 }, (_, index) => `10.${index >> 6}.${index % 64}.0/24`);
  const entries = gateEntries(nextGate(openGate, all, 100));
  expect(entries.length).toBeLessThan(10);
});

const network = fc
  .tuple(fc.integer({ min: 0, max: 255 }), fc.integer({ min: 4, max: 8 }))
  .map(([value, length]) => `${(value >> (8 - length)) << (8 - length)}.0.0.0/${length}`);

test("entries match all of the refused and none of the admitted", () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(network, { maxLength: 60 }),
      fc.integer({ min: 0, max: 40 }),
      (received, limit) => {
        const gate = nextGate(openGate, received, limit);
        const entries = gateEntries(gate);
        expect(gate.refused.every((prefix) => isGated(entries, prefix))).toBe(true);
        expect(gate.admitted.some((prefix) => isGated(entries, prefix))).toBe(false);
      },
    ),
  );
});
