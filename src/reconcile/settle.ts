/**
 * The verdict: a resource is what its nodes report, never what we asked for. It succeeds when every
 * node concerned has reached its intent without a complaint about the scope's fragments.
 */
import { isoTime } from "../base/clock.ts";
import { type Report, UNWANTED } from "../fabric/report.ts";
import type { Operation, StoredResource, StoreWriter } from "../store/store.ts";
import type { Outcome, Planned, PlannedPart, ReconcileContext } from "./outcome.ts";

/** After this long with a complaint an operation is called failed; work on it goes on all the same. */
const FAILED_AFTER_MS = 60_000;

export async function settleScope(context: ReconcileContext, planned: Planned): Promise<Outcome> {
  const reports = new Map<string, Report | undefined>();
  for (const { node } of planned.flatMap(({ needs }) => needs))
    reports.set(node, await context.store.readReport(node));
  const outcomes = planned.map((part) => ({ part, outcome: judge(part, reports) }));
  await context.store.transaction(async (writer) => {
    for (const { part, outcome } of outcomes)
      for (const resource of part.resources) await record(context, writer, { resource, outcome });
  });
  return together(outcomes.map(({ outcome }) => outcome));
}

function together(outcomes: readonly Outcome[]): Outcome {
  const waiting = outcomes.filter((outcome) => outcome.state === "waiting");
  if (waiting.length === 0) return { state: "settled" };
  return {
    state: "waiting",
    nodes: [...new Set(waiting.flatMap(({ nodes }) => nodes))],
    complaints: [...new Set(waiting.flatMap(({ complaints }) => complaints))],
  };
}

/** Pure: what the reports say about a part of the plan. */
export function judge(
  planned: PlannedPart,
  reports: ReadonlyMap<string, Report | undefined>,
): Outcome {
  const behind = planned.needs
    .filter(({ node, generation }) => (reports.get(node)?.generation ?? 0) < generation)
    .map(({ node }) => node);
  const unreadable = planned.needs.flatMap(({ node }) => {
    const error = reports.get(node)?.error;
    return error === undefined ? [] : [{ node, complaint: `${node}: ${error}` }];
  });
  const failed = planned.keys.flatMap(({ node, key }) => {
    const result = reports.get(node)?.fragments.find((fragment) => fragment.key === key);
    return result?.state === "failed"
      ? [{ node, complaint: `${node}: ${result.error ?? `${key} failed`}` }]
      : [];
  });
  const complaining = [...unreadable, ...failed, ...notGone(planned, reports)];
  const next = planned.goesOn ? planned.needs.map(({ node }) => node) : [];
  const nodes = [...new Set([...behind, ...complaining.map(({ node }) => node), ...next])];
  return nodes.length === 0
    ? { state: "settled" }
    : {
        state: "waiting",
        nodes,
        complaints: [...new Set(complaining.map(({ complaint }) => complaint))],
      };
}

/** Where nothing is wanted any more, what could not be taken away may be what was (I7). */
function notGone(
  { needs, keys }: PlannedPart,
  reports: ReadonlyMap<string, Report | undefined>,
): { node: string; complaint: string }[] {
  const emptied = needs.filter(({ node }) => !keys.some((wanted) => wanted.node === node));
  return emptied.flatMap(({ node }) =>
    (reports.get(node)?.fragments ?? [])
      .filter(({ key }) => key.startsWith(UNWANTED))
      .map(({ key, error = `${key} failed` }) => ({ node, complaint: `${node}: ${error}` })),
  );
}

async function record(
  context: ReconcileContext,
  writer: StoreWriter,
  { resource, outcome }: { resource: StoredResource; outcome: Outcome },
): Promise<void> {
  const current = await writer.read(resource.id);
  // Someone wrote it again meanwhile: that write is dirty itself and will be judged by its own plan.
  if (current === undefined || current.generation !== resource.generation) return;
  if (outcome.state === "settled")
    return current.provisioningState === "Deleting"
      ? remove(context, writer, current)
      : succeed(context, writer, current);
  if (outcome.complaints.length > 0)
    await complain(context, writer, { current, complaints: outcome.complaints });
}

async function succeed(
  context: ReconcileContext,
  writer: StoreWriter,
  current: StoredResource,
): Promise<void> {
  if (current.provisioningState !== "Succeeded" || current.error !== undefined) {
    const { error: _gone, ...rest } = current;
    await writer.putResource({
      ...rest,
      provisioningState: "Succeeded",
      etag: nextEtag(current),
      updatedAt: isoTime(context.clock),
    });
  }
  await closeOperations(context, writer, { resource: current, status: "Succeeded" });
}

async function remove(
  context: ReconcileContext,
  writer: StoreWriter,
  current: StoredResource,
): Promise<void> {
  await context.finishDelete(writer, current);
  await closeOperations(context, writer, { resource: current, status: "Succeeded" });
}

async function complain(
  context: ReconcileContext,
  writer: StoreWriter,
  { current, complaints }: { current: StoredResource; complaints: readonly string[] },
): Promise<void> {
  const error = { code: "NodeNotConverged", message: complaints.join(" ") };
  const overdue = context.clock.now() - Date.parse(current.updatedAt) > FAILED_AFTER_MS;
  const state =
    overdue && current.provisioningState === "Updating" ? "Failed" : current.provisioningState;
  if (current.error?.message !== error.message || state !== current.provisioningState) {
    await writer.putResource({ ...current, provisioningState: state, error });
  }
  if (state === "Failed")
    await closeOperations(context, writer, { resource: current, status: "Failed", error });
}

async function closeOperations(
  context: ReconcileContext,
  writer: StoreWriter,
  {
    resource,
    ...end
  }: { resource: StoredResource; status: Operation["status"]; error?: Operation["error"] & object },
): Promise<void> {
  for (const operation of await writer.openOperations(resource.id)) {
    if (operation.generation <= resource.generation)
      await writer.putOperation({ ...operation, ...end, endedAt: isoTime(context.clock) });
  }
}

/** Changes with the state as well as with the write: ARM clients see two etags for one operation. */
function nextEtag({ etag }: StoredResource): string {
  return etag.replace(/[0-9a-f](?="?$)/, (digit) =>
    ((Number.parseInt(digit, 16) + 1) % 16).toString(16),
  );
}
