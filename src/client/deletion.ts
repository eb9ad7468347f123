/**
 * Deleting what others depend on, in the order that the API asks for. The order is the API's own: each
 * deletion is rehearsed, and what a refusal names is deleted first.
 */
import { ApiError, type Client, type ErrorDetail } from "./client.ts";

export type DeletionPlan = {
  /** Ids in the order in which they can go. */
  readonly steps: readonly string[];
  /** What somebody else has to do first. */
  readonly waits: readonly { readonly id: string; readonly why: string }[];
};

export async function planDeletion(
  client: Pick<Client, "delete">,
  id: string,
): Promise<DeletionPlan> {
  const seen = new Set<string>();
  const steps: string[] = [];
  const waits: { id: string; why: string }[] = [];
  const visit = async (one: string): Promise<void> => {
    if (seen.has(one.toLowerCase())) return;
    seen.add(one.toLowerCase());
    const refused = await refusalsOf(client, one);
    if (refused === "gone") return;
    for (const { target, message } of refused) {
      if (isId(target) && target.toLowerCase() !== one.toLowerCase()) await visit(target);
      else waits.push({ id: one, why: message });
    }
    steps.push(one);
  };
  await visit(id);
  return { steps, waits };
}

function isId(target: string | undefined): target is string {
  return target?.toLowerCase().startsWith("/subscriptions/") === true;
}

async function refusalsOf(
  client: Pick<Client, "delete">,
  id: string,
): Promise<"gone" | readonly ErrorDetail[]> {
  try {
    const { status } = await client.delete(`${id}?causeway-dryRun=true`);
    return status === 204 ? "gone" : [];
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.status === 404) return "gone";
    if (error.status !== 400 && error.status !== 409) throw error;
    const own = { code: error.code, message: error.message };
    const { details, target } = error;
    return details.length > 0 ? details : [target === undefined ? own : { ...own, target }];
  }
}
