/** A failover test begins and ends: one transaction, then the plan has it, and nodes follow. */
import { isoTime } from "../../base/clock.ts";
import { uuid } from "../../base/random.ts";
import { type ArmError, conflict, throwAny } from "../../domain/errors.ts";
import { testUnderWay, withTest } from "../../domain/failover.ts";
import { definitionOf } from "../../domain/registry.ts";
import { scopesOf } from "../../domain/scopes.ts";
import type {
  JsonObject,
  Operation,
  StoredResource,
  StoreReader,
  StoreWriter,
} from "../../store/store.ts";
import type { Call, Reply } from "../context.ts";
import { endDryRun } from "../dry-run.ts";
import { newOperation, operationLinks } from "../operations.ts";
import { checkPreconditions } from "../preconditions.ts";

/** The resource and whatever else its paths follow from. */
export type Family = (reader: StoreReader) => Promise<readonly StoredResource[]>;

/** Why no test of it can begin as things stand, whatever it would be of. */
export function standingRefusals(
  resource: StoredResource,
  family: readonly StoredResource[],
): readonly ArmError[] {
  const running = testUnderWay(resource);
  const busy = family.filter(({ provisioningState }) => provisioningState !== "Succeeded");
  return [
    ...(running === undefined
      ? []
      : [
          conflict(
            "FailoverTestRunning",
            resource.id,
            `${resource.name} has the failover test ${running} under way, and has one at a time; stop that first.`,
          ),
        ]),
    ...busy.map(({ id, provisioningState }) =>
      conflict(
        "AnotherOperationInProgress",
        id,
        `${id} is ${provisioningState}: what a test would take away is known when it is Succeeded; wait for that.`,
      ),
    ),
  ];
}

type Begun = {
  readonly resource: StoredResource;
  /** As it was when its paths were looked at. */
  readonly seen: readonly StoredResource[];
  readonly family: Family;
  readonly about: JsonObject;
  keep(
    writer: StoreWriter,
    test: { testId: string; startedAt: string; startOperation: string },
  ): Promise<void>;
};

export async function beginTest(
  call: Call,
  { resource, seen, family, about, keep }: Begun,
): Promise<Reply> {
  const { deps } = call;
  const testId = uuid(deps.random);
  const startedAt = isoTime(deps.clock);
  const changed = await deps.store.transaction(async (writer) => {
    const now = await family(writer);
    const held = now.find(({ id }) => id === resource.id);
    throwAny(standingRefusals(held ?? resource, now));
    if (held === undefined || etags(now) !== etags(seen)) throw changedMeanwhile(resource);
    const assigned = withTest(held.assigned, { testId, startedAt, ...about });
    const next = await written(call, writer, { held, assigned, result: testId });
    await keep(writer, { testId, startedAt, startOperation: next.operation.id });
    return ended(call, writer, next);
  });
  return accepted(call, changed);
}

type Ending = {
  readonly resource: StoredResource;
  /** What the request itself is refused for. */
  readonly refusals: (held: StoredResource) => readonly ArmError[];
  keep(
    writer: StoreWriter,
    test: { testId: string; stoppedAt: string; stopOperation: string },
  ): Promise<void>;
};

export async function endTest(call: Call, { resource, refusals, keep }: Ending): Promise<Reply> {
  const stoppedAt = isoTime(call.deps.clock);
  const changed = await call.deps.store.transaction(async (writer) => {
    const held = (await writer.read(resource.id)) ?? resource;
    const testId = testUnderWay(held);
    throwAny([...refusals(held), ...stopRefusals(held, testId)]);
    const assigned = withTest(held.assigned, undefined);
    const next = await written(call, writer, { held, assigned, result: testId ?? "" });
    await keep(writer, { testId: testId ?? "", stoppedAt, stopOperation: next.operation.id });
    return ended(call, writer, next);
  });
  return accepted(call, changed);
}

function stopRefusals(held: StoredResource, testId: string | undefined): readonly ArmError[] {
  if (testId === undefined) {
    return [
      conflict(
        "FailoverTestNotRunning",
        held.id,
        `${held.name} has no failover test under way, so that there is none to stop.`,
      ),
    ];
  }
  if (held.provisioningState !== "Deleting") return [];
  return [
    conflict(
      "AnotherOperationInProgress",
      held.id,
      `${held.name} is being deleted, and its failover test goes with it.`,
    ),
  ];
}

type Changed = { readonly resource: StoredResource; readonly operation: Operation };

async function written(
  call: Call,
  writer: StoreWriter,
  { held, assigned, result }: { held: StoredResource; assigned: JsonObject; result: string },
): Promise<Changed> {
  checkPreconditions(call, held);
  const resource: StoredResource = {
    ...held,
    assigned,
    provisioningState: "Updating",
    etag: uuid(call.deps.random),
    generation: held.generation + 1,
    updatedAt: isoTime(call.deps.clock),
  };
  const about = { kind: "action", done: false, subscriptionId: held.subscriptionId } as const;
  const operation = { ...newOperation(call, resource, about), result };
  await writer.putResource(resource);
  await writer.putOperation(operation);
  await writer.markDirty(await scopesOf(resource, writer));
  return { resource, operation };
}

async function ended(call: Call, writer: StoreWriter, changed: Changed): Promise<Changed> {
  const { resource } = changed;
  const definition = definitionOf(resource.type);
  if (definition === undefined) return changed;
  const scopes = await scopesOf(resource, writer);
  await endDryRun(call, writer, { resource, definition, change: "updated", scopes });
  return changed;
}

function accepted(call: Call, { resource, operation }: Changed): Reply {
  call.deps.wake();
  const links = operationLinks(call, operation, resource);
  return {
    status: 202,
    headers: { "Azure-AsyncOperation": links.status, Location: links.result, "Retry-After": "1" },
  };
}

function etags(rows: readonly StoredResource[]): string {
  return rows.map(({ id, etag }) => `${id} ${etag}`).join("\n");
}

function changedMeanwhile({ id, name }: StoredResource): ArmError {
  return conflict(
    "AnotherOperationInProgress",
    id,
    `${name} was changed while its paths were looked at; try again.`,
  );
}
