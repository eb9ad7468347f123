/** One of the demo's variants, ordered and carrying packets, and taken away again. */

import { namesOf } from "../../src/main/demo/bodies.ts";
import type { CheckContext } from "../../src/main/demo/checks.ts";
import {
  type Around,
  firstPacket,
  preparedVariant,
  sessionsOf,
  watchedByBfd,
} from "../../src/main/demo/demo.ts";
import { takeAway } from "../../src/main/demo/order.ts";
import { type BySide, Findings } from "../../src/main/demo/result.ts";
import { type Variant, variants } from "../../src/main/demo/variants.ts";
import type { Lab } from "./benchmark.ts";

export type StandingVariant = {
  readonly context: CheckContext;
  readonly orderToFirstPacketMs: BySide<number | null>;
  /** Waits until every session and BFD are up; throws when they do not come. */
  settled(): Promise<void>;
  takeAway(): Promise<void>;
};

export async function orderVariant(
  { running, parties }: Lab,
  variant: Variant,
): Promise<StandingVariant> {
  const names = namesOf(variant, parties.customerSubscription);
  const findings = new Findings();
  const { context, machines } = await preparedVariant(running, parties, { variant, findings });
  const around: Around = { parties, names, machines, backend: running.backend, say: () => {} };
  const { orderToFirstPacketMs } = await firstPacket(context, around);
  refuseFailures(findings);
  return {
    context,
    orderToFirstPacketMs,
    async settled() {
      await sessionsOf(context, around);
      await watchedByBfd(context, around);
      refuseFailures(findings);
    },
    takeAway: () => takeAway(parties, variant, names),
  };
}

function refuseFailures({ failures }: Findings): void {
  if (failures.length > 0) throw new Error(failures.join("; "));
}

/** The variants named in `--variants`, or those that a benchmark usually measures. */
export function chosenVariants(asked: string | undefined, usual?: readonly string[]): Variant[] {
  const names = asked?.split(",") ?? usual;
  const unknown = names?.filter((name) => !variants.some((each) => each.name === name)) ?? [];
  if (unknown.length > 0) throw new Error(`There is no variant ${unknown.join(", ")}.`);
  return variants.filter(({ name }) => names?.includes(name) ?? true);
}
