/** What the sessions between edges say of joins: told on the join when it changes. */
import { joinPrefixesOf, peerPeeringIdOf } from "../domain/circuit-joins.ts";
import { objectAt, textAt } from "../domain/fields.ts";
import { parentOfId } from "../domain/resource-id.ts";
import { types } from "../domain/types.ts";
import type { Family } from "../fabric/intent.ts";
import type { Report } from "../fabric/report.ts";
import { SIDES } from "../plan/circuit-view.ts";
import { joinEnds } from "../plan/join.ts";
import { circuitVrf } from "../plan/names.ts";
import type { Store, StoredResource } from "../store/store.ts";

type JoinStatus = "Connected" | "Disconnected";
type SessionPlace = { readonly family: Family; readonly place: string };
type Sessions = ReadonlyMap<string, boolean>;

/** Looks at joins only when a session of a circuit's VRF on the node has changed. */
export class JoinWatch {
  readonly #store: Store;
  /** Whether each session of an edge's circuits is up, by node: `c-1a2b3c4d 10.0.0.2`. */
  readonly #last = new Map<string, Sessions>();

  constructor(store: Store) {
    this.#store = store;
  }

  /** A report without an observation says nothing of sessions. */
  async note({ node, observation }: Report): Promise<void> {
    if (observation === undefined) return;
    const before: Sessions = this.#last.get(node) ?? new Map();
    const after: Sessions = new Map(
      observation.sessions
        .filter(({ vrf }) => vrf.startsWith("c-"))
        .map(({ vrf, address, state }) => [`${vrf} ${address}`, state === "Established"]),
    );
    this.#last.set(node, after);
    const keys = new Set([...before.keys(), ...after.keys()]);
    const changed = new Set([...keys].filter((key) => before.get(key) !== after.get(key)));
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
    const up = new Set(
      [...this.#last.values()].flatMap((sessions) =>
        [...sessions].filter(([, isUp]) => isUp).map(([place]) => place),
      ),
    );
    const status: Record<string, JoinStatus> = {};
    for (const { family, place } of ends) {
      const isUp = up.has(place);
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
