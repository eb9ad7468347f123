/** Lists across types: the groups of a subscription, and the resources in it. */
import { outlineOf } from "../domain/resource.ts";
import { groupId } from "../domain/resource-id.ts";
import { types } from "../domain/types.ts";
import type { JsonObject, StoredResource } from "../store/store.ts";
import { actionType } from "./access/access.ts";
import type { Call, Reply } from "./context.ts";
import { groupNotFound, listPage } from "./listing.ts";
import { rowFilter } from "./row-filter.ts";

export async function groupList(call: Call, subscriptionId: string): Promise<Reply> {
  const type = types.resourceGroup;
  call.access.requireReach(`${actionType(type)}/read`, `/subscriptions/${subscriptionId}`);
  const { shows } = rowFilter(call.query, ["name"], { tagged: true });
  return listPage(call, { type, subscriptionId }, { shows });
}

/** Every resource that stands in a group by itself, as ARM lists them: `properties` are left to the types' own lists. */
export async function resourceList(
  call: Call,
  { subscriptionId, resourceGroup }: { subscriptionId: string; resourceGroup?: string },
): Promise<Reply> {
  const filter = rowFilter(call.query, ["name", "resourceType", "resourceGroup", "location"], {
    tagged: true,
  });
  const asked = filter.clauses.find(({ field }) => field === "resourcegroup")?.value;
  const group = resourceGroup ?? asked;
  const scope =
    group === undefined ? `/subscriptions/${subscriptionId}` : groupId(subscriptionId, group);
  call.access.requireReach("Microsoft.Resources/subscriptions/resources/read", scope);
  if (resourceGroup !== undefined && (await call.deps.store.read(scope)) === undefined) {
    throw groupNotFound(resourceGroup);
  }
  const query = { subscriptionId, ...(group === undefined ? {} : { resourceGroup: group }) };
  const times = timesAsked(call);
  return listPage(call, query, {
    shows: (row) =>
      row.parentId === undefined && row.type !== types.resourceGroup && filter.shows(row),
    wire: (definition, row) => ({
      ...outlineOf(definition, row),
      ...times(row),
      provisioningState: row.provisioningState,
    }),
  });
}

/** `$expand=createdTime,changedTime`. */
function timesAsked({ query }: Call): (row: StoredResource) => JsonObject {
  const asked = (query.get("$expand") ?? "").toLowerCase().split(",");
  return ({ createdAt, updatedAt }) => ({
    ...(asked.includes("createdtime") ? { createdTime: createdAt } : {}),
    ...(asked.includes("changedtime") ? { changedTime: updatedAt } : {}),
  });
}
