/** The published operations and models of both versions, in one shape. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

export const versions = ["2025-05-01", "2026-01-01"] as const;
export type Version = (typeof versions)[number];

export type SpecOperation = {
  readonly group: string;
  readonly operation: string;
  readonly method: string;
  readonly path: string;
};

export type SpecField = {
  readonly type: string;
  readonly readOnly?: boolean;
  readonly required?: boolean;
  readonly enum?: readonly string[];
};

/** Fields by their path on the wire. */
export type SpecModel = Readonly<Record<string, SpecField>>;

export function operationsOf(version: Version): readonly SpecOperation[] {
  const { operations } = read(version, "operations") as { operations: SpecOperation[] };
  return operations;
}

/** `PUT …/expressRouteCircuits/{}`: the same in both versions, whatever the names and the case. */
export function keyOf({ method, path }: Pick<SpecOperation, "method" | "path">): string {
  const short = path
    .replace(/^\/subscriptions\/\{\w+\}\/resourceGroups\/\{\w+\}\/providers\//, "…/")
    .replace(/^\/subscriptions\/\{\w+\}\/providers\//, "//")
    .replaceAll(/\{\w+\}/g, "{}");
  return `${method} ${short}`;
}

/** Members that stand beside `properties` on the wire. */
const beside = new Set(
  "id name type location tags etag sku identity zones kind extendedLocation systemData properties".split(
    " ",
  ),
);

export function modelsOf(version: Version): ReadonlyMap<string, SpecModel> {
  const { about: _, ...models } = read(version, "models") as Record<string, SpecModel>;
  return new Map(
    Object.entries(models).map(([name, fields]) => [
      name,
      isResource(fields) ? onWire(fields) : fields,
    ]),
  );
}

/** The later version shows what stands under `properties` at the top. */
function isResource(fields: SpecModel): boolean {
  return "etag" in fields && "name" in fields;
}

function onWire(fields: SpecModel): SpecModel {
  return Object.fromEntries(
    Object.entries(fields).map(([name, field]) => {
      const isBelow = name.startsWith("properties.") || beside.has(name);
      return [isBelow ? name : `properties.${name}`, field];
    }),
  );
}

function read(version: Version, what: "operations" | "models"): unknown {
  const file = join(import.meta.dirname, `network-${version}.${what}.json`);
  return JSON.parse(readFileSync(file, "utf8"));
}
