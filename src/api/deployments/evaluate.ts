/** The value of a template expression: pure functions, and those that ask the deployment around it. */
import { isObject } from "../../domain/fields.ts";
import type { Json, JsonObject } from "../../store/store.ts";
import { type Budget, costOf } from "./budget.ts";
import { type Expression, expressionIn, plainText, TemplateError } from "./expression.ts";
import { pureFunctions } from "./functions.ts";
import { integer, list, logical, text, type Values } from "./values.ts";

/** What an expression may ask of the deployment that it stands in. */
export type Scope = {
  parameter(name: string): Promise<Json>;
  variable(name: string): Promise<Json>;
  /** State of a resource of the template, by name, or of any other, by id. */
  reference(target: string, whole: boolean): Promise<Json>;
  /** What `listKeys` and its like answer of a resource. */
  ask(action: string, target: string): Promise<Json>;
  readonly subscription: JsonObject;
  readonly resourceGroup: JsonObject;
  readonly deployment: JsonObject;
  readonly tenant: JsonObject;
  /** Rounds of the copies around the expression; the nearest has the name "". */
  readonly rounds: ReadonlyMap<string, number>;
  readonly budget: Budget;
};

const sizeMax = 1_000_000;
const membersMax = 10_000;
/** Above what is allowed, for it is no more than a guess. */
const growthMax = 100 * sizeMax;

/** Every text of the value that is an expression, replaced by what it says. */
export async function evaluateAll(value: Json, scope: Scope): Promise<Json> {
  scope.budget.visit();
  if (typeof value === "string") return evaluateText(value, scope);
  if (Array.isArray(value)) {
    const parts: Json[] = [];
    for (const part of value) parts.push(await evaluateAll(part, scope));
    return parts;
  }
  return isObject(value) ? evaluateObject(value, scope) : value;
}

async function evaluateObject(value: JsonObject, scope: Scope): Promise<JsonObject> {
  const members: [string, Json][] = [];
  for (const [name, member] of Object.entries(value)) {
    if (name === "copy" && Array.isArray(member)) {
      for (const copy of member) members.push(await copiedMember(copy, scope));
      continue;
    }
    members.push([String(await evaluateText(name, scope)), await evaluateAll(member, scope)]);
  }
  return Object.fromEntries(members);
}

/** `"copy": [{"name", "count", "input"}]` inside an object: a list of that name. */
async function copiedMember(copy: Json, scope: Scope): Promise<[string, Json]> {
  if (!isObject(copy) || typeof copy["name"] !== "string") {
    throw new TemplateError(
      'A copy must have a name, a count and an input: {"name": …, "count": …, "input": …}.',
    );
  }
  const { name } = copy;
  const count = await countOf(copy, scope);
  const parts: Json[] = [];
  for (let round = 0; round < count; round += 1) {
    const inner = { ...scope, rounds: new Map([...scope.rounds, ["", round], [name, round]]) };
    parts.push(await evaluateAll(copy["input"] ?? null, inner));
  }
  return [name, parts];
}

const countMax = 800;

export async function countOf(copy: JsonObject, scope: Scope): Promise<number> {
  const count = await evaluateAll(copy["count"] ?? null, scope);
  if (typeof count === "number" && Number.isInteger(count) && count >= 0 && count <= countMax)
    return count;
  throw new TemplateError(
    `The copy ${String(copy["name"])} counts ${JSON.stringify(count)}; a count is a whole number 0..${countMax}.`,
  );
}

async function evaluateText(value: string, scope: Scope): Promise<Json> {
  scope.budget.spend(value.length);
  const expression = expressionIn(value);
  return expression === undefined ? plainText(value) : evaluate(expression, scope);
}

export async function evaluate(expression: Expression, scope: Scope): Promise<Json> {
  switch (expression.kind) {
    case "literal":
      return expression.value;
    case "member":
      return memberOf(await evaluate(expression.of, scope), await evaluate(expression.key, scope));
    case "call":
      return scope.budget.take(bounded(await callOf(expression, scope), expression.name));
  }
}

function memberOf(value: Json, key: Json): Json {
  if (Array.isArray(value)) {
    const found = typeof key === "number" ? value[key] : undefined;
    if (found !== undefined) return found;
  }
  const name = String(key).toLowerCase();
  const found = isObject(value)
    ? Object.entries(value).find(([one]) => one.toLowerCase() === name)?.[1]
    : undefined;
  if (found !== undefined) return found;
  const known = isObject(value) ? Object.keys(value).join(", ").slice(0, 200) : "none";
  throw new TemplateError(`There is no member "${String(key)}"; there are: ${known}.`);
}

/** Templates can double a text with every variable: that ends here, not with the memory. */
function bounded(value: Json, name: string): Json {
  const size =
    typeof value === "string"
      ? value.length / sizeMax
      : Array.isArray(value)
        ? value.length / membersMax
        : 0;
  if (size <= 1) return value;
  throw tooLarge(name);
}

function tooLarge(name: string): TemplateError {
  return new TemplateError(
    `The result of ${name}() is too large; a text has at most ${sizeMax} characters, a list ${membersMax} members.`,
  );
}

/** The most that a result can have of characters, where it is more than the arguments have together. */
const growths: Readonly<Record<string, (values: Values) => number>> = {
  format: ([pattern, ...others]) =>
    String(pattern).split("{").length * costOf(others, sizeMax) + lengthOf(pattern),
  join: ([parts, between]) =>
    costOf(parts ?? null, sizeMax) + (Array.isArray(parts) ? parts.length : 0) * lengthOf(between),
  replace: ([from, , to]) => (lengthOf(from) + 1) * (lengthOf(to) + 1),
  string: ([value]) => costOf(value ?? null, sizeMax),
};

function lengthOf(value: Json | undefined): number {
  return typeof value === "string" ? value.length : 0;
}

async function callOf({ name, args }: Expression & { kind: "call" }, scope: Scope): Promise<Json> {
  const word = name.toLowerCase();
  const lazy = own(lazyFunctions, word);
  if (lazy !== undefined) return lazy(args, scope);
  const values: Json[] = [];
  for (const arg of args) values.push(await evaluate(arg, scope));
  const scoped = own(scopedFunctions, word);
  if (scoped !== undefined) return scoped(values, scope);
  if (/^list\w+$/.test(word)) return scope.ask(name, text(values, 0));
  const pure = own(pureFunctions, word);
  const growth = own(growths, word);
  if (growth !== undefined && growth(values) > growthMax) throw tooLarge(name);
  if (pure !== undefined) return pure(values);
  throw new TemplateError(
    `There is no function ${name}(); there are ${[...Object.keys(lazyFunctions), ...Object.keys(scopedFunctions), ...Object.keys(pureFunctions)].sort().join(", ")}.`,
  );
}

/** Not what every object inherits: `constructor` is no function of templates. */
function own<Value>(table: Readonly<Record<string, Value>>, word: string): Value | undefined {
  return Object.hasOwn(table, word) ? table[word] : undefined;
}

type Lazy = (args: readonly Expression[], scope: Scope) => Promise<Json>;

/** They look at an argument only when they need it. */
const lazyFunctions: Readonly<Record<string, Lazy>> = {
  if: async ([condition, yes, no], scope) => {
    const chosen = logical([await needed(condition, scope)], 0) ? yes : no;
    return needed(chosen, scope);
  },
  and: async (args, scope) => {
    for (const arg of args) if (!logical([await needed(arg, scope)], 0)) return false;
    return true;
  },
  or: async (args, scope) => {
    for (const arg of args) if (logical([await needed(arg, scope)], 0)) return true;
    return false;
  },
  coalesce: async (args, scope) => {
    for (const arg of args) {
      const value = await needed(arg, scope);
      if (value !== null) return value;
    }
    return null;
  },
};

async function needed(expression: Expression | undefined, scope: Scope): Promise<Json> {
  if (expression === undefined) throw new TemplateError("A function has too few arguments.");
  return evaluate(expression, scope);
}

type Scoped = (values: Values, scope: Scope) => Json | Promise<Json>;

const scopedFunctions: Readonly<Record<string, Scoped>> = {
  parameters: (values, scope) => scope.parameter(text(values, 0)),
  variables: (values, scope) => scope.variable(text(values, 0)),
  reference: (values, scope) =>
    scope.reference(text(values, 0), String(values[2] ?? "").toLowerCase() === "full"),
  resourceid: (values, { subscription, resourceGroup }) =>
    idOf(values, {
      subscription: String(subscription["subscriptionId"]),
      group: String(resourceGroup["name"]),
    }),
  subscriptionresourceid: (values, { subscription }) =>
    idOf(values, { subscription: String(subscription["subscriptionId"]) }),
  resourcegroup: (_, { resourceGroup }) => resourceGroup,
  subscription: (_, { subscription }) => subscription,
  deployment: (_, { deployment }) => deployment,
  tenant: (_, { tenant }) => tenant,
  copyindex: (values, { rounds }) => {
    const name = typeof values[0] === "string" ? values[0] : "";
    const round = rounds.get(name);
    if (round === undefined)
      throw new TemplateError(`copyIndex('${name}') stands outside such a copy.`);
    const offset = values.at(-1);
    return round + (typeof offset === "number" ? integer(values, values.length - 1) : 0);
  },
};

/** `([subscription], [group], type, name…)`: the type is the first that has a slash. */
function idOf(values: Values, own: { subscription: string; group?: string }): string {
  const at = values.findIndex((value) => String(value).includes("/"));
  const [namespace = "", ...kinds] = String(values[at] ?? "").split("/");
  const names = values.slice(at + 1).map((_, index) => text(values, at + 1 + index));
  if (at < 0 || kinds.length !== names.length) {
    throw new TemplateError(
      `resourceId(${JSON.stringify(list([values], 0)).slice(1, 150)}) has ${names.length} names for ${kinds.length} types; send a name for each.`,
    );
  }
  const before = values.slice(0, at).map(String);
  const group = own.group === undefined ? undefined : (before.at(-1) ?? own.group);
  const subscription =
    (own.group === undefined ? before.at(-1) : before.at(-2)) ?? own.subscription;
  const steps = kinds.map((kind, index) => `${kind}/${names[index]}`).join("/");
  const place = group === undefined ? "" : `/resourceGroups/${group}`;
  return `/subscriptions/${subscription}${place}/providers/${namespace}/${steps}`;
}
