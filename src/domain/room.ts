/** How full a limit is that several sessions share, as nodes told of it: kept in what is observed of a row, by node. */
import { numberAt, objectAt } from "./fields.ts";
import type { JsonObject } from "./state.ts";

/** Of a gateway: the routes that it learned. */
export const ROOMS = "rooms";
/** Of a connection: the addresses that the edges reach past gateways, of its circuit or of the circuit's port. */
export const FAST_PATH_ROOMS = "fastPathRooms";

/** Of the nodes that keep a room of the same name, what the fullest told. */
export function fullestRoom(observed: JsonObject, member: string): JsonObject | undefined {
  const rooms = objectAt(observed, member);
  const received = (room: JsonObject) => numberAt(room, "received") ?? 0;
  const [fullest] = Object.keys(rooms)
    .map((node) => objectAt(rooms, node))
    .sort((one, other) => received(other) - received(one));
  return fullest;
}
