/** How many prefixes a circuit's customer announces, where that is more than a lower tier takes in. */
import { type ArmError, conflict } from "./errors.ts";
import { objectAt } from "./fields.ts";
import { limits, privatePrefixesMax } from "./limits.ts";
import type { StoredResource, StoreReader } from "./state.ts";
import { types } from "./types.ts";

/** In a peering's observed state: counts by the edge that told them, only those beyond the Standard tier. */
export const PREFIXES_BEYOND = "prefixesBeyondStandard";

export async function* prefixTierRefusals(
  circuitId: string,
  tier: string,
  reader: StoreReader,
): AsyncGenerator<ArmError> {
  const most = privatePrefixesMax(tier).ipv4;
  for (const peering of await reader.list({ type: types.peering, parentId: circuitId })) {
    const received = mostReceived(peering);
    if (received <= most) continue;
    yield conflict(
      "LimitExceeded",
      "sku.tier",
      `sku.tier is refused: the customer announces ${received} IPv4 prefixes on ${peering.name} and a ${tier} circuit takes in ${most}; aggregate them first.`,
    );
  }
}

function mostReceived({ observed }: StoredResource): number {
  const counts = Object.values(objectAt(observed, PREFIXES_BEYOND));
  return Math.max(0, ...counts.filter((count) => typeof count === "number"));
}

export function isBeyondStandard(received: number): boolean {
  return received > limits.privatePrefixes.ipv4;
}
