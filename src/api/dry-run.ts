/**
 * `?causeway-dryRun=true` on a write: everything is done as it would be, what nodes would become is planned,
 * and the transaction is thrown away.
 */
import type { ResourceDefinition } from "../domain/resource.ts";
import { toWire } from "../domain/resource.ts";
import type { JsonObject, StoredResource, StoreWriter } from "../store/store.ts";
import { type Call, type Reply, viewOf } from "./context.ts";

/** What one fragment of one node would go through. */
export type PlannedChange = {
  readonly node: string;
  readonly fragment: string;
  readonly change: "added" | "changed" | "removed";
};

/** Plans these scopes as they stand in the transaction, and compares with what nodes are asked to be now. */
export type Rehearse = (
  writer: StoreWriter,
  scopes: readonly string[],
) => Promise<readonly PlannedChange[]>;

/** Thrown to take a transaction back; carries the answer out of it. */
export class DryRun extends Error {
  readonly reply: Reply;

  constructor(reply: Reply) {
    super("a dry run changes nothing");
    this.reply = reply;
  }
}

export function isDryRun({ query }: Call): boolean {
  return query.get("causeway-dryRun")?.toLowerCase() === "true";
}

/** Ends the transaction with what it would have done, if that was all that was asked. */
export async function endDryRun(
  call: Call,
  writer: StoreWriter,
  done: {
    readonly resource: StoredResource;
    readonly definition: ResourceDefinition;
    readonly change: "created" | "updated" | "unchanged" | "deleted";
    readonly scopes: readonly string[];
  },
): Promise<void> {
  if (!isDryRun(call)) return;
  const changes = (await call.deps.rehearse?.(writer, [...new Set(done.scopes)])) ?? [];
  const resource = await toWire(done.definition, done.resource, viewOf(call, writer));
  const body: JsonObject = {
    dryRun: true,
    change: done.change,
    resource,
    nodes: changes.map((one) => ({ ...one })),
  };
  throw new DryRun({ status: 200, body });
}
