/** Arguments of template functions, taken as the kind that a function needs. */
import type { Json } from "../../store/store.ts";
import { TemplateError } from "./expression.ts";

export type Values = readonly Json[];

export function text(args: Values, index: number): string {
  const value = args[index];
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  throw wrong(args, index, "a text");
}

export function integer(args: Values, index: number): number {
  const value = args[index];
  if (typeof value === "number" && Number.isSafeInteger(value)) return value;
  throw wrong(args, index, "a whole number");
}

export function logical(args: Values, index: number): boolean {
  const value = args[index];
  if (typeof value === "boolean") return value;
  throw wrong(args, index, "true or false");
}

export function list(args: Values, index: number): readonly Json[] {
  const value = args[index];
  if (Array.isArray(value)) return value;
  throw wrong(args, index, "a list");
}

function wrong(args: Values, index: number, kind: string): TemplateError {
  const found = JSON.stringify(args[index] ?? null).slice(0, 60);
  return new TemplateError(
    `A function has ${found} as argument ${index + 1}, which must be ${kind}.`,
  );
}
