/** Whether a connection's edges reach machines past the gateway, told on the connection when it changes. */
import { isFastPath } from "../domain/fast-path.ts";
import { numberAt, objectAt } from "../domain/fields.ts";
import { types } from "../domain/types.ts";
import type { Report, SessionObservation } from "../fabric/report.ts";
import { fastPathVrf } from "../plan/names.ts";
import type { Store, StoredResource } from "../store/store.ts";

type Status = { readonly state: "Active" | "FallenBack"; readonly reason?: string };

/** Looks at connections only when a session of a forwarder on the node has changed. */
export class FastPathWatch {
  readonly #store: Store;
  /** What was told of each forwarder, by its VRF. */
  readonly #last = new Map<string, string>();

  constructor(store: Store) {
    this.#store = store;
  }

  /** A report without an observation says nothing of sessions. */
  async note({ observation }: Report): Promise<void> {
    const told = fastPathStates(observation?.sessions ?? []);
    const changed = [...told].filter(
      ([vrf, status]) => this.#last.get(vrf) !== JSON.stringify(status),
    );
    if (changed.length === 0) return;
    for (const connection of await this.#store.list({ type: types.connection })) {
      const block = numberAt(connection.assigned, "tunnelBlock");
      const vrf = block === undefined ? "" : fastPathVrf(block);
      const status = told.get(vrf);
      if (status === undefined || !isFastPath(connection)) continue;
      await this.#tell(connection, status);
      this.#last.set(vrf, JSON.stringify(status));
    }
  }

  async #tell({ id }: StoredResource, status: Status): Promise<void> {
    await this.#store.transaction(async (writer) => {
      const held = await writer.read(id);
      if (held === undefined) return;
      const { state, reason } = objectAt(held.observed, "fastPath");
      if (state === status.state && reason === status.reason) return;
      await writer.putResource({ ...held, observed: { ...held.observed, fastPath: status } });
    });
  }
}

/** Of every forwarder that a node told of. One session is enough: the other edge's traffic goes by the gateway. */
export function fastPathStates(
  sessions: readonly SessionObservation[],
): ReadonlyMap<string, Status> {
  const states = new Map<string, Status>();
  for (const { vrf, state, lastReset } of sessions.filter((one) => /^f\d+$/.test(one.vrf))) {
    if (state === "Established") states.set(vrf, { state: "Active" });
    else if (states.get(vrf)?.state !== "Active") {
      const reason = `Traffic goes by the gateway: no edge has a session with the forwarder (${lastReset ?? state}).`;
      states.set(vrf, { state: "FallenBack", reason });
    }
  }
  return states;
}
