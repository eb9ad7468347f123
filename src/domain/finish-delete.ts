import { definitionOf } from "./registry.ts";
import { groupId } from "./resource-id.ts";
import type { Operation, StoredResource, StoreWriter } from "./state.ts";
import { types } from "./types.ts";

/**
 * The end of a deletion, when no node holds anything of the resource any more (I7): its children, what
 * its type says goes with it, its allocations and its row; its operations end. A resource group
 * that was waiting for its last member goes too. `now` is the time that ended operations carry.
 */
export async function finishDelete(
  writer: StoreWriter,
  resource: StoredResource,
  now: string,
): Promise<void> {
  await removeTree(writer, resource, now);
  if (resource.type === types.resourceGroup) return;
  const group = await writer.read(groupId(resource.subscriptionId, resource.resourceGroup));
  if (group?.provisioningState !== "Deleting") return;
  const { subscriptionId, resourceGroup } = resource;
  const members = await writer.list({ subscriptionId, resourceGroup, limit: 2 });
  if (members.every((member) => member.type === types.resourceGroup)) {
    await removeTree(writer, group, now);
  }
}

async function removeTree(
  writer: StoreWriter,
  resource: StoredResource,
  now: string,
): Promise<void> {
  const children = await writer.list({ parentId: resource.id });
  const others = (await definitionOf(resource.type)?.goesWith?.(resource, writer)) ?? [];
  for (const row of [...children, ...others]) await removeTree(writer, row, now);
  await writer.release(resource.id);
  await writer.removeResource(resource.id);
  for (const operation of await writer.openOperations(resource.id)) {
    await writer.putOperation(ended(operation, resource, now));
  }
}

/** A write that was still under way ends as failed, for what it wrote is gone. */
function ended(operation: Operation, { name }: StoredResource, now: string): Operation {
  if (operation.kind === "delete") return { ...operation, status: "Succeeded", endedAt: now };
  const error = { code: "ResourceDeleted", message: `${name} was deleted before this was done.` };
  return { ...operation, status: "Failed", error, endedAt: now };
}
