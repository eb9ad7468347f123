/** What a request means to do, and where: the same words in refusals, records and filters. */
import { groupId } from "../../domain/resource-id.ts";
import { types } from "../../domain/types.ts";
import { groupAction, verbOf } from "../access/access.ts";
import type { Call } from "../context.ts";
import { parsePath, type Target } from "../path.ts";
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

function targetOf(path: string): Target | undefined {
  try {
    return parsePath(path);
  } catch {
    return undefined;
  }
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
      const { id } = writeTargetOf(target);
      const { type } = target.definition;
      const action = actionOf(method, target);
      return {
        ...place,
        resourceId: id,
        resourceType: type,
        action,
        isThrough: target.rest.length > 0,
      };
    }
    case "group": {
      const resourceId = groupId(subscriptionId, target.name);
      const action = groupAction(method, target);
      return { ...place, resourceId, resourceType: types.resourceGroup, action };
    }
    case "roles": {
      const resourceType = `Microsoft.Authorization/${target.what}`;
      return {
        ...place,
        resourceId: path,
        resourceType,
        action: `${resourceType}/${verbOf(method)}`,
      };
    }
    case "causeway": {
      const resourceType = `Causeway/${target.name}`;
      return {
        ...place,
        resourceId: path,
        resourceType,
        action: `${resourceType}/${verbOf(method)}`,
      };
    }
    default: {
      const [, namespace = "Microsoft.Resources", kind = `${target.kind}s`] =
        /\/providers\/([^/]+)\/([^/]+)/i.exec(path) ?? [];
      const resourceType = `${namespace}/${kind}`;
      return {
        ...place,
        resourceId: path,
        resourceType,
        action: `${resourceType}/${verbOf(method)}`,
      };
    }
  }
}
