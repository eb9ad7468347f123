import type { Json, JsonObject } from "./state.ts";

/** Reading JSON by path: what is not there, or is something else, is undefined. */
export function at(value: Json | undefined, path: string): Json | undefined {
  let here = value;
  for (const name of path.split(".")) here = isObject(here) ? here[name] : undefined;
  return here;
}

export function textAt(value: Json | undefined, path: string): string | undefined {
  const found = at(value, path);
  return typeof found === "string" ? found : undefined;
}

export function numberAt(value: Json | undefined, path: string): number | undefined {
  const found = at(value, path);
  return typeof found === "number" ? found : undefined;
}

export function listAt(value: Json | undefined, path: string): readonly Json[] {
  const found = at(value, path);
  return Array.isArray(found) ? found : [];
}

export function textsAt(value: Json | undefined, path: string): readonly string[] {
  return listAt(value, path).filter((item) => typeof item === "string");
}

export function objectAt(value: Json | undefined, path: string): JsonObject {
  return objectOf(at(value, path));
}

export function objectOf(value: Json | undefined): JsonObject {
  return isObject(value) ? value : {};
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The object without the members that are undefined. */
export function defined(members: Readonly<Record<string, Json | undefined>>): JsonObject {
  const present: Record<string, Json> = {};
  for (const [name, value] of Object.entries(members)) {
    if (value !== undefined) present[name] = value;
  }
  return present;
}

/** Equal as JSON values: the order of members is of no account. */
export function sameJson(one: Json | undefined, other: Json | undefined): boolean {
  return canonical(one) === canonical(other);
}

function canonical(value: Json | undefined): string | undefined {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

export function sameId(one: string | undefined, other: string | undefined): boolean {
  return one !== undefined && one.toLowerCase() === other?.toLowerCase();
}
