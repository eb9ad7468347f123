/** Functions of template expressions that need nothing but their arguments. */
import { createHash } from "node:crypto";
import { isObject, sameJson } from "../../domain/fields.ts";
import type { Json } from "../../store/store.ts";
import { TemplateError } from "./expression.ts";
import { integer, list, logical, text, type Values } from "./values.ts";

type PureFunction = (args: Values) => Json;

/** By their names in lower case, for the language does not mind the case. */
export const pureFunctions: Readonly<Record<string, PureFunction>> = {
  concat: (args) =>
    args.every((arg) => Array.isArray(arg))
      ? args.flatMap((_, index) => list(args, index))
      : args.map((_, index) => text(args, index)).join(""),
  format: (args) =>
    text(args, 0).replace(/\{(\d+)(?::[^}]*)?\}/g, (_, index) => text(args, Number(index) + 1)),
  string: (args) => (typeof args[0] === "string" ? args[0] : JSON.stringify(args[0] ?? null)),
  int: (args) => Math.trunc(Number(args[0])),
  bool: (args) => ["true", "1"].includes(String(args[0]).toLowerCase()),
  json: (args) => parsed(text(args, 0)),
  tolower: (args) => text(args, 0).toLowerCase(),
  toupper: (args) => text(args, 0).toUpperCase(),
  trim: (args) => text(args, 0).trim(),
  startswith: (args) => text(args, 0).toLowerCase().startsWith(text(args, 1).toLowerCase()),
  endswith: (args) => text(args, 0).toLowerCase().endsWith(text(args, 1).toLowerCase()),
  indexof: (args) => text(args, 0).toLowerCase().indexOf(text(args, 1).toLowerCase()),
  lastindexof: (args) => text(args, 0).toLowerCase().lastIndexOf(text(args, 1).toLowerCase()),
  substring: (args) => {
    const from = integer(args, 1);
    return text(args, 0).slice(from, args[2] === undefined ? undefined : from + integer(args, 2));
  },
  replace: (args) => text(args, 0).replaceAll(text(args, 1), text(args, 2)),
  padleft: (args) =>
    text(args, 0).padStart(bounded(integer(args, 1)), args[2] === undefined ? " " : text(args, 2)),
  split: (args) => {
    const marks = Array.isArray(args[1]) ? args[1].map(String) : [text(args, 1)];
    return marks.reduce<string[]>(
      (parts, mark) => parts.flatMap((part) => part.split(mark)),
      [text(args, 0)],
    );
  },
  join: (args) => list(args, 0).map(String).join(text(args, 1)),
  guid: (args) => guidOf(args.map(String).join("-")),
  uniquestring: (args) => letters(digest(args.map(String).join("-"))).slice(0, 13),
  base64: (args) => Buffer.from(text(args, 0)).toString("base64"),
  base64tostring: (args) => Buffer.from(text(args, 0), "base64").toString("utf8"),
  base64tojson: (args) => parsed(Buffer.from(text(args, 0), "base64").toString("utf8")),
  uri: (args) => new URL(text(args, 1), text(args, 0)).href,
  uricomponent: (args) => encodeURIComponent(text(args, 0)),

  add: (args) => integer(args, 0) + integer(args, 1),
  sub: (args) => integer(args, 0) - integer(args, 1),
  mul: (args) => integer(args, 0) * integer(args, 1),
  div: (args) => Math.trunc(integer(args, 0) / divisor(args)),
  mod: (args) => integer(args, 0) % divisor(args),
  min: (args) => Math.min(...numbers(args)),
  max: (args) => Math.max(...numbers(args)),
  range: (args) =>
    Array.from({ length: bounded(integer(args, 1)) }, (_, at) => integer(args, 0) + at),

  equals: (args) => sameJson(args[0] ?? null, args[1] ?? null),
  less: (args) => compare(args) < 0,
  lessorequals: (args) => compare(args) <= 0,
  greater: (args) => compare(args) > 0,
  greaterorequals: (args) => compare(args) >= 0,
  not: (args) => !logical(args, 0),
  true: () => true,
  false: () => false,
  null: () => null,

  array: (args) => (Array.isArray(args[0]) ? args[0] : [args[0] ?? null]),
  createarray: (args) => args,
  createobject: (args) =>
    Object.fromEntries(
      args.flatMap((_, index) =>
        index % 2 === 0 ? [[text(args, index), args[index + 1] ?? null]] : [],
      ),
    ),
  length: (args) => sizeOf(args[0]),
  empty: (args) => args[0] === null || sizeOf(args[0]) === 0,
  first: (args) => partsOf(args[0])[0] ?? null,
  last: (args) => partsOf(args[0]).at(-1) ?? null,
  take: (args) => piece(args[0], (parts) => parts.slice(0, Math.max(0, integer(args, 1)))),
  skip: (args) => piece(args[0], (parts) => parts.slice(Math.max(0, integer(args, 1)))),
  contains: (args) => contains(args),
  union: (args) =>
    args.every(isObject)
      ? Object.assign({}, ...args)
      : unique(args.flatMap((_, index) => list(args, index))),
  intersection: (args) => {
    const others = args.slice(1).map((_, index) => new Set(list(args, index + 1).map(keyOf)));
    return unique(list(args, 0)).filter((one) => others.every((other) => other.has(keyOf(one))));
  },
  items: (args) =>
    isObject(args[0]) ? Object.entries(args[0]).map(([key, value]) => ({ key, value })) : [],
};

const rangeMax = 10_000;

function bounded(count: number): number {
  if (count >= 0 && count <= rangeMax) return count;
  throw new TemplateError(`A function counts ${count}; send 0..${rangeMax}.`);
}

function divisor(args: Values): number {
  const value = integer(args, 1);
  if (value !== 0) return value;
  throw new TemplateError("An expression divides by 0.");
}

function numbers(args: Values): readonly number[] {
  const all = Array.isArray(args[0]) ? list(args, 0) : args;
  return all.map((_, index) => integer(all, index));
}

function parsed(source: string): Json {
  try {
    return JSON.parse(source) as Json;
  } catch {
    throw new TemplateError(
      `"${source.slice(0, 50)}" is not JSON, and json() or base64ToJson() asks for it.`,
    );
  }
}

function compare(args: Values): number {
  const [one, other] = args;
  if (typeof one === "number" && typeof other === "number") return one - other;
  return text(args, 0) < text(args, 1) ? -1 : Number(text(args, 0) > text(args, 1));
}

function sizeOf(value: Json | undefined): number {
  return isObject(value) ? Object.keys(value).length : partsOf(value).length;
}

function partsOf(value: Json | undefined): readonly Json[] {
  if (Array.isArray(value)) return value;
  return typeof value === "string" ? [...value] : [];
}

function piece(value: Json | undefined, cut: (parts: readonly Json[]) => readonly Json[]): Json {
  const parts = cut(partsOf(value));
  return typeof value === "string" ? parts.join("") : parts;
}

function contains([where, what]: Values): boolean {
  if (typeof where === "string") return where.toLowerCase().includes(String(what).toLowerCase());
  if (Array.isArray(where)) return where.some((one) => sameJson(one, what ?? null));
  const name = String(what).toLowerCase();
  return isObject(where) && Object.keys(where).some((key) => key.toLowerCase() === name);
}

function unique(values: readonly Json[]): readonly Json[] {
  return [...new Map(values.map((value) => [keyOf(value), value])).values()];
}

function keyOf(value: Json): string {
  return JSON.stringify(value);
}

function digest(source: string): Buffer {
  return createHash("sha256").update(source).digest();
}

/** The same text gives the same id; another than the original's, whose way is not published. */
function guidOf(source: string): string {
  const hex = digest(source).toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

function letters(bytes: Buffer): string {
  return [...bytes].map((byte) => "abcdefghijklmnopqrstuvwxyz234567"[byte % 32]).join("");
}
