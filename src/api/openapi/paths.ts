/** Templates of the paths of a type: `…/expressRouteCircuits/{expressRouteCircuitName}/peerings/{peeringName}`. */
import type { ResourceDefinition } from "../../domain/resource.ts";
import { types } from "../../domain/types.ts";

const subscription = "/subscriptions/{subscriptionId}";
const group = `${subscription}/resourceGroups/{resourceGroupName}`;

export function itemPath({ type }: Pick<ResourceDefinition, "type">): string {
  if (type === types.resourceGroup) return group;
  const [namespace = "", ...kinds] = type.split("/");
  const steps = kinds.map((kind) => `${kind}/{${nameIn(kind)}}`);
  return `${group}/providers/${namespace}/${steps.join("/")}`;
}

/** Where the type is listed: below its parent, or in a group and in the subscription. */
export function listPaths(definition: Pick<ResourceDefinition, "type">): readonly string[] {
  const { type } = definition;
  if (type === types.resourceGroup) return [`${subscription}/resourceGroups`];
  const inGroup = itemPath(definition).replace(/\/\{\w+\}$/, "");
  return type.split("/").length > 2 ? [inGroup] : [inGroup, `${subscription}/providers/${type}`];
}

export function cataloguePaths({ type }: { type: string }): readonly [string, string] {
  const list = `${subscription}/providers/${type}`;
  return [list, `${list}/{${nameIn(type.split("/").at(-1) ?? "")}}`];
}

/** `expressRouteCircuits` names one by `expressRouteCircuitName`. */
export function nameIn(kind: string): string {
  const one = kind
    .replace(/(ss)es$/, "$1")
    .replace(/ies$/, "y")
    .replace(/([^s])s$/, "$1");
  return `${one.charAt(0).toLowerCase()}${one.slice(1)}Name`;
}
