/** Whether a connection's edges reach machines past the gateway, told on the connection when it changes. */
import { FALL_BACKS } from "../domain/fast-path.ts";
import { numberAt, textAt } from "../domain/fields.ts";
import { types } from "../domain/types.ts";
import type { Report, SessionObservation } from "../fabric/report.ts";
import { fastPathVrf } from "../plan/names.ts";
import type { Store, StoredResource } from "../store/store.ts";

type Status = { readonly state: "Active" | "FallenBack"; readonly reason?: string };

/** Looks at connections only when a session of a forwarder on the node has changed. */
export class FastPathWatch {
  readonly #store: Store;
  /** What was told of each forwarder, by node and VRF. */
  readonly #last = new Map<string, ReadonlyMap<string, Status>>();

  constructor(store: Store) {
    this.#store = store;
  }

  /** A report without an observation says nothing of sessions. */
  async note({ node, observation }: Report): Promise<void> {
    if (observation === undefined) return;
    const before = this.#last.get(node) ?? new Map<string, Status>();
    const told = fastPathStates(observation.sessions);
    this.#last.set(node, told);
    const vrfs = new Set([...before.keys(), ...told.keys()]);
    const changed = [...vrfs].filter((vrf) => !isSame(before.get(vrf), told.get(vrf)));
    if (changed.length === 0) return;
    for (const connection of await this.#store.list({ type: types.connection })) {
      const block = numberAt(connection.assigned, "tunnelBlock");
      const vrf = block === undefined ? "" : fastPathVrf(block);
      if (changed.includes(vrf)) await this.#tell(connection, told.get(vrf));
    }
  }

  /** Nothing is left to tell of where there is no forwarder any more. */
  async #tell({ id }: StoredResource, status: Status | undefined): Promise<void> {
    await this.#store.transaction(async (writer) => {
      const held = await writer.read(id);
      if (held === undefined) return;
      const { fastPath: before, ...others } = held.observed;
      const fell = textAt(before, "state") === "Active" && status?.state === "FallenBack" ? 1 : 0;
      const fallBacks = { [FALL_BACKS]: (numberAt(others, FALL_BACKS) ?? 0) + fell };
      const observed =
        status === undefined ? others : { ...others, fastPath: status, ...fallBacks };
      await writer.putResource({ ...held, observed });
    });
  }
}

function isSame(one: Status | undefined, other: Status | undefined): boolean {
  return one?.state === other?.state && one?.reason === other?.reason;
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
