/** Tags of a resource, with the resource and by themselves (`…/providers/Microsoft.Resources/tags/default`). */
import { isoTime } from "../base/clock.ts";
import { uuid } from "../base/random.ts";
import { allOf, invalidField, refuse, requiredField } from "../domain/errors.ts";
import { at, isObject, sameId } from "../domain/fields.ts";
import { definitionOf } from "../domain/registry.ts";
import type { Json, StoredResource } from "../store/store.ts";
import type { Call, Reply } from "./context.ts";
import { endDryRun } from "./dry-run.ts";
import { methodNotAllowed, tagsPath } from "./path.ts";
import { checkPreconditions } from "./preconditions.ts";
import { tagsOf } from "./write-draft.ts";

type Tags = Readonly<Record<string, string>>;

export const tagMethods = ["GET", "PUT", "PATCH", "DELETE"] as const;

/** Writes other tags; undefined where the resource has gone meanwhile. */
export async function writeTags(
  call: Call,
  id: string,
  change: (held: Tags) => Tags,
): Promise<StoredResource | undefined> {
  return call.deps.store.transaction(async (writer) => {
    const held = await writer.read(id);
    const definition = definitionOf(held?.type ?? "");
    if (held === undefined || definition === undefined) return undefined;
    checkPreconditions(call, held);
    const updatedAt = isoTime(call.deps.clock);
    const tags = change(held.tags ?? {});
    const next = { ...held, tags, etag: uuid(call.deps.random), updatedAt };
    await writer.putResource(next);
    await endDryRun(call, writer, { resource: next, definition, change: "updated", scopes: [] });
    return next;
  });
}

/** The tags that were sent, or every reason against them. */
export function tagsSent(value: Json | undefined): Tags {
  const read = tagsOf(value);
  if ("tags" in read) return read.tags;
  throw allOf(read.refusals) ?? refuse("InvalidParameter", "tags", "tags is refused.");
}

export async function tagsReply(call: Call, resource: StoredResource): Promise<Reply> {
  const change = await changeAsked(call);
  const written = change === undefined ? resource : await writeTags(call, resource.id, change);
  return shown(written ?? resource);
}

function shown({ id, tags = {} }: StoredResource): Reply {
  const own = { id: `${id}/${tagsPath}`, name: "default", type: "Microsoft.Resources/tags" };
  return { status: 200, body: { ...own, properties: { tags } } };
}

async function changeAsked(call: Call): Promise<((held: Tags) => Tags) | undefined> {
  switch (call.method) {
    case "GET":
    case "HEAD":
      return undefined;
    case "PUT": {
      const sent = tagsIn(await call.json());
      return () => sent;
    }
    case "PATCH":
      return patchAsked(await call.json());
    case "DELETE":
      return () => ({});
    default:
      throw methodNotAllowed(call.method, tagMethods);
  }
}

/** A body without tags asks for nothing: it does not take those away that are there. */
function tagsIn(body: Json): Tags {
  const sent = at(body, "properties.tags");
  if (sent === undefined) {
    throw requiredField(
      "properties.tags",
      'must be an object of texts: {"properties": {"tags": {…}}}',
    );
  }
  return tagsSent(sent);
}

function patchAsked(body: Json): (held: Tags) => Tags {
  const sent = tagsIn(body);
  const operation = isObject(body) ? body["operation"] : undefined;
  switch (String(operation).toLowerCase()) {
    case "merge":
      return (held) => tagsSent({ ...without(held, sent, () => true), ...sent });
    case "replace":
      return () => sent;
    case "delete":
      // A name with another value is left.
      return (held) => without(held, sent, (value, asked) => asked === "" || asked === value);
    default:
      throw invalidField("operation", operation ?? null, "must be one of Merge, Replace, Delete");
  }
}

/** Names of tags count no case. */
function without(held: Tags, sent: Tags, goes: (value: string, asked: string) => boolean): Tags {
  const stays = ([name, value]: readonly [string, string]) =>
    !Object.entries(sent).some(([key, asked]) => sameId(key, name) && goes(value, asked));
  return Object.fromEntries(Object.entries(held).filter(stays));
}
