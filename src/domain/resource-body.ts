import type { z } from "zod";
import { type ArmError, invalidField, reasonsMax, requiredField, unknownField } from "./errors.ts";
import { isObject } from "./fields.ts";
import type { Json, JsonObject } from "./state.ts";

type BodyShape = {
  readonly schema: z.ZodType;
  readonly ignored: readonly string[];
  readonly kept?: readonly string[];
  readonly secret?: readonly string[];
  readonly standIns?: Readonly<Record<string, Json>>;
};

/** A body, and what of it is refused: then it holds stand-ins, for the other rules to be asked. */
export type ParsedBody = {
  readonly body?: JsonObject;
  readonly refusals: readonly ArmError[];
};

/** Fields of every resource that are read from the path, or that clients add to what they got. */
export const everywhere = [
  "id",
  "name",
  "type",
  "etag",
  "location",
  "tags",
  "resourceGroup",
  "systemData",
  "apiVersion",
  "kind",
  "properties.provisioningState",
  "properties.causewayError",
  "properties.resourceGuid",
];

/**
 * From what a client sent to a body of the type. Clients send back what they read, and null, "" for
 * "not set": that is taken out first. A field that the type does not have is refused with its path.
 */
export function parseBody(
  shape: BodyShape,
  normalise: (cleaned: JsonObject) => JsonObject,
  raw: JsonObject,
): ParsedBody {
  const ignored = new Set([...everywhere, ...shape.ignored]);
  const kept = new Set(shape.kept);
  const cleaned = clean(raw, "", { ignored, kept });
  const value = normalise(isObject(cleaned) ? cleaned : {});
  const result = shape.schema.safeParse(value);
  // What a schema accepts is JSON, for it read JSON.
  if (result.success) return { body: result.data as JsonObject, refusals: [] };
  const issues = result.error.issues.slice(0, reasonsMax + 1);
  const refusals = issues.flatMap((issue) => refusalsOf(issue, value, shape));
  const mended = shape.schema.safeParse(
    issues.reduce((body, issue) => mend(body, issue, shape), value),
  );
  return mended.success ? { body: mended.data as JsonObject, refusals } : { refusals };
}

/** Whether a rule's finding is about a field that was refused already, and so about a stand-in. */
export function isAboutRefused(error: ArmError, refused: readonly ArmError[]): boolean {
  const within = (one: string, other: string) => one === other || one.startsWith(`${other}.`);
  return refused.some(({ target = "" }) => {
    const found = error.target ?? "";
    return within(found, target) || within(target, found);
  });
}

/** The body without what the issue is about, or with a value in its place that offends no rule. */
function mend(body: JsonObject, issue: z.core.$ZodIssue, { standIns = {} }: BodyShape): JsonObject {
  if (issue.code === "unrecognized_keys") {
    return withoutKeys(body, issue.path, new Set(issue.keys));
  }
  return replaceAt(body, issue.path, standIns[targetOf(issue.path)]);
}

/** All at once: a body can have a hundred thousand of them. */
function withoutKeys(
  body: JsonObject,
  path: readonly PropertyKey[],
  keys: ReadonlySet<string>,
): JsonObject {
  const [step, ...rest] = path;
  if (step === undefined) {
    return Object.fromEntries(Object.entries(body).filter(([name]) => !keys.has(name)));
  }
  const held = typeof step === "string" ? body[step] : undefined;
  if (typeof step !== "string" || !isObject(held)) return body;
  return { ...body, [step]: withoutKeys(held, rest, keys) };
}

function replaceAt(
  body: JsonObject,
  path: readonly PropertyKey[],
  value: Json | undefined,
): JsonObject {
  const [step, ...rest] = path;
  if (typeof step !== "string") return body;
  const { [step]: held, ...others } = body;
  if (rest.length > 0) return { ...others, [step]: replaceWithin(held, rest, value) };
  return value === undefined ? others : { ...others, [step]: value };
}

/** An item keeps its place in its list: what is said of the others goes by it. */
function replaceWithin(
  held: Json | undefined,
  path: readonly PropertyKey[],
  value: Json | undefined,
): Json {
  const [step, ...rest] = path;
  if (!Array.isArray(held)) return replaceAt(isObject(held) ? held : {}, path, value);
  if (rest.length === 0) return held;
  return held.map((item: Json, index) =>
    index === step ? replaceWithin(item, rest, value) : item,
  );
}

function clean(
  value: Json,
  path: string,
  rules: { ignored: ReadonlySet<string>; kept: ReadonlySet<string> },
): Json {
  if (Array.isArray(value)) {
    return value.filter((item) => item !== null).map((item) => clean(item, `${path}.*`, rules));
  }
  if (!isObject(value)) return value;
  const members: Record<string, Json> = {};
  for (const [name, member] of Object.entries(value)) {
    const here = path === "" ? name : `${path}.${name}`;
    if (rules.ignored.has(here)) continue;
    if ((member === null || member === "") && !rules.kept.has(here)) continue;
    Object.defineProperty(members, name, {
      value: clean(member, here, rules),
      enumerable: true,
      writable: true,
      configurable: true,
    });
  }
  return members;
}

function refusalsOf(
  issue: z.core.$ZodIssue,
  value: JsonObject,
  shape: BodyShape,
): readonly ArmError[] {
  const target = targetOf(issue.path);
  if (issue.code === "unrecognized_keys") {
    return issue.keys
      .slice(0, reasonsMax + 1)
      .map((key) => unknownField(target === "" ? key : `${target}.${key}`, []));
  }
  const found = issue.path.reduce<unknown>(
    (here, step) =>
      typeof here === "object" && here !== null ? Reflect.get(here, step) : undefined,
    value,
  );
  const passes = /^(must|can) /.test(issue.message) ? issue.message : `must be: ${issue.message}`;
  if (found === undefined) return [requiredField(target, passes)];
  const secret = shape.secret?.includes(target) ?? false;
  return [invalidField(target, secret ? "•••" : found, passes)];
}

function targetOf(path: readonly PropertyKey[]): string {
  return path
    .map((step, index) =>
      typeof step === "number" ? `[${step}]` : `${index === 0 ? "" : "."}${String(step)}`,
    )
    .join("");
}
