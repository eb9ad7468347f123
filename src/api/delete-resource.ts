/** DELETE, for every type: what nodes hold goes first, the row last. */
import { isoTime } from "../base/clock.ts";
import { uuid } from "../base/random.ts";
import { type ArmError, throwAny } from "../domain/errors.ts";
import { finishDelete } from "../domain/finish-delete.ts";
import { definitionOf } from "../domain/registry.ts";
import { scopesOf } from "../domain/scopes.ts";
import { types } from "../domain/types.ts";
import type { Operation, StoredResource, StoreWriter } from "../store/store.ts";
import { type Call, viewOf } from "./context.ts";
import { endDryRun, isDryRun } from "./dry-run.ts";
import { newOperation } from "./operations.ts";
import { checkPreconditions } from "./preconditions.ts";

export type Deletion = { readonly resource: StoredResource; readonly operation: Operation };

/** Undefined when there is nothing to delete. */
export async function deleteResource(
  call: Call,
  id: string,
  callerSubscriptionId: string,
): Promise<Deletion | undefined> {
  const { store, wake } = call.deps;
  const deletion = await store.transaction(async (writer) => {
    const resource = await writer.read(id);
    if (resource === undefined) return undefined;
    checkPreconditions(call, resource);
    const members = resource.type === types.resourceGroup ? await membersOf(resource, writer) : [];
    const standing = members.filter(({ parentId }) => parentId === undefined);
    if (resource.provisioningState !== "Deleting") {
      throwAny(await refusalsOf(call, { resource, members }, writer));
    }
    const ask = { writer, subscriptionId: callerSubscriptionId };
    for (const member of standing) await begin(call, member, ask);
    const begun = await begin(call, resource, ask);
    if (isDryRun(call)) await rehearsed(call, writer, { begun: begun.resource, members });
    return begun;
  });
  wake();
  return deletion;
}

async function rehearsed(
  call: Call,
  writer: StoreWriter,
  { begun, members }: { begun: StoredResource; members: readonly StoredResource[] },
): Promise<void> {
  const scopes: string[] = [];
  for (const row of [begun, ...members]) scopes.push(...(await scopesOf(row, writer)));
  const definition = definitionOf(begun.type);
  if (definition === undefined) return;
  await endDryRun(call, writer, { resource: begun, definition, change: "deleted", scopes });
}

/** All rows of a group, less the group's own. What has a parent goes with it. */
async function membersOf(
  group: StoredResource,
  writer: StoreWriter,
): Promise<readonly StoredResource[]> {
  const { subscriptionId, name: resourceGroup } = group;
  const rows = await writer.list({ subscriptionId, resourceGroup });
  return rows.filter((row) => row.type !== types.resourceGroup);
}

/** Every reason against it; what goes in the same request is none. */
async function refusalsOf(
  call: Call,
  { resource, members }: { resource: StoredResource; members: readonly StoredResource[] },
  writer: StoreWriter,
): Promise<readonly ArmError[]> {
  const going = new Set(members.map(({ id }) => id.toLowerCase()));
  const view = { ...viewOf(call, writer), goes: (id: string) => going.has(id.toLowerCase()) };
  const errors: ArmError[] = [];
  const standing = members.filter(({ parentId }) => parentId === undefined);
  for (const one of [resource, ...standing]) {
    const refusals = definitionOf(one.type)?.deleteRefusals?.(one, view);
    if (refusals !== undefined) for await (const error of refusals) errors.push(error);
  }
  return errors;
}

async function begin(
  call: Call,
  resource: StoredResource,
  { writer, subscriptionId }: { writer: StoreWriter; subscriptionId: string },
): Promise<Deletion> {
  const open = (await writer.openOperations(resource.id)).find(({ kind }) => kind === "delete");
  if (open !== undefined) return { resource, operation: open };
  const now = isoTime(call.deps.clock);
  const going: StoredResource = {
    ...resource,
    provisioningState: "Deleting",
    etag: uuid(call.deps.random),
    generation: resource.generation + 1,
    updatedAt: now,
  };
  const done = !(await waits(resource, writer));
  const operation = newOperation(call, going, { kind: "delete", done: false, subscriptionId });
  await writer.putResource(going);
  await writer.markDirty(await scopesOf(going, writer));
  await writer.putOperation(operation);
  if (done) await finishDelete(writer, going, now);
  return { resource: going, operation };
}

/** Whether nodes, or for a group its members, have to let go first. */
async function waits(resource: StoredResource, writer: StoreWriter): Promise<boolean> {
  if (resource.type === types.resourceGroup) {
    return (await membersOf(resource, writer)).length > 0;
  }
  const definition = definitionOf(resource.type);
  return definition === undefined ? false : definition.reconciled(resource, writer);
}
