/** From the target of a request to its verb, its action, or the read-only things below it. */
import { definitionOf } from "../domain/registry.ts";
import { parentOfId, resourceId } from "../domain/resource-id.ts";
import type { StoredResource } from "../store/store.ts";
import { actionType, verbOf } from "./access/access.ts";
import { matchPath } from "./actions/action.ts";
import { actions } from "./actions/registry.ts";
import { type Call, type Reply, viewOf } from "./context.ts";
import type { ResourceTarget } from "./path.ts";
import { methodNotAllowed } from "./path.ts";
import { tablePaths } from "./readout-routes.ts";
import { requireResource, resourceVerb, unknownAction } from "./resource-routes.ts";
import { canonicalName, type WriteTarget } from "./write-resource.ts";

export async function answerResource(call: Call, asked: ResourceTarget): Promise<Reply> {
  const target = writeTargetOf(asked);
  const [first = "", ...more] = asked.rest;
  call.access.require(actionOf(call.method, asked), target.id);
  if (target.definition.made === true) await requireResource(call, target);
  if (first === "") return resourceVerb(call, target);
  const resource = await requireResource(call, target);
  const word = first.toLowerCase();
  const shown = target.definition.views?.[word];
  if (shown !== undefined)
    return viewReply(call, await shown(resource, viewOf(call, call.deps.store)), more);
  return action(call, resource, asked.rest);
}

/** `{type}/{verb}`, or by the word for what is done below the resource. */
export function actionOf(
  method: string,
  { definition, rest }: Pick<ResourceTarget, "definition" | "rest">,
): string {
  const type = actionType(definition.type);
  const [first] = rest;
  if (first === undefined) return `${type}/${verbOf(method)}`;
  // Whoever may write the resource may write its tags, and take them away.
  if (first.toLowerCase() === "providers") return `${type}/${isRead(method) ? "read" : "write"}`;
  const isReadout = rest.some((word) => readoutWords.has(word.toLowerCase()));
  const verb = method === "POST" ? (isReadout ? "read" : "action") : verbOf(method);
  return `${type}/${first}/${verb}`;
}

/** Read-outs are asked for by POST, and change nothing. */
const readoutWords: ReadonlySet<string> = new Set(tablePaths.map((one) => one.toLowerCase()));

export function writeTargetOf({
  definition,
  subscriptionId,
  resourceGroup,
  names,
}: ResourceTarget): WriteTarget {
  const [namespace, ...kinds] = definition.type.split("/");
  const spelled = names.map((name, index) => {
    const own = definitionOf([namespace, ...kinds.slice(0, index + 1)].join("/"));
    return own === undefined ? name : canonicalName(own, name);
  });
  const place = { subscriptionId, resourceGroup };
  const id = resourceId({ ...place, type: definition.type, names: spelled });
  return {
    ...place,
    definition,
    id,
    name: spelled.at(-1) ?? "",
    ...(names.length > 1 ? { parentId: parentOfId(id) } : {}),
    callerSubscriptionId: subscriptionId,
  };
}

function viewReply(
  call: Call,
  rows: Awaited<ReturnType<NonNullable<ResourceTarget["definition"]["views"]>[string]>>,
  [name, ...more]: readonly string[],
): Reply {
  if (!isRead(call.method)) throw methodNotAllowed(call.method, ["GET"]);
  if (name === undefined) return { status: 200, body: { value: [...rows] } };
  const row = rows.find((one) => String(one["name"]).toLowerCase() === name.toLowerCase());
  if (row === undefined || more.length > 0) throw unknownAction([name, ...more]);
  return { status: 200, body: row };
}

async function action(
  call: Call,
  resource: StoredResource,
  rest: readonly string[],
): Promise<Reply> {
  const found = actionsAt(resource, rest);
  const method = isRead(call.method) ? "GET" : call.method;
  const one = found.find(({ definition }) => definition.method === method);
  if (one !== undefined) return one.definition.answer(call, resource, one.words);
  if (found.length === 0) throw unknownAction(rest);
  throw methodNotAllowed(
    call.method,
    found.map(({ definition }) => definition.method),
  );
}

/** What is answered below a resource of the type, by whatever method, with the words of the path. */
export function actionsAt({ type }: { readonly type: string }, rest: readonly string[]) {
  return actions.flatMap((definition) => {
    const words = definition.type === type ? matchPath(definition.path, rest) : undefined;
    return words === undefined ? [] : [{ definition, words }];
  });
}

function isRead(method: string): boolean {
  return method === "GET" || method === "HEAD";
}
