/** Reads of stored JSON whose shape the API's schemas have accepted already. */
import type { Json, JsonObject } from "../store/store.ts";

export function field(value: Json | undefined, ...path: readonly string[]): Json | undefined {
  return path.reduce<Json | undefined>(
    (inner, name) => (isObject(inner) ? inner[name] : undefined),
    value,
  );
}

export function textField(value: Json | undefined, ...path: readonly string[]): string | undefined {
  const found = field(value, ...path);
  return typeof found === "string" && found !== "" ? found : undefined;
}

export function numberField(
  value: Json | undefined,
  ...path: readonly string[]
): number | undefined {
  const found = field(value, ...path);
  return typeof found === "number" ? found : undefined;
}

export function listField(value: Json | undefined, ...path: readonly string[]): readonly Json[] {
  const found = field(value, ...path);
  return Array.isArray(found) ? found : [];
}

export function textsField(value: Json | undefined, ...path: readonly string[]): readonly string[] {
  return listField(value, ...path).filter((item) => typeof item === "string");
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
