/** The activity as `az monitor activity-log` reads it, and the same for whoever sees more than one subscription. */

import type { ActivityEntry } from "../../domain/activity.ts";
import { refuse } from "../../domain/errors.ts";
import { defined } from "../../domain/fields.ts";
import type { ActivityQuery, JsonObject } from "../../store/store.ts";
import type { Call, Reply } from "../context.ts";
import { type Clause, parseFilter } from "../filter.ts";
import { methodNotAllowed } from "../path.ts";

export const activityAction = "Microsoft.Insights/eventtypes/management/values/read";
const pageMax = 200;
const known = [
  ...["eventTimestamp ge", "eventTimestamp le", "resourceGroupName eq", "resourceUri eq"],
  ...["resourceId eq", "resourceProvider eq", "resourceType eq", "caller eq", "status eq"],
  ...["correlationId eq", "eventChannels eq", "levels eq"],
];

/** Of one subscription, or of all that the caller may look at. */
export async function activityReply(call: Call, subscriptionId?: string): Promise<Reply> {
  if (call.method !== "GET") throw methodNotAllowed(call.method, ["GET"]);
  const scope = subscriptionId === undefined ? "/" : `/subscriptions/${subscriptionId}`;
  call.access.requireReach(activityAction, scope);
  const clauses = parseFilter(call.query.get("$filter"), known);
  const limit = pageSizeOf(call);
  const before = call.query.get("$skiptoken");
  // Pages of what others did would be read to the end for nothing.
  const within = subscriptionId ?? call.access.onlySubscription;
  const rows = await call.deps.store.activity({
    ...queryOf(clauses),
    ...(within === undefined ? {} : { subscriptionId: within }),
    ...(before === null ? {} : { before: Number(before) }),
    limit: limit + 1,
  });
  const page = rows.slice(0, limit);
  const value = page
    .map(({ entry }) => entry)
    .filter((entry) => mayRead(call, entry) && clauses.every((clause) => fits(entry, clause)))
    .map((entry) => selected(wireOf(call, entry), call.query.get("$select")));
  const last = page.at(-1);
  if (rows.length <= limit || last === undefined) return { status: 200, body: { value } };
  const query = new URLSearchParams(call.query);
  query.set("$skiptoken", String(last.sequence));
  const nextLink = `${call.origin}${call.path}?${query.toString()}`;
  return { status: 200, body: { value, nextLink } };
}

function pageSizeOf({ query }: Call): number {
  const asked = query.get("$top");
  const token = query.get("$skiptoken") ?? "0";
  if (/^\d{1,15}$/.test(token) && (asked === null || /^[1-9]\d{0,5}$/.test(asked)))
    return Math.min(Number(asked ?? pageMax), pageMax);
  throw refuse(
    "InvalidParameter",
    "$top",
    `$top is refused: it is a whole number 1..${pageMax}, and $skiptoken comes from a nextLink.`,
  );
}

/** What the store finds by its columns; the rest is asked of each entry. */
function queryOf(clauses: readonly Clause[]): Omit<ActivityQuery, "limit"> {
  const textOf = (...fields: string[]) =>
    clauses.find(({ field }) => fields.includes(field))?.value;
  const timeOf = (op: Clause["op"]) => {
    const one = clauses.find((clause) => clause.field === "eventtimestamp" && clause.op === op);
    return one === undefined ? undefined : isoOf(one.value);
  };
  const query = {
    resourceGroup: textOf("resourcegroupname"),
    resourceId: textOf("resourceuri", "resourceid"),
    correlationId: textOf("correlationid"),
    from: timeOf("ge"),
    to: timeOf("le"),
  };
  return defined(query) as Omit<ActivityQuery, "limit">;
}

/** Clients leave the zone out where they mean UTC, and write the + of another one as a space. */
function isoOf(text: string): string {
  const zoned = /(z|[+-]\d{2}:?\d{2})$/i.test(text) || !text.includes("T") ? text : `${text}Z`;
  const time = Date.parse(zoned);
  if (!Number.isNaN(time)) return new Date(time).toISOString();
  throw refuse(
    "InvalidParameter",
    "$filter",
    `$filter is refused: "${text.slice(0, 50)}" is no time; send one such as 2026-01-31T00:00:00Z.`,
  );
}

function mayRead({ access, principal }: Call, entry: ActivityEntry): boolean {
  const { providerName, objectId } = principal;
  const isOwn = entry.caller.objectId === objectId;
  if (providerName !== undefined && entry.provider !== providerName && !isOwn) return false;
  const { subscriptionId, resourceGroup, resourceId } = entry;
  const place = resourceGroup === "" ? `/subscriptions/${subscriptionId}` : resourceId;
  return access.allows(activityAction, subscriptionId === "" ? "/" : place);
}

function fits(entry: ActivityEntry, { field, value }: Clause): boolean {
  const same = (text: string) => text.toLowerCase() === value.toLowerCase();
  switch (field) {
    case "resourceprovider":
      return same(entry.resourceType.split("/")[0] ?? "");
    case "resourcetype":
      return same(entry.resourceType);
    case "caller":
      return same(entry.caller.name) || same(entry.caller.objectId ?? "");
    case "status":
      return same(entry.status);
    case "levels":
      return same(levelOf(entry));
    default:
      return true;
  }
}

function levelOf({ status }: ActivityEntry): string {
  return status === "Failed" ? "Error" : "Informational";
}

function selected(row: JsonObject, select: string | null): JsonObject {
  if (select === null || select === "") return row;
  const names = select.split(",").map((name) => name.trim().toLowerCase());
  return Object.fromEntries(
    Object.entries(row).filter(([name]) => names.includes(name.toLowerCase())),
  );
}

const word = (value: string) => ({ value, localizedValue: value });

function wireOf({ deps }: Call, entry: ActivityEntry): JsonObject {
  const { id, time, resourceId, caller, client, statusCode, status } = entry;
  return defined({
    id: `${resourceId}/events/${id}/ticks/${Date.parse(time)}`,
    eventDataId: id,
    eventTimestamp: time,
    submissionTimestamp: time,
    caller: caller.name,
    claims: defined({ name: caller.name, oid: caller.objectId }),
    authorization: { action: entry.action, scope: resourceId },
    channels: "Operation",
    category: word("Administrative"),
    eventName: word("EndRequest"),
    level: levelOf(entry),
    correlationId: entry.correlationId,
    operationId: entry.operationId ?? entry.correlationId,
    operationName: word(entry.action),
    resourceId,
    resourceGroupName: entry.resourceGroup,
    resourceProviderName: word(entry.resourceType.split("/")[0] ?? ""),
    resourceType: word(entry.resourceType),
    status: word(status),
    subStatus: word(entry.errorCode ?? String(statusCode)),
    subscriptionId: entry.subscriptionId,
    tenantId: deps.tenantId,
    httpRequest:
      client === undefined
        ? undefined
        : defined({
            clientRequestId: client.requestId,
            clientIpAddress: client.address,
            method: client.method,
            uri: client.path,
          }),
    // A map of texts, as clients of this API read it.
    properties: defined({
      statusCode: String(statusCode),
      errorCode: entry.errorCode,
      userAgent: client?.userAgent,
      changes: JSON.stringify(entry.changes),
    }),
  });
}
