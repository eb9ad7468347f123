/** Bodies with one field of another type than published, made from the published models with a seed. */
import type { Random } from "../../../src/base/random.ts";
import { isObject } from "../../../src/domain/fields.ts";
import { definitionOf } from "../../../src/domain/registry.ts";
import type { Json } from "../../../src/domain/state.ts";
import {
  modelNamed,
  type SpecField,
  type SpecModel,
  versions,
} from "../../arm-spec/specification.ts";

type Models = ReadonlyMap<string, SpecModel>;
type Step = string | 0;
type Field = { readonly path: readonly Step[]; readonly field: SpecField };

/** Below this a model is a whole other resource that is embedded. */
const deepest = 4;
const valuesEach = 3;
const severalAtOnce = 60;

const strange = "\u0000\ud800’; DROP TABLE";

const values: readonly Json[] = [
  strange,
  "",
  -1,
  0.5,
  1e308,
  2 ** 53,
  true,
  null,
  [],
  [[null]],
  ["x", 1, {}],
  {},
  { id: 7, name: [], properties: "x" },
  { constructor: { prototype: 1 } },
];

/** Every writable field of the type in either version, each with where it stands. */
function writableFields(type: string): readonly Field[] {
  const definition = definitionOf(type);
  const found = new Map<string, Field>();
  for (const version of versions) {
    const model = definition === undefined ? undefined : modelNamed(definition, version);
    if (model === undefined) continue;
    for (const one of fieldsOf(model.name, model.models, [])) found.set(one.path.join("."), one);
  }
  for (const name of ["properties", "location", "tags", "sku", "name"])
    found.set(name, { path: [name], field: { type: "object" } });
  return [...found.values()];
}

function fieldsOf(model: string, models: Models, above: readonly Step[]): readonly Field[] {
  if (above.length > deepest) return [];
  return Object.entries(models.get(model) ?? {})
    .filter(([, { readOnly }]) => readOnly !== true)
    .flatMap(([name, field]) => {
      const path: readonly Step[] = [...above, ...name.split(".")];
      const list = /^(.+)\[\]$/.exec(field.type)?.[1];
      const inner = fieldsOf(list ?? field.type, models, list === undefined ? path : [...path, 0]);
      return [
        { path, field },
        ...(list ? [{ path: [...path, 0 as const], field: { type: list } }] : []),
        ...inner,
      ];
    });
}

/** The body with each field spoiled by itself, and with some at once. */
export function spoiledBodies(
  good: Json,
  type: string,
  random: Random,
): readonly { readonly what: string; readonly body: Json }[] {
  const each = writableFields(type).flatMap((field) =>
    wrongValues(field, random).map((value) => ({ path: field.path, value })),
  );
  const several = Array.from({ length: severalAtOnce }, () =>
    Array.from({ length: 3 }, () => pick(each, random)),
  );
  return [...each.map((one) => [one]), ...several].map((spoils) => ({
    what: spoils
      .map(({ path, value }) => `${path.join(".")} = ${JSON.stringify(value)}`)
      .join(", "),
    body: spoils.reduce((body, { path, value }) => withValue(body, path, value), good),
  }));
}

/** What does not belong there: a text that is none, and some of the others. */
function wrongValues({ field }: Field, random: Random): readonly Json[] {
  const published = field.type.endsWith("[]") ? "array" : field.type.toLowerCase();
  const wrong = values.filter((value) => value !== strange && typeof value !== published);
  return [strange, ...new Set(Array.from({ length: valuesEach }, () => pick(wrong, random)))];
}

function pick<Item>(all: readonly Item[], random: Random): Item {
  const [low = 0, high = 0] = random.bytes(2);
  // There is at least one.
  return all[(low + 256 * high) % all.length] as Item;
}

/** The body with the value there; what stands in the way is made. */
function withValue(body: Json, path: readonly Step[], value: Json): Json {
  const [step, ...rest] = path;
  if (step === undefined) return value;
  if (step === 0) {
    const [first = {}, ...others] = Array.isArray(body) ? body : [];
    return [withValue(first, rest, value), ...others];
  }
  const held = isObject(body) ? body : {};
  return { ...held, [step]: withValue(held[step] ?? {}, rest, value) };
}
