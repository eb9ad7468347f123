/** Keeps with a peering how many prefixes its customer announces, where a lower tier would not take them in. */
import { defined, objectAt, textAt } from "../domain/fields.ts";
import { isBeyondStandard, PREFIXES_BEYOND } from "../domain/prefixes-in-use.ts";
import { types } from "../domain/types.ts";
import type { Report } from "../fabric/report.ts";
import { circuitVrf } from "../plan/names.ts";
import type { Store } from "../store/store.ts";

/** Writes only when a circuit passes the limit, falls below it, or comes to announce a hundred more or less. */
export class PrefixWatch {
  readonly #store: Store;
  /** Hundreds of prefixes by VRF, for each node. */
  readonly #last = new Map<string, ReadonlyMap<string, number>>();

  constructor(store: Store) {
    this.#store = store;
  }

  async note({ node, observation }: Report): Promise<void> {
    if (observation === undefined) return;
    const counts = new Map<string, number>();
    for (const { vrf, prefixesReceived, prefixLimits } of observation.sessions) {
      const received = prefixLimits?.ipv4?.received ?? prefixesReceived.ipv4 ?? 0;
      if (isBeyondStandard(received)) counts.set(vrf, received);
    }
    const hundreds = new Map([...counts].map(([vrf, count]) => [vrf, Math.ceil(count / 100)]));
    const before = this.#last.get(node);
    // After a start nothing is known of what was written before.
    const vrfs = new Set([...(before?.keys() ?? []), ...hundreds.keys()]);
    const changed = [...vrfs].filter((vrf) => before?.get(vrf) !== hundreds.get(vrf));
    if (before === undefined || changed.length > 0) await this.#write(node, counts);
    this.#last.set(node, hundreds);
  }

  async #write(node: string, counts: ReadonlyMap<string, number>): Promise<void> {
    for (const row of await this.#store.list({ type: types.peering })) {
      if (row.name !== "AzurePrivatePeering") continue;
      const held = objectAt(row.observed, PREFIXES_BEYOND)[node];
      const circuit = await this.#store.read(row.parentId ?? "");
      const count = counts.get(circuitVrf(textAt(circuit?.assigned, "serviceKey") ?? ""));
      if (held === count) continue;
      await this.#store.transaction(async (writer) => {
        const now = await writer.read(row.id);
        if (now === undefined) return;
        const others = objectAt(now.observed, PREFIXES_BEYOND);
        const beyond = defined({ ...others, [node]: count });
        await writer.putResource({
          ...now,
          observed: { ...now.observed, [PREFIXES_BEYOND]: beyond },
        });
      });
    }
  }
}
