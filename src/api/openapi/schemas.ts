/** The schema of a resource: what its definition accepts, and what the control plane adds, which cannot be written. */
import { z } from "zod";
import { isObject, objectAt } from "../../domain/fields.ts";
import type { ResourceDefinition } from "../../domain/resource.ts";
import { everywhere } from "../../domain/resource-body.ts";
import type { Json, JsonObject } from "../../domain/state.ts";
import { answeredFields } from "./answered-fields.ts";

/** `Microsoft.Network.expressRouteCircuits.peerings`. */
export function schemaName({ type }: Pick<ResourceDefinition, "type">): string {
  return type.replaceAll("/", ".");
}

export function schemaRef(name: string): JsonObject {
  return { $ref: `#/components/schemas/${name}` };
}

export const provisioningStates = ["Succeeded", "Updating", "Deleting", "Failed"];

/** Fields that every resource has. */
const envelope = {
  id: { type: "string", readOnly: true },
  name: { type: "string" },
  type: { type: "string", readOnly: true },
  etag: { type: "string", readOnly: true },
} satisfies JsonObject;

const whereTracked = {
  location: { type: "string", description: "A region; it stays." },
  tags: { type: "object", additionalProperties: { type: "string" } },
} satisfies JsonObject;

const always = {
  provisioningState: { type: "string", enum: provisioningStates, readOnly: true },
  causewayError: {
    type: "object",
    description: "Why the resource is Failed.",
    readOnly: true,
  },
} satisfies JsonObject;

export function resourceSchema(definition: ResourceDefinition): JsonObject {
  const accepted = z.toJSONSchema(definition.schema, { io: "input", unrepresentable: "any" });
  // A JSON schema is JSON.
  const { $schema: _, ...body } = accepted as JsonObject;
  const offered = withoutNever(body);
  const secrets = definition.secret ?? [];
  const written = secrets.reduce((all, path) => marked(all, path, { writeOnly: true }), offered);
  const given = [...everywhere.filter((path) => path.includes(".")), ...definition.ignored];
  const shown = given.reduce(
    (all, path) => withMember(all, path.split("."), readOnly),
    filled(definition, written),
  );
  const named = Object.entries(answeredFields[definition.type] ?? {}).reduce(
    (all, [path, schema]) => withMember(all, path.split("."), { ...schema, readOnly: true }),
    withEmbedded(shown, definition),
  );
  const properties = objectAt(named, "properties");
  const inner = objectAt(properties, "properties");
  return {
    ...named,
    properties: {
      ...envelope,
      ...(definition.tracked ? whereTracked : {}),
      ...properties,
      properties: { ...inner, properties: { ...objectAt(inner, "properties"), ...always } },
    },
    required: listOf(named["required"]),
  };
}

const readOnly = { readOnly: true };

/** What the control plane fills in may be left out. */
function filled({ filled: paths = [] }: ResourceDefinition, schema: JsonObject): JsonObject {
  return paths.reduce((all, path) => optional(all, path.split(".")), schema);
}

function optional(schema: JsonObject, [step = "", ...rest]: readonly string[]): JsonObject {
  if (rest.length === 0) {
    return { ...schema, required: listOf(schema["required"]).filter((one) => one !== step) };
  }
  const members = objectAt(schema, "properties");
  const below = optional(objectAt(members, step), rest);
  return { ...schema, properties: { ...members, [step]: below } };
}

/** Children that are written or named inside their parent. */
function withEmbedded(schema: JsonObject, { embedded = [] }: ResourceDefinition): JsonObject {
  return embedded.reduce<JsonObject>((all, { field, type, written }) => {
    const items = schemaRef(schemaName({ type }));
    const list = { type: "array", items, ...(written ? {} : { readOnly: true }) };
    return withMember(all, ["properties", field], list);
  }, schema);
}

/** Without the fields that are only there to be refused with a reason. */
function withoutNever(schema: Json): JsonObject {
  const members = Object.entries(isObject(schema) ? schema : {}).map(([name, member]) => {
    if (name !== "properties" || !isObject(member)) return [name, inside(member)];
    const kept = Object.entries(member).filter(([, one]) => !(isObject(one) && "not" in one));
    return [name, Object.fromEntries(kept.map(([key, one]) => [key, withoutNever(one)]))];
  });
  return Object.fromEntries(members) as JsonObject;
}

function inside(value: Json): Json {
  if (Array.isArray(value)) return value.map((one) => (isObject(one) ? withoutNever(one) : one));
  return isObject(value) ? withoutNever(value) : value;
}

function marked(schema: JsonObject, path: string, mark: JsonObject): JsonObject {
  const steps = path.split(".");
  const held = steps.reduce<JsonObject>(
    (here, step) => objectAt(objectAt(here, "properties"), step),
    schema,
  );
  return Object.keys(held).length === 0 ? schema : withMember(schema, steps, { ...held, ...mark });
}

/** The schema with a member at the path; `*` is any item of a list. */
function withMember(
  schema: JsonObject,
  [step = "", ...rest]: readonly string[],
  member: JsonObject,
): JsonObject {
  if (step === "*") {
    return { ...schema, items: withMember(objectAt(schema, "items"), rest, member) };
  }
  const choices = listOf(schema["anyOf"]);
  if (choices.length > 0) {
    // An object or null: the member is the object's.
    const path = [step, ...rest];
    const mended = choices.map((one) =>
      isObject(one) && one["type"] === "object" ? withMember(one, path, member) : one,
    );
    return { ...schema, anyOf: mended };
  }
  const members = objectAt(schema, "properties");
  const held = members[step];
  if (rest.length === 0) return { ...schema, properties: { ...members, [step]: member } };
  const below = isObject(held) ? held : { type: "object" };
  return {
    ...schema,
    properties: { ...members, [step]: withMember(below, rest, member) },
  };
}

function listOf(value: Json | undefined): Json[] {
  return Array.isArray(value) ? [...value] : [];
}
