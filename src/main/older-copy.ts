import { UsageError } from "../cli/usage-error.ts";
import type { FabricNode } from "../fabric/report.ts";
import type { Store } from "../store/store.ts";

/**
 * A data folder that was put back from a copy knows less than its nodes were told since. They refuse what is
 * older, so that nothing would happen at all; and to take away what was ordered since is the operator's to decide.
 */
export async function refuseOlderCopy(
  store: Store,
  nodes: readonly FabricNode[],
  { restored }: { restored: boolean },
): Promise<void> {
  const told = nodes.map(({ name, generation }) => ({ node: name, generation }));
  if (restored) return store.overtake(told);
  const ahead = await store.nodesAhead(told);
  if (ahead.length === 0) return;
  throw new UsageError(
    `The data folder is older than the network: ${ahead.join(", ")} ${ahead.length === 1 ? "was" : "were"} told more than it knows. ` +
      "If it was put back from a copy, start with --restored: the network becomes what the folder says, and what was ordered since is taken away. Nothing was changed.",
  );
}
