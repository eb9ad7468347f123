/** The verbs of one resource. Every type shares this file; none has routes of its own. */
import { type ArmError, notFound, refuse } from "../domain/errors.ts";
import { isObject } from "../domain/fields.ts";
import { type ResourceDefinition, toWire } from "../domain/resource.ts";
import { types } from "../domain/types.ts";
import type { Json, JsonObject, StoredResource } from "../store/store.ts";
import { type Call, type Reply, viewOf } from "./context.ts";
import { type Deletion, deleteResource } from "./delete-resource.ts";
import { groupNotFound } from "./listing.ts";
import { operationLinks } from "./operations.ts";
import { methodNotAllowed } from "./path.ts";
import { tagsSent, writeTags } from "./tags.ts";
import { type WriteTarget, writeResource } from "./write-resource.ts";

/** How a resource is shown; another than its own type's for what a provider sees. */
export type Show = (resource: StoredResource) => Promise<JsonObject>;

export async function resourceVerb(call: Call, target: WriteTarget, show?: Show): Promise<Reply> {
  const { store } = call.deps;
  const { definition } = target;
  const wire: Show = show ?? ((row) => toWire(definition, row, viewOf(call, store)));
  switch (call.method) {
    case "GET":
    case "HEAD":
      return readReply(await requireResource(call, target), wire);
    case "PUT":
      return put(call, target, wire);
    case "PATCH":
      return patchTags(call, target, wire);
    case "DELETE":
      return remove(call, target);
    default:
      throw methodNotAllowed(call.method, verbsOf(definition));
  }
}

/** What can be asked of a resource of the type itself. */
export function verbsOf({ tracked, made }: ResourceDefinition): readonly string[] {
  return ["GET", "PUT", ...(tracked ? ["PATCH"] : []), ...(made === true ? [] : ["DELETE"])];
}

async function readReply(resource: StoredResource, wire: Show): Promise<Reply> {
  return { status: 200, body: await wire(resource), headers: { ETag: `W/"${resource.etag}"` } };
}

export async function requireResource(call: Call, target: WriteTarget): Promise<StoredResource> {
  const found = await call.deps.store.read(target.id);
  if (found !== undefined && call.access.serves(found)) return found;
  const { definition, name, resourceGroup } = target;
  if (definition.type === types.resourceGroup) throw groupNotFound(name);
  throw notFound(
    "ResourceNotFound",
    `The Resource '${definition.type}/${name}' under resource group '${resourceGroup}' was not found.`,
  );
}

async function put(call: Call, target: WriteTarget, wire: Show): Promise<Reply> {
  const written = await writeResource(call, target, await call.json());
  const { resource, created, operation } = written;
  const links = operationLinks(call, operation, resource);
  const isGroup = resource.type === types.resourceGroup;
  return {
    status: created ? 201 : 200,
    body: await wire(resource),
    headers: {
      ETag: `W/"${resource.etag}"`,
      ...(isGroup ? {} : { "Azure-AsyncOperation": links.status, "Retry-After": "1" }),
    },
  };
}

/** PATCH replaces the tags and nothing else. */
async function patchTags(call: Call, target: WriteTarget, wire: Show): Promise<Reply> {
  const { definition } = target;
  if (!definition.tracked) throw methodNotAllowed("PATCH", verbsOf(definition));
  const tags = patchedTags(await call.json());
  await requireResource(call, target);
  const resource = await writeTags(call, target.id, () => tags);
  return readReply(resource ?? (await requireResource(call, target)), wire);
}

function patchedTags(body: Json): Readonly<Record<string, string>> {
  const others = isObject(body) ? Object.keys(body).filter((name) => name !== "tags") : ["body"];
  if (!isObject(body) || others.length > 0 || body["tags"] === undefined) {
    throw refuse(
      "InvalidParameter",
      "tags",
      'PATCH changes tags only: send {"tags": {…}}; use PUT for anything else.',
    );
  }
  return tagsSent(body["tags"]);
}

async function remove(call: Call, target: WriteTarget): Promise<Reply> {
  const { definition } = target;
  if (definition.made === true) throw methodNotAllowed("DELETE", verbsOf(definition));
  const deletion = await deleteResource(call, target.id, target.callerSubscriptionId);
  return deletion === undefined ? { status: 204 } : deletionReply(call, deletion);
}

function deletionReply(call: Call, { resource, operation }: Deletion): Reply {
  const links = operationLinks(call, operation, resource);
  return {
    status: 202,
    headers: {
      "Azure-AsyncOperation": links.status,
      Location: links.result,
      "Retry-After": "1",
    },
  };
}

export function unknownAction(rest: readonly string[]): ArmError {
  return notFound(
    "InvalidResourceType",
    `The resource has nothing called '${rest.join("/").slice(0, 100)}'.`,
  );
}
