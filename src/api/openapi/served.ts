/** What answers a request, read off the tables that answer it: nothing is called. */
import type { CatalogueDefinition } from "../../domain/catalogue.ts";
import type { ResourceDefinition } from "../../domain/resource.ts";
import { resourceGroup } from "../../domain/resource-group.ts";
import { type ActionDefinition, matchPath } from "../actions/action.ts";
import { type ResourceTarget, targetOf } from "../path.ts";
import { actionsAt } from "../resource-actions.ts";
import { verbsOf } from "../resource-routes.ts";
import { type FixedRoute, fixedRoutes } from "./fixed-routes.ts";

export type Served =
  | { readonly by: "verb" | "list"; readonly definition: ResourceDefinition }
  | { readonly by: "view"; readonly definition: ResourceDefinition; readonly view: string }
  | { readonly by: "action"; readonly action: ActionDefinition }
  | { readonly by: "catalogue"; readonly catalogue: CatalogueDefinition }
  | { readonly by: "route"; readonly route: FixedRoute };

/** Undefined where the answer would be 404 or 405. The path may be a template: a part in braces is a name. */
export function servedBy(method: string, path: string): Served | undefined {
  const target = targetOf(path);
  const isRead = method === "GET" || method === "HEAD";
  if (target === undefined) return undefined;
  switch (target.kind) {
    case "resource":
      return resourceServedBy(isRead ? "GET" : method, target);
    case "group":
      if (target.tags) return routeServing(method, path);
      return verbServedBy(isRead ? "GET" : method, resourceGroup);
    case "groups":
      return method === "GET" ? { by: "list", definition: resourceGroup } : undefined;
    case "collection":
      return method === "GET" ? { by: "list", definition: target.definition } : undefined;
    case "catalogue":
      return method === "GET" ? { by: "catalogue", catalogue: target.definition } : undefined;
    default:
      return routeServing(method, path);
  }
}

function routeServing(method: string, path: string): Served | undefined {
  const steps = path.split("/").filter((step) => step !== "");
  const route = fixedRoutes.find(
    (one) => one.method === method && matchPath(one.path.slice(1), steps) !== undefined,
  );
  return route === undefined ? undefined : { by: "route", route };
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
  const found = actionsAt(definition, rest).find((one) => one.definition.method === method);
  return found === undefined ? undefined : { by: "action", action: found.definition };
}
