/** Every field of a published model is accepted, ignored or refused by our definition as the list of differences says. */
import { expect, test } from "vitest";
import { definitions } from "../../src/domain/registry.ts";
import type { ResourceDefinition } from "../../src/domain/resource.ts";
import { disagreements, takenOutOf } from "./agreement.ts";
import { differences, takenOut } from "./differences.ts";
import { modelNamed, versions } from "./specification.ts";

const published = definitions.flatMap((definition) =>
  versions.flatMap((version) => {
    const model = modelNamed(definition, version);
    return model === undefined ? [] : [{ definition, version, ...model }];
  }),
);

const said = ({ type }: ResourceDefinition, what: string) =>
  `${type.replace("Microsoft.Network/", "")} ${what}`;

test("every network type is a published resource", () => {
  const known = new Set(published.map(({ definition }) => definition.type));
  const own = definitions.map(({ type }) => type).filter((type) => !known.has(type));
  expect(own.filter((type) => type.startsWith("Microsoft.Network/"))).toEqual([]);
});

test("types, values and fields agree with both versions, but for the listed differences", () => {
  expectListed(disagreements, differences);
});

test("what is published as writable and taken out of bodies is listed with the reason", () => {
  expectListed(takenOutOf, takenOut);
});

/** What is found is listed, and what is listed is found. */
function expectListed(find: typeof disagreements, list: typeof differences): void {
  const found = published.flatMap(({ definition, name, models }) =>
    find(definition, name, models).map((one) => said(definition, one)),
  );
  const listed = list.flatMap(({ at }) => at);
  expect([...new Set(found)].filter((one) => !listed.includes(one))).toEqual([]);
  expect(listed.filter((one) => !found.includes(one))).toEqual([]);
}
