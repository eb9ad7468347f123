import { expect, test } from "vitest";
import { fullestRoom, ROOMS } from "./room.ts";

test("of nodes that keep the same room the fullest is told, and none where none told", () => {
  const rooms = { "ams-primary": { received: 2 }, "ams-secondary": { received: 3 } };
  expect(fullestRoom({ [ROOMS]: rooms }, ROOMS)).toEqual({ received: 3 });
  expect(fullestRoom({}, ROOMS)).toBeUndefined();
});
