/** What a circuit must be before a network, a hub or another circuit is joined to it. */
import { type ArmError, conflict, refuse } from "./errors.ts";
import { linksUsed } from "./hub-links.ts";
import { linksMax } from "./limits.ts";
import { bandwidthMbpsOf, providerStateOf, tierOf } from "./links.ts";
import type { StoredResource, StoreReader } from "./state.ts";

export async function* provisionedRefusals(
  reader: StoreReader,
  circuit: StoredResource,
  target: string,
): AsyncGenerator<ArmError> {
  const state = await providerStateOf(reader, circuit);
  if (state === "Provisioned") return;
  yield conflict(
    "CircuitNotProvisioned",
    target,
    `${target} is refused: circuit ${circuit.name} is ${state}; at Provisioned it can be joined.`,
  );
}

export function noPeering(circuit: StoredResource | undefined, target: string): ArmError {
  return conflict(
    "PeeringMissing",
    target,
    `${target} is refused: circuit ${circuit?.name ?? ""} has no AzurePrivatePeering; make that first.`,
  );
}

/** One more link, whatever it leads to. */
export async function* linkLimitRefusals(
  reader: StoreReader,
  circuit: StoredResource,
  target: string,
): AsyncGenerator<ArmError> {
  const used = await linksUsed(reader, circuit.id);
  const most = linksMax(tierOf(circuit), bandwidthMbpsOf(circuit));
  if (used < most) return;
  yield refuse(
    "LimitExceeded",
    target,
    `${target} is refused: circuit ${circuit.name} has ${used} of its ${most} links to networks, circuits and hubs; delete one, or choose a larger circuit or tier.`,
  );
}
