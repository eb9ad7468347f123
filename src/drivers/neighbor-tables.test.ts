import { expect, test } from "vitest";
import {
  enlargeNeighborTables,
  type NeighborTables,
  smallNeighborTables,
} from "./neighbor-tables.ts";

function tablesOf(values: Map<string, number>): NeighborTables {
  return {
    read: async (family, name) => values.get(`${family} ${name}`) ?? 1024,
    write: async (family, name, value) => {
      values.set(`${family} ${name}`, value);
    },
  };
}

test("small tables are named with the setting that mends them, and are enlarged", async () => {
  const tables = tablesOf(new Map());
  expect(await smallNeighborTables(tables)).toContain("net.ipv4.neigh.default.gc_thresh3=65536");
  await enlargeNeighborTables(tables);
  expect(await smallNeighborTables(tables)).toEqual([]);
});

test("a table that is larger already stays as it is", async () => {
  const values = new Map([["ipv6 gc_thresh3", 200_000]]);
  await enlargeNeighborTables(tablesOf(values));
  expect(values.get("ipv6 gc_thresh3")).toBe(200_000);
});
