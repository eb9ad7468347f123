import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { types } from "../domain/types.ts";
import type { SessionObservation } from "../fabric/report.ts";
import { openSqliteStore } from "../store/sqlite.ts";
import { FastPathWatch, fastPathStates } from "./fast-path-status.ts";
import { row } from "./row-fixture.ts";

const session = (
  vrf: string,
  state: SessionObservation["state"],
  lastReset?: string,
): SessionObservation => ({
  ...{ vrf, address: "192.0.0.10", remoteAsn: 12076, state, prefixesReceived: {} },
  ...(lastReset === undefined ? {} : { lastReset }),
});

test("a forwarder is active while one edge has a session with it, and says why it is not", () => {
  expect(
    fastPathStates([
      session("f1", "Active", "Peer closed the session"),
      session("f1", "Established"),
      session("f2", "Established"),
      session("f2", "Idle"),
      session("f3", "Connect"),
      session("g1-0", "Idle"),
    ]),
  ).toEqual(
    new Map([
      ["f1", { state: "Active" }],
      ["f2", { state: "Active" }],
      [
        "f3",
        {
          state: "FallenBack",
          reason:
            "Traffic goes by the gateway: no edge has a session with the forwarder (Connect).",
        },
      ],
    ]),
  );
});

test("a connection is told of its forwarder, and of none once that is gone", async () => {
  const folder = mkdtempSync(join(tmpdir(), "causeway-fast-path-"));
  const store = openSqliteStore({ path: join(folder, "store.db"), durable: false });
  await store.transaction((writer) =>
    writer.putResource(row("/c", types.connection, { assigned: { tunnelBlock: 4 } })),
  );
  const watch = new FastPathWatch(store);
  const after = async (...sessions: SessionObservation[]) => {
    const observation = { sessions, neighbors: [], meters: [], ports: [] };
    await watch.note({ node: "host", generation: 1, fragments: [], observation });
    return (await store.read("/c"))?.observed["fastPath"];
  };
  expect(await after(session("f4", "Idle", "BFD down"))).toMatchObject({ state: "FallenBack" });
  expect(await after(session("f4", "Established"))).toEqual({ state: "Active" });
  expect(await after(session("f5", "Established"))).toBeUndefined();
  await store.close();
  rmSync(folder, { recursive: true });
});
