/** What the published API has no field for: how much of a circuit one connection may take. In `properties.causeway`. */
import { z } from "zod";
import { type ArmError, refuse } from "./errors.ts";
import { at, numberAt } from "./fields.ts";
import type { StoredResource } from "./state.ts";
import { whole } from "./values.ts";

const field = "properties.causeway.rateMbps";

export const ConnectionOptionsBody = z.strictObject(
  { rateMbps: whole(1, 400_000).optional() },
  { error: "must be an object, or null to go back to the defaults" },
);

type Sent = z.infer<typeof ConnectionOptionsBody>;

/** Of a stored connection. */
export function connectionOptionsOf({ desired }: StoredResource): { readonly rateMbps?: number } {
  const rateMbps = numberAt(desired, field);
  return rateMbps === undefined ? {} : { rateMbps };
}

export function* connectionOptionsRefusals(
  options: Sent | null | undefined,
  circuitMbps: number,
): Generator<ArmError> {
  const { rateMbps } = options ?? {};
  if (rateMbps === undefined || rateMbps <= circuitMbps) return;
  yield refuse(
    "LimitExceeded",
    field,
    `${field} is refused: ${rateMbps} Mbps are more than the ${circuitMbps} of the circuit; send 1..${circuitMbps}, or leave it out.`,
  );
}

/** Whether a gateway lets other virtual networks of its circuits in. */
export function allowsRemoteNetworks({ desired }: StoredResource): boolean {
  return at(desired, "properties.allowRemoteVnetTraffic") === true;
}
