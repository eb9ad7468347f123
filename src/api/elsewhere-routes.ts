/** What the published API asks of things that are not here, or that are no resource: answered as it is. */
import { notFound, refuse } from "../domain/errors.ts";
import { isLabelFree } from "../domain/public-address.ts";
import { groupId } from "../domain/resource-id.ts";
import { types } from "../domain/types.ts";
import { actionType } from "./access/access.ts";
import type { Call, Reply } from "./context.ts";
import { groupNotFound } from "./listing.ts";
import type { AbsentTarget } from "./path.ts";

/** Addresses of a cloud service or a scale set: there is none, so that none has addresses. */
export async function absentReply(call: Call, target: AbsentTarget): Promise<Reply> {
  const { subscriptionId, resourceGroup, type, name } = target;
  const group = groupId(subscriptionId, resourceGroup);
  call.access.requireReach(`${actionType(types.publicAddress)}/read`, group);
  if ((await call.deps.store.read(group)) === undefined) throw groupNotFound(resourceGroup);
  throw notFound(
    "ResourceNotFound",
    `The Resource '${type}/${name}' under resource group '${resourceGroup}' was not found.`,
  );
}

/** Whether a public address of the region could have the name. */
export async function domainNameReply(
  call: Call,
  { subscriptionId, location }: { subscriptionId: string; location: string },
): Promise<Reply> {
  const read = `${actionType(types.publicAddress)}/read`;
  call.access.requireReach(read, `/subscriptions/${subscriptionId}`);
  const label = call.query.get("domainNameLabel") ?? "";
  if (label === "") {
    throw refuse(
      "InvalidParameter",
      "domainNameLabel",
      "domainNameLabel is refused: it is missing; send the name that is asked about.",
    );
  }
  const region = location.replaceAll(" ", "").toLowerCase();
  const known = call.deps.inventory.regions.map(({ name }) => name);
  if (!known.includes(region)) {
    throw refuse(
      "LocationNotAvailable",
      "location",
      `location is refused: there is no region '${location.slice(0, 50)}'; there are ${known.join(", ")}.`,
    );
  }
  const available = await isLabelFree(call.deps.store, { location: region, label });
  return { status: 200, body: { available } };
}
