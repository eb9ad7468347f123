/** What the sessions between edges say of joins: told on the join when it changes. */
import { joinPrefixesOf, peerPeeringIdOf } from "../domain/circuit-joins.ts";
import { objectAt, textAt } from "../domain/fields.ts";
import { parentOfId } from "../domain/resource-id.ts";
import { types } from "../domain/types.ts";
import { type Family, SIDES } from "../fabric/intent.ts";
import type { Report } from "../fabric/report.ts";
import { joinEnds } from "../plan/join.ts";
import { circuitVrf } from "../plan/names.ts";
import type { Store, StoredResource } from "../store/store.ts";
import { SessionChanges } from "./session-changes.ts";

type JoinStatus = "Connected" | "Disconnected";
type SessionPlace = { readonly family: Family; readonly place: string };

/** Looks at joins only when a session of a circuit's VRF on the node has changed. */
export class JoinWatch {
  readonly #store: Store;
  /** Of circuits' VRFs on edges: `c-1a2b3c4d 10.0.0.2`. */
  readonly #sessions = new SessionChanges(/^c-/);

  constructor(store: Store) {
    this.#store = store;
  }

  async note(report: Report): Promise<void> {
    const changed = this.#sessions.note(report);
    if (changed.size === 0) return;
    for (const join of await this.#store.list({ type: types.circuitConnection })) {
      const ends = await this.#endsOf(join);
      if (ends.some(({ place }) => changed.has(place))) await this.#tell(join, ends);
    }
  }

  /** The sessions of each family at both circuits, as the edges name them. */
  async #endsOf(join: StoredResource): Promise<readonly SessionPlace[]> {
    const makerId = parentOfId(join.parentId ?? "");
    const circuits = [
      { id: makerId, isMaker: true },
      { id: parentOfId(peerPeeringIdOf(join)), isMaker: false },
    ];
    const networks = joinPrefixesOf(join.desired["properties"]).map(({ prefix }) => prefix);
    const found: SessionPlace[] = [];
    for (const { id, isMaker } of circuits) {
      const serviceKey = textAt((await this.#store.read(id))?.assigned, "serviceKey");
      if (serviceKey === undefined) continue;
      for (const side of SIDES) {
        for (const { family, peer } of joinEnds({ networks, isMaker }, side))
          found.push({ family, place: `${circuitVrf(serviceKey)} ${peer}` });
      }
    }
    return found;
  }

  /** A family is connected while one of its sessions is up, at whichever edge. */
  async #tell({ id }: StoredResource, ends: readonly SessionPlace[]): Promise<void> {
    const status: Record<string, JoinStatus> = {};
    for (const { family, place } of ends) {
      const isUp = this.#sessions.isUp(place);
      if (isUp || status[family] === undefined) {
        status[family] = isUp ? "Connected" : "Disconnected";
      }
    }
    await this.#store.transaction(async (writer) => {
      const held = await writer.read(id);
      if (held === undefined) return;
      const told = objectAt(held.observed, "circuitConnectionStatus");
      if (Object.entries(status).every(([family, word]) => told[family] === word)) return;
      const observed = { ...held.observed, circuitConnectionStatus: status };
      await writer.putResource({ ...held, observed });
    });
  }
}
