/** Lists with pages: `nextLink` carries the last id of the page. */
import { notFound, refuse } from "../domain/errors.ts";
import { definitionOf } from "../domain/registry.ts";
import { type ResourceDefinition, toWire } from "../domain/resource.ts";
import { groupId } from "../domain/resource-id.ts";
import { types } from "../domain/types.ts";
import type { JsonObject, ResourceQuery, StoredResource } from "../store/store.ts";
import { actionType } from "./access/access.ts";
import { type Call, jsonType, type Reply, viewOf } from "./context.ts";
import { gatheredReader } from "./gathered-reader.ts";
import type { CollectionTarget } from "./path.ts";
import { rowFilter } from "./row-filter.ts";

const pageMax = 1_000;

export async function listCollection(call: Call, target: CollectionTarget): Promise<Reply> {
  const { definition, subscriptionId, resourceGroup, parentId } = target;
  const { store } = call.deps;
  const subscription = `/subscriptions/${subscriptionId}`;
  const group = resourceGroup === undefined ? subscription : groupId(subscriptionId, resourceGroup);
  call.access.requireReach(`${actionType(definition.type)}/read`, parentId ?? group);
  if (resourceGroup !== undefined && definition.type !== types.crossConnection) {
    if ((await store.read(group)) === undefined) throw groupNotFound(resourceGroup);
  }
  if (parentId !== undefined && (await store.read(parentId)) === undefined) {
    throw notFound("ParentResourceNotFound", `The parent resource '${parentId}' was not found.`);
  }
  const place =
    parentId === undefined
      ? { subscriptionId, ...(resourceGroup === undefined ? {} : { resourceGroup }) }
      : { parentId };
  const { shows } = rowFilter(call.query, ["name"]);
  return listPage(call, { type: definition.type, ...place }, { shows });
}

/**
 * So many are written at a time, as bytes: what their text is made of is garbage at once, while it is cheap to collect. A
 * megabyte of text outlives the young objects, and is copied twice on its way out.
 */
const atOnce = 50;

type Listing = {
  readonly shows: (row: StoredResource) => boolean;
  /** How a row is shown; as its type's own GET shows it where that is not said. */
  readonly wire?: (definition: ResourceDefinition, row: StoredResource) => JsonObject;
};

/** One page of what the query finds, `shows` lets through and the caller may read, in the order of ids. */
export async function listPage(
  call: Call,
  query: ResourceQuery,
  { shows, wire }: Listing,
): Promise<Reply> {
  const { store } = call.deps;
  const limit = pageSize(call);
  const after = skipToken(call);
  const rows = await store.list({
    ...query,
    limit: limit + 1,
    ...(after === undefined ? {} : { after }),
  });
  const page = rows.slice(0, limit);
  const view = viewOf(call, gatheredReader(store));
  const textOf = async (row: StoredResource) => {
    const definition = definitionOf(row.type);
    if (definition === undefined) return [];
    return [JSON.stringify(wire?.(definition, row) ?? (await toWire(definition, row, view)))];
  };
  const shown = page.filter((one) => shows(one) && call.access.mayRead(one));
  const parts: Uint8Array[] = [];
  for (let at = 0; at < shown.length; at += atOnce) {
    const texts = await Promise.all(shown.slice(at, at + atOnce).map(textOf));
    const text = texts.flat().join(",");
    if (text !== "") parts.push(Buffer.from(parts.length === 0 ? text : `,${text}`));
  }
  const last = page.at(-1);
  const isLast = rows.length <= limit || last === undefined;
  const next = isLast ? "" : `,"nextLink":${JSON.stringify(nextLink(call, last.id))}`;
  const content = Buffer.concat([Buffer.from(`{"value":[`), ...parts, Buffer.from(`]${next}}`)]);
  return { status: 200, text: { type: jsonType, content } };
}

export function groupNotFound(name: string) {
  return notFound("ResourceGroupNotFound", `Resource group '${name}' could not be found.`);
}

function nextLink(call: Call, lastId: string): string {
  const query = new URLSearchParams(call.query);
  query.set("$skiptoken", Buffer.from(lastId).toString("base64url"));
  return `${call.origin}${call.path}?${query.toString()}`;
}

function pageSize({ query }: Call): number {
  const asked = query.get("$top");
  if (asked === null) return pageMax;
  if (/^[1-9]\d{0,5}$/.test(asked)) return Math.min(Number(asked), pageMax);
  throw refuse(
    "InvalidParameter",
    "$top",
    `$top is refused: "${asked.slice(0, 50)}" is not a whole number above 0; send 1..${pageMax}.`,
  );
}

function skipToken({ query }: Call): string | undefined {
  const token = query.get("$skiptoken");
  return token === null ? undefined : Buffer.from(token, "base64url").toString("utf8");
}
