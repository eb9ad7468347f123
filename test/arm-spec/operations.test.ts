/** Every published operation is served. */
import { expect, test } from "vitest";
import { servedBy } from "../../src/api/openapi/served.ts";
import { keyOf, operationsOf, versions } from "./specification.ts";

test.each(versions)("every operation of %s is served", (version) => {
  const missing = operationsOf(version)
    .filter(({ method, path }) => servedBy(method, path) === undefined)
    .map(keyOf);
  expect(missing).toEqual([]);
});
