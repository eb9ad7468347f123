import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { FAST_PATH_ROOMS, ROOMS } from "../domain/room.ts";
import { types } from "../domain/types.ts";
import { limitTold, type Report, type RoomObservation } from "../fabric/report.ts";
import { openSqliteStore } from "../store/sqlite.ts";
import { RoomWatch } from "./room-watch.ts";
import { row } from "./row-fixture.ts";

function report(node: string, ...rooms: RoomObservation[]): Report {
  const observation = { sessions: [], neighbors: [], meters: [], ports: [], rooms };
  return { node, generation: 1, fragments: [], observation };
}

const room = (name: string, received: number, ...discarded: string[]): RoomObservation => ({
  ...{ name, ...limitTold(10, received, discarded) },
});

async function watched() {
  const folder = mkdtempSync(join(tmpdir(), "causeway-rooms-"));
  const store = openSqliteStore({ path: join(folder, "store.db"), durable: false });
  await store.transaction(async (writer) => {
    await writer.putResource(row("/g", types.gateway, { assigned: { number: 4 } }));
    await writer.putResource(row("/c", types.circuit, { assigned: { serviceKey: "abc" } }));
    await writer.putResource(
      row("/j", types.connection, {
        desired: { properties: { peer: { id: "/c" }, expressRouteGatewayBypass: true } },
      }),
    );
  });
  const end = async () => {
    await store.close();
    rmSync(folder, { recursive: true });
  };
  return { store, watch: new RoomWatch(store), [Symbol.asyncDispose]: end };
}

test("the level of a gateway's routes is an event when it changes, and not when one more comes", async () => {
  await using world = await watched();
  const { watch } = world;
  const after = async (...rooms: RoomObservation[]) => {
    const told = report("host", ...rooms);
    const events = await watch.eventsOf(told);
    watch.remember(told);
    return events;
  };
  expect(await after(room("gateway/4", 7))).toEqual([]);
  expect(await after(room("gateway/4", 8))).toMatchObject([
    {
      kind: "limit",
      resourceId: "/g",
      data: { node: "host", before: { level: "normal" }, after: { level: "warning", limit: 10 } },
    },
  ]);
  expect(await after(room("gateway/4", 8))).toEqual([]);
  expect(await after(room("gateway/4", 11, "10.0.0.0/8"))).toMatchObject([
    { data: { after: { level: "full", discarded: 1, discardedPrefixes: ["10.0.0.0/8"] } } },
  ]);
  expect(await after(room("addresses/abc", 10))).toMatchObject([{ resourceId: "/c" }]);
});

test("gateways and connections with FastPath show what each node told, and nothing that no node tells", async () => {
  await using world = await watched();
  const { store, watch } = world;
  await watch.note(report("host", room("gateway/4", 3)));
  await watch.note(report("e1", room("addresses/abc", 3)));
  await watch.note(report("e2", room("addresses/abc", 12, "a", "b")));
  const shown = async (id: string, member: string) => (await store.read(id))?.observed[member];
  expect(await shown("/g", ROOMS)).toMatchObject({ host: { received: 3, limit: 10 } });
  expect(await shown("/j", FAST_PATH_ROOMS)).toMatchObject({
    e1: { received: 3 },
    e2: { received: 12, discarded: 2 },
  });
  await watch.note(report("host"));
  await watch.note(report("e2"));
  expect(await shown("/g", ROOMS)).toEqual({});
  expect(Object.keys((await shown("/j", FAST_PATH_ROOMS)) ?? {})).toEqual(["e1"]);
});
