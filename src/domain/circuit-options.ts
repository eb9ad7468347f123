/**
 * What the published API has no field for: how large a packet may be on a circuit, in `properties.causeway`. The
 * original's pages say 1,500 of the link and 1,400 of the way by a gateway; here it is what was declared, all the way.
 */
import { z } from "zod";
import { tunnelledMtu } from "../fabric/inventory.ts";
import { type ArmError, refuse } from "./errors.ts";
import { numberAt } from "./fields.ts";
import type { View } from "./resource.ts";
import type { StoredResource } from "./state.ts";

const field = "properties.causeway.mtu";

/** In bytes of an IP packet. Providers' lines carry the ordinary size; a customer's own ports carry large frames. */
const mtus = { everywhere: [1_400, 1_500], direct: [1_400, 1_500, 9_000] } as const;
export const ORDINARY_MTU = 1_500;

const mtuPasses = "must be 1400, 1500 or, on a Direct circuit, 9000";

export const CircuitOptionsBody = z.strictObject(
  { mtu: z.int({ error: mtuPasses }).optional() },
  { error: "must be an object, or null to go back to the defaults" },
);

type Sent = z.infer<typeof CircuitOptionsBody>;

/** Of a stored circuit. */
export function mtuOfCircuit({ desired }: StoredResource): number {
  return numberAt(desired, field) ?? ORDINARY_MTU;
}

export function* circuitOptionsRefusals(
  options: Sent | null | undefined,
  isDirect: boolean,
  { inventory }: Pick<View, "inventory">,
): Generator<ArmError> {
  const { mtu } = options ?? {};
  if (mtu === undefined) return;
  const offered: readonly number[] = isDirect ? mtus.direct : mtus.everywhere;
  const most = tunnelledMtu(inventory);
  const carried = offered.filter((one) => one <= most);
  if (!offered.includes(mtu)) {
    const why =
      mtu === 9_000 ? "packets of 9000 bytes are carried on Direct circuits alone" : mtuPasses;
    yield refuse(
      "InvalidParameter",
      field,
      `${field} is refused: ${mtu === 9_000 ? why : `${mtu} ${why}`}; send one of ${carried.join(", ")}.`,
    );
  } else if (mtu > most) {
    yield refuse(
      "LimitExceeded",
      field,
      `${field} is refused: the underlay of this fabric carries ${inventory.underlayMtu} bytes, and what is put around a packet leaves ${most} of them, less than ${mtu}; send one of ${carried.join(", ")}, or have the operator raise underlayMtu.`,
    );
  }
}
