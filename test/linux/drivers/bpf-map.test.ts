/** A map read and written by bpf(2) against what bpftool says of it. */
import { rm } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { BpfMap } from "../../../src/drivers/native/bpf-map.ts";
import { run } from "../../../src/drivers/run.ts";

const path = `/sys/fs/bpf/cw-test-${process.pid}`;
const words = ["type", "hash", "key", "6", "value", "12", "entries", "5000", "name", "cw_test"];
const key = (number: number) => number.toString(16).padStart(12, "0");
const value = (number: number) => key(number).repeat(2);

beforeAll(() => run({ argv: ["bpftool", "map", "create", path, ...words], why: "make a map" }));
afterAll(() => rm(path, { force: true }));

/** As bpftool has them, a byte a word. */
async function seen(): Promise<Map<string, string>> {
  const argv = ["bpftool", "-j", "map", "dump", "pinned", path] as const;
  const cells = JSON.parse(await run({ argv, why: "read the map" })) as Record<
    "key" | "value",
    string[]
  >[];
  const hex = (bytes: string[]) => bytes.map((byte) => byte.slice(2)).join("");
  return new Map(cells.map((cell) => [hex(cell.key), hex(cell.value)]));
}

test("more entries than are read at once are put, read and removed as bpftool sees them", async () => {
  using map = new BpfMap(path);
  expect(map.entries()).toEqual(new Map());
  for (let number = 0; number < 3_000; number += 1) map.put(key(number), value(number));
  map.put(key(7), value(8));
  expect(map.entries().size).toBe(3_000);
  expect(map.entries()).toEqual(await seen());
  for (let number = 0; number < 2_998; number += 1) map.remove(key(number));
  map.remove(key(1));
  const left = new Map([2_998, 2_999].map((number) => [key(number), value(number)]));
  expect(map.entries()).toEqual(left);
  expect(await seen()).toEqual(left);
});

test("what is no map, and what is no entry of it, is refused", () => {
  expect(() => new BpfMap(`${path}-other`)).toThrow("ENOENT");
  using map = new BpfMap(path);
  expect(() => map.put(key(1).slice(2), value(1))).toThrow(RangeError);
  expect(() => map.put(key(1), key(1))).toThrow(RangeError);
});
