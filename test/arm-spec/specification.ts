/** The published operations and models of both versions, in one shape. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { itemPath } from "../../src/api/openapi/paths.ts";
import type { ResourceDefinition } from "../../src/domain/resource.ts";

export const versions = ["2025-05-01", "2026-01-01"] as const;
export type Version = (typeof versions)[number];

export type SpecOperation = {
  readonly group: string;
  readonly operation: string;
  readonly method: string;
  readonly path: string;
  /** What may be asked for after the path; with a star what must be. */
  readonly query?: readonly string[];
  readonly body?: string;
  /** What it answers with: the one in one version, the other in the other. */
  readonly result?: string;
  readonly responses?: Readonly<Record<string, string | null>>;
  readonly statuses?: readonly string[];
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
  return published[version].operations;
}

/** `PUT …/expressRouteCircuits/{}`: the same in both versions, whatever the names and the case. */
export function keyOf({ method, path }: Pick<SpecOperation, "method" | "path">): string {
  const short = path
    .replace(/^\/subscriptions\/\{\w+\}\/resourceGroups\/\{\w+\}\/providers\//, "…/")
    .replace(/^\/subscriptions\/\{\w+\}\/providers\//, "//")
    .replaceAll(/\{\w+\}/g, "{}");
  return `${method} ${short}`;
}

export type Model = { readonly name: string; readonly models: ReadonlyMap<string, SpecModel> };

/** The model that the version answers with for a resource of ours. */
export function modelNamed(
  definition: Pick<ResourceDefinition, "type">,
  version: Version,
): Model | undefined {
  const name = resultAt(itemPath(definition), version);
  return name === undefined ? undefined : { name, models: modelsOf(version) };
}

/** What an operation answers with where it went well. */
export function resultOf({ result, responses }: SpecOperation): string | undefined {
  return result ?? responses?.["200"] ?? undefined;
}

export function statusesOf({ statuses, responses = {} }: SpecOperation): readonly string[] {
  return statuses ?? Object.keys(responses);
}

/** The model of what a list at the path holds. */
export function listedAt(path: string, version: Version): Model | undefined {
  const list = resultAt(path, version) ?? "";
  const models = modelsOf(version);
  // The later version has no models of lists.
  const type = models.get(list)?.["value"]?.type ?? list.replace(/ListResult$/, "");
  const name = type.replace("[]", "");
  return models.has(name) ? { name, models } : undefined;
}

/** What a GET of the path answers with. */
function resultAt(path: string, version: Version): string | undefined {
  const key = keyOf({ method: "GET", path }).toLowerCase();
  const found = operationsOf(version).find((one) => keyOf(one).toLowerCase() === key);
  return found === undefined ? undefined : resultOf(found);
}

/** Members that stand beside `properties` on the wire. */
const beside = new Set(
  "id name type location tags etag sku identity zones kind extendedLocation systemData properties".split(
    " ",
  ),
);

export function modelsOf(version: Version): ReadonlyMap<string, SpecModel> {
  return published[version].models;
}

function readModels(version: Version): ReadonlyMap<string, SpecModel> {
  const { about: _, ...models } = read(version, "models") as Record<string, SpecModel>;
  return new Map(
    Object.entries(models).map(([name, fields]) => [
      name,
      isResource(fields) ? onWire(name, unfolded(fields, models)) : fields,
    ]),
  );
}

/** Where the later version has another name than the wire. */
const wireNames: Readonly<Record<string, string>> = {
  "VirtualNetworkGateway.active": "properties.activeActive",
  "VirtualNetworkGateway.sku": "properties.sku",
  "VirtualHub.sku": "properties.sku",
  "VirtualHub.virtualHubRouteTableV2S": "properties.virtualHubRouteTableV2s",
  "VirtualWAN.typePropertiesType": "properties.type",
};

/** The later version shows what stands under `properties` at the top. */
function isResource(fields: SpecModel): boolean {
  return "name" in fields && ("etag" in fields || "provisioningState" in fields);
}

/** Newer types name what stands under `properties` as a model of its own. */
function unfolded(fields: SpecModel, models: Readonly<Record<string, SpecModel>>): SpecModel {
  const { properties, ...others } = fields;
  const inner = properties && models[properties.type];
  if (inner === undefined) return fields;
  const under = Object.entries(inner).map(([name, field]) => [`properties.${name}`, field]);
  return { ...others, ...Object.fromEntries(under) };
}

function onWire(model: string, fields: SpecModel): SpecModel {
  return Object.fromEntries(
    Object.entries(fields).map(([name, field]) => {
      const isThere = name.startsWith("properties.") || beside.has(name);
      return [wireNames[`${model}.${name}`] ?? (isThere ? name : `properties.${name}`), field];
    }),
  );
}

function read(version: Version, what: "operations" | "models"): unknown {
  const file = join(import.meta.dirname, `network-${version}.${what}.json`);
  return JSON.parse(readFileSync(file, "utf8"));
}

function readVersion(version: Version) {
  const { operations } = read(version, "operations") as { operations: readonly SpecOperation[] };
  return { operations, models: readModels(version) };
}

/** Read once: every definition is held against both. */
const published = {
  "2025-05-01": readVersion("2025-05-01"),
  "2026-01-01": readVersion("2026-01-01"),
};
