import { expect, test } from "vitest";
import type { Metered, Scheduled, VrfFragment } from "../../fabric/intent.ts";
import { intendedTags, meterId, meterKey } from "./entries.ts";

const ifindexOf = (device: string) => ({ p1: 2 })[device];

function peering(
  name: string,
  cTag: number,
  how: Metered & Scheduled & { readonly part?: string },
): VrfFragment {
  const place = { port: "p1", tags: [100, cTag], mac: `02:00:00:00:00:0${cTag}` };
  return {
    kind: "vrf",
    key: `vrf/${name}`,
    name,
    interfaces: [{ kind: "subinterface", name: "wan", ...place, addresses: [], mtu: 1500, ...how }],
    routes: [],
  };
}

const privately = peering("private", 1, { meter: "blue", policeMbps: 50 });
const scheduled = { meter: "blue", policeMbps: 50, scheduling: "byMark" } as const;

/** The last words of a value that bpftool takes. */
function wordsOf(value: string | undefined, size: 4 | 8): number[] {
  const bytes = Buffer.from((value ?? "").replaceAll(" ", ""), "hex");
  const read = (at: number) =>
    size === 4 ? bytes.readUInt32LE(at) : Number(bytes.readBigUInt64LE(at));
  return Array.from({ length: bytes.length / size }, (_, index) => read(index * size));
}

test("a policed meter has a rate, a burst and loads, and nothing kept for marks that nobody reads", () => {
  const { cells } = intendedTags([privately], ifindexOf);
  const rate = cells.get("rates")?.get(meterKey("blue", "in"))?.value;
  expect(wordsOf(rate, 8)).toEqual([6_250_000, 1_562_500, 0, 0, 0]);
  expect([cells.get("loads")?.size, cells.get("classes")?.size]).toEqual([2, 0]);
});

test("a rate that is enforced only above another says how fast its bucket is filled until then", () => {
  const graced = peering("private", 1, { meter: "blue", policeMbps: 50, policeAboveMbps: 60 });
  const { cells } = intendedTags([graced], ifindexOf);
  const rate = cells.get("rates")?.get(meterKey("blue", "out"))?.value;
  expect(wordsOf(rate, 8)).toEqual([6_250_000, 1_562_500, 0, 0, 7_500_000]);
});

test.each([
  ["before", [peering("public", 2, scheduled), privately]],
  ["after", [privately, peering("public", 2, scheduled)]],
] as const)(
  "where one interface of a meter is scheduled, the rate of all keeps a reserve: %s",
  (_, all) => {
    const { cells } = intendedTags(all, ifindexOf);
    for (const way of ["in", "out"] as const)
      expect(wordsOf(cells.get("rates")?.get(meterKey("blue", way))?.value, 8)).toEqual([
        6_250_000, 1_562_500, 0, 390_625, 0,
      ]);
    expect(cells.get("classes")?.size).toBe(2);
  },
);

test("marks are looked at on the frames of the scheduled interface alone", () => {
  const { cells } = intendedTags([privately, peering("public", 2, scheduled)], ifindexOf);
  const limits = (map: "entries" | "exits", word: number) =>
    [...(cells.get(map)?.values() ?? [])].map(({ value }) => wordsOf(value, 4)[word]);
  // The upper half of the word with the direction, which is inwards and zero.
  expect(limits("entries", 3)).toEqual([1 << 16, 2 << 16]);
  expect(limits("exits", 2)).toEqual([1, 2]);
});

test("a part of a meter is counted once more, and has no rate of its own", () => {
  const part = peering("public", 2, { meter: "blue", policeMbps: 50, part: "blue/public" });
  const { cells, meters } = intendedTags([privately, part], ifindexOf);
  expect([...meters]).toEqual(["blue", "blue/public"]);
  const last = (map: "entries" | "exits") =>
    [...(cells.get(map)?.values() ?? [])].map(({ value }) => wordsOf(value, 4).at(-1));
  expect(last("entries")).toEqual([0, meterId("blue/public")]);
  expect(last("exits")).toEqual([0, meterId("blue/public")]);
  expect(cells.get("rates")?.size).toBe(2);
});

test("where there is no rate, marks have nothing to say", () => {
  const { cells } = intendedTags(
    [peering("public", 2, { meter: "blue", scheduling: "byMark" })],
    ifindexOf,
  );
  const values = [...(cells.get("entries")?.values() ?? [])].map(({ value }) => wordsOf(value, 4));
  expect(values[0]?.[3]).toBe(0);
  expect([cells.get("rates")?.size, cells.get("loads")?.size, cells.get("classes")?.size]).toEqual([
    0, 0, 0,
  ]);
});

test("a slow circuit keeps more than two super-packets for each step of the marks", () => {
  const slow = peering("public", 2, { ...scheduled, policeMbps: 1 });
  const { cells } = intendedTags([slow], ifindexOf);
  const rate = cells.get("rates")?.get(meterKey("blue", "in"))?.value;
  expect(wordsOf(rate, 8)).toEqual([125_000, 131_072, 0, 262_144, 0]);
});
