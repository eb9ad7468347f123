import { Validator } from "@seriousme/openapi-schema-validator";
import { expect, test } from "vitest";
import { definitions } from "../../domain/registry.ts";
import { actions } from "../actions/registry.ts";
import { startApi } from "../api-fixture.ts";
import { openApiDocument } from "./document.ts";
import { servedBy } from "./served.ts";

const paths = openApiDocument()["paths"] as Record<string, object>;
const methodsIn = (item: object) => Object.keys(item).filter((name) => name !== "parameters");
const operations = Object.entries(paths).flatMap(([path, item]) =>
  methodsIn(item).map((method) => ({ method: method.toUpperCase(), path })),
);

test("the document is OpenAPI 3.1", async () => {
  const validator = new Validator();
  // The library follows references in what it is given.
  const { valid, errors } = await validator.validate(structuredClone(openApiDocument()));
  expect([valid, errors]).toEqual([true, undefined]);
  expect(validator.version).toBe("3.1");
});

test("what the document has is served", () => {
  const unserved = operations.filter(({ method, path }) => servedBy(method, path) === undefined);
  expect(unserved).toEqual([]);
});

test("every definition, verb and action is in the document", () => {
  const served = operations.map(({ method, path }) => servedBy(method, path));
  const shown = new Set(served.flatMap((one) => (one?.by === "verb" ? one.definition : [])));
  expect(definitions.filter((one) => !shown.has(one)).map(({ type }) => type)).toEqual([]);
  const asked = new Set(served.flatMap((one) => (one?.by === "action" ? one.action : [])));
  expect(actions.filter((one) => !asked.has(one))).toEqual([]);
});

test("whoever is signed in may read it", async () => {
  await using api = startApi();
  for (const who of ["customer", "provider", "operator"] as const) {
    const { status, body } = await api.call(who, "GET", "/causeway/openapi.json");
    expect([status, body]).toEqual([200, JSON.parse(JSON.stringify(openApiDocument()))]);
  }
  const refused = await api.raw(new Request("http://api/causeway/openapi.json"));
  expect(refused.status).toBe(401);
});
