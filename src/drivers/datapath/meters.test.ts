import { expect, test } from "vitest";
import { LOAD_BOUNDS } from "../../fabric/report.ts";
import { type MapName, meterId, meterKey } from "./entries.ts";
import { readMeters } from "./meters.ts";

const key = meterKey("blue", "in");

function cellsOf(maps: Partial<Record<MapName, readonly number[]>>) {
  return new Map(
    Object.entries(maps).map(([map, words]) => [map as MapName, new Map([[key, hexOf(words)]])]),
  );
}

/** Little-endian words of eight bytes. */
function hexOf(words: readonly number[]): string {
  const bytes = Buffer.alloc(8 * words.length);
  for (const [index, word] of words.entries()) bytes.writeBigUInt64LE(BigInt(word), 8 * index);
  return bytes.toString("hex");
}

test("a meter without packets reads zero, and tells of no classes and no loads", () => {
  const zero = { packets: 0, bytes: 0, droppedPackets: 0, droppedBytes: 0 };
  expect(readMeters(new Map(), ["blue"])).toEqual([{ meter: "blue", in: zero, out: zero }]);
  expect(meterId("blue")).not.toBe(meterId("green"));
});

test("counters stand behind the bucket's own words", () => {
  const [meter] = readMeters(cellsOf({ meters: [0, 1, 2, 30, 3000, 4, 400, 0, 0, 0, 0] }), [
    "blue",
  ]);
  expect(meter?.in).toEqual({ packets: 30, bytes: 3000, droppedPackets: 4, droppedBytes: 400 });
});

test("each class is told by its name", () => {
  const words = [1, 2, 3, 4].flatMap((n) => [n, n * 10, n * 100, n * 1000]);
  const classes = readMeters(cellsOf({ classes: words }), ["blue"])[0]?.in.classes;
  expect(classes).toEqual({
    voice: { packets: 1, bytes: 10, droppedPackets: 100, droppedBytes: 1000 },
    interactive: { packets: 2, bytes: 20, droppedPackets: 200, droppedBytes: 2000 },
    bulk: { packets: 3, bytes: 30, droppedPackets: 300, droppedBytes: 3000 },
    default: { packets: 4, bytes: 40, droppedPackets: 400, droppedBytes: 4000 },
  });
});

test("loads are milliseconds up to each bound and one number beyond, their sum in multiples of the rate", () => {
  const counts = [...LOAD_BOUNDS.keys(), 99];
  const load = readMeters(cellsOf({ loads: [1536, ...counts] }), ["blue"])[0]?.in.load;
  expect(load).toEqual({ counts, sum: 1.5 });
});
