import { readFileSync } from "node:fs";
import { relative } from "node:path";
import { expect, test } from "vitest";
import { keysUsed } from "./client-uses.ts";
import { pages } from "./pages.ts";
import { keyOf, operationsOf, versions } from "./specification.ts";

test("generated pages are as the code is: run npm run docs", async () => {
  const stale = (await pages()).filter(({ file, text }) => readFileSync(file, "utf8") !== text);
  expect(stale.map(({ file }) => relative(process.cwd(), file))).toEqual([]);
});

test("what a client's test says that it uses is published", () => {
  const published = new Set(versions.flatMap(operationsOf).map((one) => keyOf(one).toLowerCase()));
  expect(keysUsed.filter((key) => !published.has(key))).toEqual([]);
});
