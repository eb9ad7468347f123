/** Every published operation is served, or stands in the one list of those that are not. */
import { expect, test } from "vitest";
import { servedBy } from "../../src/api/openapi/served.ts";
import { notServed } from "./not-served.ts";
import { keyOf, operationsOf, versions } from "./specification.ts";

const listed = notServed.flatMap(({ operations }) => operations);
const keys = new Set(listed.map((one) => one.toLowerCase()));
const isListed = (key: string) => keys.has(key.toLowerCase());

test.each(versions)("every operation of %s is served or listed with the reason", (version) => {
  const missing = operationsOf(version)
    .filter(({ method, path }) => servedBy(method, path) === undefined)
    .map(keyOf)
    .filter((key) => !isListed(key));
  expect(missing).toEqual([]);
});

test("nothing that is served is listed: take it off the list", () => {
  const served = versions
    .flatMap(operationsOf)
    .filter(({ method, path }) => servedBy(method, path) !== undefined)
    .map(keyOf)
    .filter(isListed);
  expect(served).toEqual([]);
});

test("what is listed is published, and listed once", () => {
  const published = new Set(versions.flatMap(operationsOf).map((one) => keyOf(one).toLowerCase()));
  expect(listed.filter((one) => !published.has(one.toLowerCase()))).toEqual([]);
  expect(keys.size).toBe(listed.length);
});
