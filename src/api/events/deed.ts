/** What a request means to do, and where: the same words in refusals, records and filters. */
import { groupId } from "../../domain/resource-id.ts";
import { types } from "../../domain/types.ts";
import { groupAction, verbOf } from "../access/access.ts";
import type { Call } from "../context.ts";
import { type Target, targetOf } from "../path.ts";
import { actionOf, writeTargetOf } from "../resource-actions.ts";

export type Deed = {
  /** Empty for what is of the platform, or where the caller has nothing to do with it. */
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  readonly resourceId: string;
  readonly resourceType: string;
  readonly action: string;
  /** It is done to one resource by way of another. */
  readonly isThrough: boolean;
};

/** Undefined where the path names nothing. */
export function deedOf(call: Call): Deed | undefined {
  const target = targetOf(call.path);
  if (target === undefined) return undefined;
  const deed = { isThrough: false, ...placeOf(call, target) };
  const isSeen = deed.subscriptionId === "" || call.access.sees(deed.subscriptionId);
  return isSeen ? deed : { ...deed, subscriptionId: "" };
}

function placeOf(
  { method, path }: Call,
  target: Target,
): Omit<Deed, "isThrough"> & { isThrough?: boolean } {
  const subscriptionId = "subscriptionId" in target ? (target.subscriptionId ?? "") : "";
  const [, resourceGroup = ""] =
    /^\/subscriptions\/[^/]+\/resourceGroups\/([^/]+)/i.exec(path) ?? [];
  const place = { subscriptionId, resourceGroup };
  switch (target.kind) {
    case "resource": {
      const { definition, rest } = target;
      const resourceId = writeTargetOf(target).id;
      const action = actionOf(method, target);
      const isThrough = rest.length > 0;
      return { ...place, resourceId, resourceType: definition.type, action, isThrough };
    }
    case "group": {
      const resourceId = groupId(subscriptionId, target.name);
      const action = groupAction(method, target);
      return { ...place, resourceId, resourceType: types.resourceGroup, action };
    }
    default: {
      const resourceType = typeNamed(target, path);
      const action = `${resourceType}/${verbOf(method)}`;
      return { ...place, resourceId: path, resourceType, action };
    }
  }
}

/** What is of no type of the registry is named by its path. */
function typeNamed(target: Target, path: string): string {
  if (target.kind === "roles") return `Microsoft.Authorization/${target.what}`;
  if (target.kind === "causeway") return `Causeway/${target.name}`;
  const [, namespace = "Microsoft.Resources", kind = `${target.kind}s`] =
    /\/providers\/([^/]+)\/([^/]+)/i.exec(path) ?? [];
  return `${namespace}/${kind}`;
}
