/**
 * How full the rooms are that sessions share on nodes: routes of a gateway, addresses past gateways of a
 * circuit or of a Direct port. Told as an event when the level changes, and on whose room it is.
 */
import { fastPathRoomOf, isFastPath } from "../domain/fast-path.ts";
import { numberAt, objectAt, sameJson } from "../domain/fields.ts";
import { circuitIdOf } from "../domain/links.ts";
import { FAST_PATH_ROOMS, ROOMS } from "../domain/room.ts";
import type { JsonObject } from "../domain/state.ts";
import type { StateEvent } from "../domain/state-event.ts";
import { types } from "../domain/types.ts";
import type { Report, RoomObservation } from "../fabric/report.ts";
import { addressRoom, gatewayRoom } from "../plan/names.ts";
import type { Store, StoredResource } from "../store/store.ts";

type Rooms = ReadonlyMap<string, RoomObservation>;

/** Who hears of a room, and the rows that show it under a name in what is observed of them. */
type Owner = {
  readonly resourceId: string;
  readonly rows: readonly StoredResource[];
  readonly member: string;
};

export class RoomWatch {
  readonly #store: Store;
  readonly #last = new Map<string, Rooms>();
  /** What was written of each node's rooms, so that what is the same is not looked for. */
  readonly #written = new Map<string, ReadonlyMap<string, string>>();

  constructor(store: Store) {
    this.#store = store;
  }

  /** A report without an observation says nothing of rooms. */
  async eventsOf({ node, observation }: Report): Promise<readonly StateEvent[]> {
    if (observation === undefined) return [];
    const before = this.#last.get(node) ?? roomsOf(await this.#store.readReport(node));
    const after = byName(observation.rooms);
    const changed = [...after.values()].filter(
      (room) => fullnessOf(before.get(room.name)) !== fullnessOf(room),
    );
    if (changed.length === 0) return [];
    const owners = await this.#ownersOf();
    return changed.map((room) => {
      const { name, ...told } = room;
      const { name: _, ...held } = before.get(name) ?? { name };
      return {
        ...{ kind: "limit" as const, resourceId: owners.get(name)?.resourceId ?? "" },
        // An observation is JSON: a node sent it as such.
        data: { node, room: name, before: held, after: told } as unknown as JsonObject,
      };
    });
  }

  /** To be told when the report and its events are stored. */
  remember({ node, observation }: Report): void {
    if (observation !== undefined) this.#last.set(node, byName(observation.rooms));
  }

  async note({ node, observation }: Report): Promise<void> {
    if (observation === undefined) return;
    const rooms = byName(observation.rooms);
    const told = new Map([...rooms].map(([name, room]) => [name, newsOf(room)]));
    const before = this.#written.get(node);
    const names = new Set([...(before?.keys() ?? []), ...told.keys()]);
    const changed = [...names].filter((name) => before?.get(name) !== told.get(name));
    // After a start nothing is known of what was written before.
    if (before === undefined || changed.length > 0) {
      for (const [name, owner] of await this.#ownersOf())
        for (const row of owner.rows) await this.#tell(row, { node, room: rooms.get(name), owner });
    }
    this.#written.set(node, told);
  }

  async #tell(
    { id, observed: last }: StoredResource,
    { node, room, owner }: { node: string; room: RoomObservation | undefined; owner: Owner },
  ): Promise<void> {
    const { member } = owner;
    const withRoom = (observed: JsonObject) => {
      const { [node]: _, ...others } = objectAt(observed, member);
      const { name: _name, ...told } = room ?? { name: "" };
      // An observation is JSON: a node sent it as such.
      return room === undefined ? others : { ...others, [node]: told as unknown as JsonObject };
    };
    if (sameJson(withRoom(last), objectAt(last, member))) return;
    await this.#store.transaction(async (writer) => {
      const held = await writer.read(id);
      if (held === undefined) return;
      const observed = { ...held.observed, [member]: withRoom(held.observed) };
      await writer.putResource({ ...held, observed });
    });
  }

  async #ownersOf(): Promise<ReadonlyMap<string, Owner>> {
    const owners = new Map<string, Owner>();
    for (const gateway of await this.#store.list({ type: types.gateway })) {
      const name = gatewayRoom(numberAt(gateway.assigned, "number") ?? 0);
      owners.set(name, { resourceId: gateway.id, rows: [gateway], member: ROOMS });
    }
    for (const connection of await this.#store.list({ type: types.connection })) {
      const circuit = await this.#store.read(circuitIdOf(connection));
      if (circuit === undefined || !isFastPath(connection)) continue;
      const room = fastPathRoomOf(circuit);
      const name = addressRoom(room.of);
      const rows = [...(owners.get(name)?.rows ?? []), connection];
      owners.set(name, { resourceId: room.resourceId, rows, member: FAST_PATH_ROOMS });
    }
    return owners;
  }
}

function roomsOf(report: Report | undefined): Rooms {
  return byName(report?.observation?.rooms);
}

function byName(rooms: readonly RoomObservation[] = []): Rooms {
  return new Map(rooms.map((room) => [room.name, room]));
}

/** One prefix more or less is no news; a room that was not known was empty. */
function fullnessOf(room: RoomObservation | undefined): string {
  return `${room?.level ?? "normal"} ${(room?.discarded ?? 0) > 0}`;
}

/** What the resource shows is as old as the last hundred of prefixes, near the limit as the last one. */
function newsOf({ received, level, ...rest }: RoomObservation): string {
  const count = level === "normal" ? Math.ceil(received / 100) : received;
  return JSON.stringify([count, level, rest]);
}
