/** What answers a request, read off the tables that answer it: nothing is called. */
import type { CatalogueDefinition } from "../../domain/catalogue.ts";
import { ArmError } from "../../domain/errors.ts";
import type { ResourceDefinition } from "../../domain/resource.ts";
import { resourceGroup } from "../../domain/resource-group.ts";
import { type ActionDefinition, matchPath } from "../actions/action.ts";
import { actions } from "../actions/registry.ts";
import { parsePath, type ResourceTarget, type Target } from "../path.ts";
import { verbsOf } from "../resource-routes.ts";

export type Served =
  | { readonly by: "verb" | "list"; readonly definition: ResourceDefinition }
  | { readonly by: "view"; readonly definition: ResourceDefinition; readonly view: string }
  | { readonly by: "action"; readonly action: ActionDefinition }
  | { readonly by: "catalogue"; readonly catalogue: CatalogueDefinition }
  | { readonly by: "route"; readonly kind: Target["kind"] };

/** Undefined where the answer would be 404 or 405. The path may be a template: a part in braces is a name. */
export function servedBy(method: string, path: string): Served | undefined {
  const target = targetOf(path);
  const isRead = method === "GET" || method === "HEAD";
  if (target === undefined) return undefined;
  switch (target.kind) {
    case "resource":
      return resourceServedBy(isRead ? "GET" : method, target);
    case "group":
      return verbServedBy(isRead ? "GET" : method, resourceGroup);
    case "collection":
      return method === "GET" ? { by: "list", definition: target.definition } : undefined;
    case "catalogue":
      return method === "GET" ? { by: "catalogue", catalogue: target.definition } : undefined;
    case "namespace":
      return method === (target.register ? "POST" : "GET") ? route(target) : undefined;
    default:
      return method === "GET" ? route(target) : undefined;
  }
}

const route = ({ kind }: Target): Served => ({ by: "route", kind });

function targetOf(path: string): Target | undefined {
  try {
    return parsePath(path);
  } catch (error) {
    if (error instanceof ArmError) return undefined;
    throw error;
  }
}

function verbServedBy(method: string, definition: ResourceDefinition): Served | undefined {
  return verbsOf(definition).includes(method) ? { by: "verb", definition } : undefined;
}

function resourceServedBy(
  method: string,
  { definition, rest }: ResourceTarget,
): Served | undefined {
  const [first, ...more] = rest;
  if (first === undefined) return verbServedBy(method, definition);
  const view = first.toLowerCase();
  if (definition.views?.[view] !== undefined) {
    return method === "GET" && more.length < 2 ? { by: "view", definition, view } : undefined;
  }
  const action = actions.find(
    (one) =>
      one.type === definition.type &&
      one.method === method &&
      matchPath(one.path, rest) !== undefined,
  );
  return action === undefined ? undefined : { by: "action", action };
}
