/** From the path of a request to what it names. Case does not count, nor do repeated slashes. */
import { type CatalogueDefinition, catalogue } from "../domain/catalogue.ts";
import { ArmError, notFound } from "../domain/errors.ts";
import { definitionOf, definitions } from "../domain/registry.ts";
import type { ResourceDefinition } from "../domain/resource.ts";
import { resourceId } from "../domain/resource-id.ts";

export type Target =
  | { readonly kind: "subscriptions" | "tenants" }
  | { readonly kind: "operations"; readonly namespace: string }
  | { readonly kind: "metrics" }
  | { readonly kind: "causeway"; readonly name: string; readonly item?: string }
  | RoleTarget
  | (InSubscription &
      (
        | { readonly kind: "subscription" | "locations" | "groups" | "activity" }
        | { readonly kind: "group"; readonly name: string; readonly tags?: true }
        | { readonly kind: "resources"; readonly resourceGroup?: string }
        | { readonly kind: "namespace"; readonly name?: string; readonly register: boolean }
        | { readonly kind: "operation"; readonly id: string; readonly result: boolean }
        | {
            readonly kind: "catalogue";
            readonly definition: CatalogueDefinition;
            readonly name?: string;
          }
        | AbsentTarget
        | { readonly kind: "domainName"; readonly location: string }
        | CollectionTarget
        | ResourceTarget
        | (DeploymentTarget & { readonly kind: "deployment" })
      ));

/** A deployment of a resource group, or all of them. */
export type DeploymentTarget = InSubscription & {
  readonly resourceGroup: string;
  readonly name?: string;
  readonly rest: readonly string[];
};

type InSubscription = { readonly subscriptionId: string };

export type RoleTarget = {
  readonly kind: "roles";
  readonly what: "roleAssignments" | "roleDefinitions";
  /** `/`, a subscription, a resource group or a resource. */
  readonly scope: string;
  readonly subscriptionId?: string;
  readonly name?: string;
};

/** Addresses of something of another provider of resources, of which there is none here. */
export type AbsentTarget = InSubscription & {
  readonly kind: "absent";
  readonly resourceGroup: string;
  readonly type: string;
  readonly name: string;
};

export type CollectionTarget = InSubscription & {
  readonly kind: "collection";
  readonly definition: ResourceDefinition;
  readonly resourceGroup?: string;
  readonly parentId?: string;
};

export type ResourceTarget = InSubscription & {
  readonly kind: "resource";
  readonly definition: ResourceDefinition;
  readonly resourceGroup: string;
  readonly names: readonly string[];
  /** What follows the resource: an action or a view. */
  readonly rest: readonly string[];
};

/** What stands below whatever has tags. */
export const tagsPath = "providers/Microsoft.Resources/tags/default";

export function parsePath(path: string): Target {
  return parseRolePath(path) ?? parsePlainPath(path);
}

/** Undefined where the path names nothing. */
export function targetOf(path: string): Target | undefined {
  try {
    return parsePath(path);
  } catch (error) {
    if (error instanceof ArmError) return undefined;
    throw error;
  }
}

/** Rights hang below whatever they are about. */
function parseRolePath(path: string): RoleTarget | undefined {
  const [, above = "", kind, name] =
    /^(.*)\/providers\/microsoft\.authorization\/(roleassignments|roledefinitions)(?:\/([^/]+))?$/i.exec(
      path,
    ) ?? [];
  if (kind === undefined) return undefined;
  const what = kind.toLowerCase() === "roleassignments" ? "roleAssignments" : "roleDefinitions";
  const scope = `/${segmentsOf(above).join("/")}`;
  const named = name === undefined ? {} : { name: segmentsOf(name).join("") };
  if (scope === "/") return { kind: "roles", what, scope, ...named };
  const place = parsePlainPath(above);
  if (
    place.kind === "subscription" ||
    place.kind === "group" ||
    (place.kind === "resource" && place.rest.length === 0)
  ) {
    return { kind: "roles", what, scope, subscriptionId: place.subscriptionId, ...named };
  }
  throw unknownPath(path);
}

function parsePlainPath(path: string): Target {
  const segments = segmentsOf(path);
  const [first, subscriptionId, ...rest] = segments;
  if (first?.toLowerCase() === "metrics" && segments.length === 1) return { kind: "metrics" };
  if (first?.toLowerCase() === "causeway" && (segments.length === 2 || segments.length === 3)) {
    const [, name = "", item] = segments;
    return { kind: "causeway", name: name.toLowerCase(), ...(item === undefined ? {} : { item }) };
  }
  if (first?.toLowerCase() === "tenants" && segments.length === 1) return { kind: "tenants" };
  const [, namespace = "", last] = segments;
  const above = `${first}/${last}`.toLowerCase();
  if (above === "providers/operations" && segments.length === 3) {
    return { kind: "operations", namespace };
  }
  if (first?.toLowerCase() !== "subscriptions") throw unknownPath(path);
  if (subscriptionId === undefined) return { kind: "subscriptions" };
  return inSubscription(subscriptionId, rest, path);
}

function segmentsOf(path: string): readonly string[] {
  try {
    return path
      .split("/")
      .filter((segment) => segment !== "")
      .map(decodeURIComponent);
  } catch {
    throw unknownPath(path);
  }
}

function inSubscription(subscriptionId: string, rest: readonly string[], path: string): Target {
  const [head, name, ...tail] = rest;
  switch (head?.toLowerCase()) {
    case undefined:
      return { kind: "subscription", subscriptionId };
    case "locations":
      if (name === undefined) return { kind: "locations", subscriptionId };
      break;
    case "resources":
      if (name === undefined) return { kind: "resources", subscriptionId };
      break;
    case "operationresults":
      if (name !== undefined && tail.length === 0) {
        return { kind: "operation", subscriptionId, id: name, result: true };
      }
      break;
    case "resourcegroups":
      return inGroups(subscriptionId, { name, tail }, path);
    case "providers":
      return inProviders(subscriptionId, rest.slice(1), path);
  }
  throw unknownPath(path);
}

function inGroups(
  subscriptionId: string,
  { name, tail }: { name: string | undefined; tail: readonly string[] },
  path: string,
): Target {
  if (name === undefined) return { kind: "groups", subscriptionId };
  const [head, namespace, ...kinds] = tail;
  if (head === undefined) return { kind: "group", subscriptionId, name };
  const place = { subscriptionId, resourceGroup: name };
  if (head.toLowerCase() === "resources" && namespace === undefined) {
    return { kind: "resources", ...place };
  }
  if (head.toLowerCase() !== "providers" || namespace === undefined) throw unknownPath(path);
  if (`${namespace}/${kinds[0]}`.toLowerCase() === "microsoft.resources/deployments") {
    const [, deployment, ...more] = kinds;
    const named = deployment === undefined ? {} : { name: deployment };
    return { kind: "deployment", ...place, ...named, rest: more };
  }
  if (tail.join("/").toLowerCase() === tagsPath.toLowerCase()) {
    return { kind: "group", subscriptionId, name, tags: true };
  }
  return inNamespace(place, [namespace, ...kinds], path);
}

/** `{namespace}/{type}/{name}/{type}/{name}…`: the longest known type, and what follows it. */
function inNamespace(
  place: { subscriptionId: string; resourceGroup: string },
  [namespace = "", ...steps]: readonly string[],
  path: string,
): Target {
  for (let depth = Math.ceil(steps.length / 2); depth > 0; depth -= 1) {
    const kinds = steps.filter((_, index) => index % 2 === 0).slice(0, depth);
    const definition = definitionNamed([namespace, ...kinds].join("/"));
    if (definition === undefined) continue;
    const names = steps.filter((_, index) => index % 2 === 1).slice(0, depth);
    if (names.length === depth) {
      return { kind: "resource", definition, ...place, names, rest: steps.slice(2 * depth) };
    }
    const type = definition.type.split("/").slice(0, -1).join("/");
    const parent = depth === 1 ? {} : { parentId: resourceId({ ...place, type, names }) };
    return { kind: "collection", definition, ...place, ...parent };
  }
  const [kind = "", name = ""] = steps;
  if (absentAddresses.test([namespace, ...steps].join("/"))) {
    return { kind: "absent", ...place, type: `${namespace}/${kind}`, name };
  }
  throw unknownPath(path);
}

/** The public addresses of all instances, of one, and one of these: the published paths, and no others. */
const absentAddresses = (() => {
  const machines = "(roleinstances|virtualmachines)/[^/]+/networkinterfaces/[^/]+";
  const ofInstance = `${machines}/ipconfigurations/[^/]+/publicipaddresses(/[^/]+)?`;
  const owners = "microsoft\\.compute/(cloudservices|virtualmachinescalesets)/[^/]+";
  return new RegExp(`^${owners}/(publicipaddresses|${ofInstance})$`, "i");
})();

function inProviders(subscriptionId: string, steps: readonly string[], path: string): Target {
  const [namespace, kind, name, form, id] = steps;
  if (namespace === undefined) return { kind: "namespace", subscriptionId, register: false };
  if (kind === undefined || (kind.toLowerCase() === "register" && name === undefined)) {
    return { kind: "namespace", subscriptionId, name: namespace, register: kind !== undefined };
  }
  if (kind.toLowerCase() === "locations" && id !== undefined && steps.length === 5) {
    if (form?.toLowerCase() === "operations") {
      return { kind: "operation", subscriptionId, id, result: false };
    }
    if (form?.toLowerCase() === "operationresults") {
      return { kind: "operation", subscriptionId, id, result: true };
    }
  }
  if (/^microsoft\.network\/locations\/[^/]+\/checkdnsnameavailability$/i.test(steps.join("/"))) {
    return { kind: "domainName", subscriptionId, location: name ?? "" };
  }
  if (/^microsoft\.insights\/eventtypes\/management\/values$/i.test(steps.join("/"))) {
    return { kind: "activity", subscriptionId };
  }
  const type = `${namespace}/${kind}`.toLowerCase();
  const offered = catalogue.find((one) => one.type.toLowerCase() === type);
  if (offered !== undefined && steps.length <= 3) {
    return {
      kind: "catalogue",
      subscriptionId,
      definition: offered,
      ...(name === undefined ? {} : { name }),
    };
  }
  const definition = definitionNamed(type);
  if (definition === undefined || name !== undefined) throw unknownPath(path);
  return { kind: "collection", subscriptionId, definition };
}

function definitionNamed(type: string): ResourceDefinition | undefined {
  const found = definitionOf(type);
  return found?.type.startsWith("Microsoft.Resources/") ? undefined : found;
}

function unknownPath(path: string): ArmError {
  return notFound(
    "InvalidResourceType",
    `The path ${path.slice(0, 200)} names nothing here; known types: ${definitions.map(({ type }) => type).join(", ")}.`,
  );
}

export function methodNotAllowed(method: string, allowed: readonly string[]): ArmError {
  return new ArmError({
    status: 405,
    code: "MethodNotAllowed",
    message: `${method} is refused here; use ${allowed.join(", ")}.`,
  });
}
