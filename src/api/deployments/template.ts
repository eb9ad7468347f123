/** A deployment's template, read: parameters, variables, and resources with what they wait for. */
import { isObject } from "../../domain/fields.ts";
import type { Json, JsonObject } from "../../store/store.ts";
import { countOf, evaluateAll, type Scope } from "./evaluate.ts";
import { TemplateError } from "./expression.ts";

/** One resource of the template, its copies unfolded and its children apart from it. */
export type Part = {
  readonly type: string;
  readonly name: string;
  readonly apiVersion: string;
  /** Name in a template that names its resources. */
  readonly symbol?: string;
  /** Name of the copy that it came out of. */
  readonly copy?: string;
  /** Ids, names and symbols, as the template says them. */
  readonly dependsOn: readonly string[];
  /** Never written: it exists by itself, or its condition does not hold. */
  readonly idle: boolean;
  readonly body: JsonObject;
  readonly rounds: ReadonlyMap<string, number>;
};

export function textOf(value: Json | undefined, what: string): string {
  if (typeof value === "string" && value !== "") return value;
  throw new TemplateError(`${what} is missing: it must be a text.`);
}

/** As the original has it, of parameters and of variables. */
const namesMax = 256;

const secureTypes = ["securestring", "secureobject"];

export function isSecure(declared: Json | undefined): boolean {
  return isObject(declared) && secureTypes.includes(String(declared["type"]).toLowerCase());
}

/** The value of each parameter: what was sent, or else its default. All that is wrong is said at once. */
export function parameterProblems(template: JsonObject, sent: JsonObject): readonly string[] {
  const declared = isObject(template["parameters"]) ? template["parameters"] : {};
  const tooMany = ["parameters", "variables"].filter((word) => {
    const named = template[word];
    return isObject(named) && Object.keys(named).length > namesMax;
  });
  if (tooMany.length > 0) {
    return tooMany.map((word) => `The template has more than ${namesMax} ${word}; send fewer.`);
  }
  const unknown = Object.keys(sent).filter((name) => nameIn(declared, name) === undefined);
  const problems = unknown.map(
    (name) =>
      `The parameter ${name} is not in the template; it has ${Object.keys(declared).join(", ") || "none"}.`,
  );
  for (const [name, one] of Object.entries(declared)) {
    const value = valueSent(sent, name);
    if (value === undefined) {
      if (isObject(one) && one["defaultValue"] !== undefined) continue;
      problems.push(`The parameter ${name} has no value: send one, for it has no default.`);
    } else if (isObject(one)) problems.push(...valueProblems(name, value, one));
  }
  return problems;
}

function valueProblems(name: string, value: Json, declared: JsonObject): readonly string[] {
  const shown = isSecure(declared) ? "•••" : JSON.stringify(value).slice(0, 100);
  const type = String(declared["type"]).toLowerCase();
  const fits = typeChecks[type];
  if (fits === undefined)
    return [
      `The parameter ${name} has the unknown type ${type}; use ${Object.keys(typeChecks).join(", ")}.`,
    ];
  if (!fits(value)) return [`The parameter ${name} is ${shown} and must be of type ${type}.`];
  const allowed = declared["allowedValues"];
  if (
    Array.isArray(allowed) &&
    !allowed.some((one) => JSON.stringify(one) === JSON.stringify(value))
  )
    return [`The parameter ${name} is ${shown}; send one of ${allowed.map(String).join(", ")}.`];
  return boundProblems(name, value, declared);
}

function boundProblems(name: string, value: Json, declared: JsonObject): readonly string[] {
  const size = typeof value === "string" || Array.isArray(value) ? value.length : undefined;
  const bounds = [
    ["minLength", size, (a: number, b: number) => a >= b],
    ["maxLength", size, (a: number, b: number) => a <= b],
    ["minValue", value, (a: number, b: number) => a >= b],
    ["maxValue", value, (a: number, b: number) => a <= b],
  ] as const;
  return bounds.flatMap(([word, found, holds]) => {
    const bound = declared[word];
    if (typeof bound !== "number" || typeof found !== "number" || holds(found, bound)) return [];
    return [`The parameter ${name} breaks its ${word} of ${bound}.`];
  });
}

const typeChecks: Readonly<Record<string, (value: Json) => boolean>> = {
  string: (value) => typeof value === "string",
  securestring: (value) => typeof value === "string",
  int: (value) => typeof value === "number" && Number.isInteger(value),
  bool: (value) => typeof value === "boolean",
  array: (value) => Array.isArray(value),
  object: (value) => isObject(value),
  secureobject: (value) => isObject(value),
};

/** The name as the object spells it. */
export function nameIn(object: JsonObject, name: string): string | undefined {
  return Object.keys(object).find((one) => one.toLowerCase() === name.toLowerCase());
}

export function valueSent(sent: JsonObject, name: string): Json | undefined {
  const found = sent[nameIn(sent, name) ?? ""];
  return isObject(found) ? found["value"] : undefined;
}

/** Every resource of the template. */
export async function partsOf(template: JsonObject, scope: Scope): Promise<readonly Part[]> {
  const listed = template["resources"];
  const entries: [string | undefined, Json][] = Array.isArray(listed)
    ? listed.map((one) => [undefined, one])
    : Object.entries(isObject(listed) ? listed : {});
  const parts: Part[] = [];
  for (const [symbol, resource] of entries) {
    if (!isObject(resource))
      throw new TemplateError("A resource of the template must be an object.");
    parts.push(
      ...(await unfolded(resource, { scope, ...(symbol === undefined ? {} : { symbol }) })),
    );
  }
  return parts;
}

type Around = { readonly scope: Scope; readonly symbol?: string; readonly parent?: Part };

async function unfolded(resource: JsonObject, around: Around): Promise<readonly Part[]> {
  const copy = resource["copy"];
  if (!isObject(copy)) return withChildren(resource, around);
  const name = textOf(copy["name"], "The name of a copy");
  const parts: Part[] = [];
  const count = await countOf(copy, around.scope);
  for (let round = 0; round < count; round += 1) {
    const rounds = new Map([...around.scope.rounds, ["", round], [name, round]] as const);
    const made = await withChildren(resource, { ...around, scope: { ...around.scope, rounds } });
    parts.push(...made.map((part) => ({ ...part, copy: name })));
  }
  return parts;
}

async function withChildren(resource: JsonObject, around: Around): Promise<readonly Part[]> {
  const { scope, parent, symbol } = around;
  scope.budget.part();
  const wanted = (await evaluateAll(resource["condition"] ?? true, scope)) !== false;
  const head = async (field: string) =>
    textOf(await evaluateAll(resource[field] ?? "", scope), `The ${field} of a resource`);
  const own = { type: await head("type"), name: await head("name") };
  const nested = parent !== undefined && !own.type.includes(".");
  const dependsOn = await evaluateAll(resource["dependsOn"] ?? [], scope);
  const part: Part = {
    type: nested ? `${parent.type}/${own.type}` : own.type,
    name: nested ? `${parent.name}/${own.name}` : own.name,
    apiVersion: await head("apiVersion"),
    ...(symbol === undefined ? {} : { symbol }),
    dependsOn: [
      ...(Array.isArray(dependsOn) ? dependsOn.map(String) : []),
      ...(parent === undefined ? [] : [parent.name]),
    ],
    idle: resource["existing"] === true || !wanted,
    body: bodyOf(resource),
    rounds: scope.rounds,
  };
  const parts = [part];
  const children = resource["resources"];
  for (const child of Array.isArray(children) ? children : []) {
    if (isObject(child)) parts.push(...(await unfolded(child, { scope, parent: part })));
  }
  return parts;
}

/** Of the template's own, and no part of what is asked of the resource. */
const ownWords = new Set(
  "type name apiVersion dependsOn copy condition resources comments existing scope".split(" "),
);

function bodyOf(resource: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(resource).filter(([name]) => !ownWords.has(name)));
}

/** The id of a part: types and names interleaved. */
export function idOfPart({ type, name }: Part, group: string): string {
  const [namespace = "", ...kinds] = type.split("/");
  const names = name.split("/");
  if (kinds.length === 0 || kinds.length !== names.length) {
    throw new TemplateError(
      `The resource ${type} is named "${name}"; its name must have ${kinds.length} parts, one for each type.`,
    );
  }
  return `${group}/providers/${namespace}/${kinds.map((kind, index) => `${kind}/${names[index]}`).join("/")}`;
}
