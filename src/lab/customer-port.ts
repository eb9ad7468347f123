/** Where a link of a circuit comes in at a customer's router, and the tags that it has there. */
import type { Side } from "../fabric/intent.ts";
import { type Inventory, parsePortReference } from "../fabric/inventory.ts";
import { type CircuitView, customerHandOff } from "../plan/circuit-view.ts";

export function customerPort(
  inventory: Inventory,
  circuit: CircuitView,
  { side, peering }: { side: Side; peering: { readonly vlanId: number } | undefined },
): { node: string; port: string; tags: readonly number[] } | undefined {
  const handOff = peering === undefined ? undefined : customerHandOff(circuit, side, peering);
  if (handOff === undefined) return undefined;
  const far = farEnd(inventory, handOff.port);
  return far === undefined ? undefined : { ...far, tags: handOff.tags };
}

export function farEnd(
  inventory: Inventory,
  port: string,
): { node: string; port: string } | undefined {
  const link = inventory.links.find(({ ends }) => ends.includes(port));
  const far = link?.ends.find((end) => end !== port);
  return far === undefined ? undefined : parsePortReference(far);
}
