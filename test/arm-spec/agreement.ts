/** Where a definition of ours and a published model disagree, field by field. */
import { z } from "zod";
import { isObject } from "../../src/domain/fields.ts";
import type { ResourceDefinition } from "../../src/domain/resource.ts";
import { everywhere } from "../../src/domain/resource-body.ts";
import type { Json, JsonObject } from "../../src/domain/state.ts";
import type { SpecField, SpecModel } from "./specification.ts";

type JsonSchema = {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly maxItems?: number;
  readonly anyOf?: readonly JsonSchema[];
  readonly not?: JsonSchema;
  readonly required?: readonly string[];
};

type Models = ReadonlyMap<string, SpecModel>;
type Ask = {
  readonly models: Models;
  readonly isIgnored: (path: string) => boolean;
  readonly path: string;
};

/** `path: what is wrong`, for every field of either side. */
export function disagreements(
  definition: ResourceDefinition,
  modelName: string,
  models: Models,
): readonly string[] {
  const ignored = new Set([...everywhere, ...definition.ignored]);
  const isIgnored = (path: string): boolean =>
    ignored.has(path) || (path.includes(".") && isIgnored(path.slice(0, path.lastIndexOf("."))));
  const schema = z.toJSONSchema(definition.schema, { io: "input", unrepresentable: "any" });
  return inModel(schema as JsonSchema, modelName, { models, isIgnored, path: "" });
}

/** The same for what an action is sent. */
export function bodyDisagreements(
  schema: z.ZodType,
  modelName: string,
  models: Models,
): readonly string[] {
  const sent = z.toJSONSchema(schema, { io: "input" });
  return inModel(sent as JsonSchema, modelName, { models, isIgnored: () => false, path: "" });
}

/** Fields that are published as writable, and that a body never reaches the schema with. */
export function takenOutOf(
  { ignored }: ResourceDefinition,
  modelName: string,
  models: Models,
): readonly string[] {
  return Object.entries(models.get(modelName) ?? {})
    .filter(([name, { readOnly }]) => readOnly !== true && ignored.includes(name))
    .map(([name]) => name);
}

function inModel(schema: JsonSchema, modelName: string, ask: Ask): readonly string[] {
  const model = ask.models.get(modelName) ?? {};
  const published = new Set(Object.keys(model));
  const own = fieldsOf(schema)
    .filter((name) => !published.has(name) && memberAt(schema, name)?.not === undefined)
    .map((name) => `${join(ask.path, name)}: not published`);
  return [
    ...own,
    ...Object.entries(model).flatMap(([name, field]) =>
      inField(memberAt(schema, name), field, { ...ask, path: join(ask.path, name) }),
    ),
  ];
}

function inField(schema: JsonSchema | undefined, field: SpecField, ask: Ask): readonly string[] {
  const { path, isIgnored } = ask;
  // What is ignored is taken out before the schema looks.
  if (isIgnored(path)) return [];
  if (schema === undefined) return [`${path}: neither accepted nor ignored`];
  if (field.readOnly === true) return [`${path}: read-only, and accepted`];
  const shape = shapeOf(schema);
  if (shape.not !== undefined) return [];
  const list = /^(.+)\[\]$/.exec(field.type)?.[1];
  if (list !== undefined) {
    if (shape.type !== "array") return [`${path}: ${shape.type}, published as a list`];
    const { items = {}, maxItems } = shape;
    if (maxItems === 0) return [];
    return inField(items, { type: list }, { ...ask, path: `${path}.*` });
  }
  const wanted = jsonTypes(field);
  if (!wanted.includes(shape.type ?? "any")) {
    return [`${path}: ${shape.type}, published as ${field.type}`];
  }
  const values = shape.enum ?? (shape.const === undefined ? [] : [shape.const]);
  const narrowed = field.enum?.filter((value) => !values.includes(value)) ?? [];
  const beyond =
    field.enum === undefined ? [] : values.filter((one) => !field.enum?.includes(String(one)));
  return [
    ...beyond.map((value) => `${path}: ${value} is not published`),
    ...(narrowed.length > 0 ? [`${path}: without ${narrowed.join(", ")}`] : []),
    ...(ask.models.has(field.type) && !isLoose(shape) ? inModel(shape, field.type, ask) : []),
  ];
}

/** A reference: the id counts, and whatever else clients embed is not looked at. Or an object that is refused by a rule. */
function isLoose({ properties }: JsonSchema): boolean {
  const names = Object.keys(properties ?? {});
  return names.length === 0 || (names.length === 1 && names[0] === "id");
}

function jsonTypes({ type, enum: values }: SpecField): readonly string[] {
  if (values !== undefined) return ["string"];
  switch (type.toLowerCase()) {
    case "string":
    case "date":
    case "datetime":
    case "enum":
      return ["string"];
    case "number":
      return ["number", "integer"];
    case "boolean":
      return ["boolean"];
    default:
      return ["object"];
  }
}

/** Without `null`, and several constants as one enum. */
function shapeOf(schema: JsonSchema): JsonSchema {
  const choices = schema.anyOf?.filter(({ type }) => type !== "null");
  const [first] = choices ?? [];
  return first === undefined
    ? schema
    : { ...first, enum: choices?.flatMap((one) => one.const ?? []) ?? [] };
}

/** Members, those of `properties` under their path. */
function fieldsOf({ properties = {} }: JsonSchema): readonly string[] {
  return Object.entries(properties).flatMap(([name, member]) =>
    name === "properties"
      ? Object.keys(member.properties ?? {}).map((one) => `properties.${one}`)
      : [name],
  );
}

function memberAt(schema: JsonSchema, path: string): JsonSchema | undefined {
  return path
    .split(".")
    .reduce<JsonSchema | undefined>((here, name) => here?.properties?.[name], schema);
}

function join(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}

/** `path: what is wrong`, for every field of an answer. */
export function unpublishedIn(
  answer: JsonObject,
  { name, models }: { readonly name: string; readonly models: Models },
  path = "",
): readonly string[] {
  const model = models.get(name) ?? {};
  return Object.entries(answer).flatMap(([member, value]) => {
    if (member === "properties" && isObject(value)) {
      return Object.entries(value).flatMap(([inner, one]) => valueIn(one, `properties.${inner}`));
    }
    return valueIn(value, member);
  });

  function valueIn(value: Json, member: string): readonly string[] {
    const here = join(path, member);
    const field = model[member];
    if (field === undefined) return [`${here}: not published`];
    return unpublishedValue(value, field, { models, path: here });
  }
}

function unpublishedValue(
  value: Json,
  field: SpecField,
  { models, path }: Pick<Ask, "models" | "path">,
): readonly string[] {
  const list = /^(.+)\[\]$/.exec(field.type)?.[1];
  if (list !== undefined) {
    if (!Array.isArray(value)) return [`${path}: published as a list`];
    return value.flatMap((one, index) =>
      unpublishedValue(one, { type: list }, { models, path: `${path}[${index}]` }),
    );
  }
  if (!jsonTypes(field).includes(typeof value) || Array.isArray(value)) {
    return [`${path}: ${JSON.stringify(value)}, published as ${field.type}`];
  }
  if (field.enum !== undefined && !field.enum.includes(String(value))) {
    return [`${path}: ${value} is not published`];
  }
  return models.has(field.type) && isObject(value)
    ? unpublishedIn(value, { name: field.type, models }, path)
    : [];
}
