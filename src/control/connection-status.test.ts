import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { types } from "../domain/types.ts";
import type { Report } from "../fabric/report.ts";
import { openSqliteStore } from "../store/sqlite.ts";
import { ConnectionWatch } from "./connection-status.ts";
import { row } from "./row-fixture.ts";

const report = (...states: ("Established" | "Active")[]): Report => {
  const sessions = states.map((state, index) => ({
    ...{ vrf: `g3-${index}`, address: `169.254.0.${2 + index * 8}`, remoteAsn: 12076 },
    ...{ state, prefixesReceived: {} },
  }));
  const observation = { sessions, neighbors: [], meters: [], ports: [] };
  return { node: "host", generation: 1, fragments: [], observation };
};

test("a connection is joined while any of its sessions is up, and only its own count", async () => {
  const folder = mkdtempSync(join(tmpdir(), "causeway-connection-"));
  const store = openSqliteStore({ path: join(folder, "store.db"), durable: false });
  const of = (id: string) => ({ properties: { virtualNetworkGateway1: { id } } });
  await store.transaction(async (writer) => {
    await writer.putResource(row("/gw", types.gateway, { assigned: { number: 3 } }));
    await writer.putResource(
      row("/c", types.connection, { desired: of("/gw"), assigned: { tunnelBlock: 0 } }),
    );
    await writer.putResource(
      row("/other", types.connection, { desired: of("/gw"), assigned: { tunnelBlock: 7 } }),
    );
  });
  const watch = new ConnectionWatch(store);
  const after = async (next: Report) => {
    await watch.note(next);
    return Promise.all(["/c", "/other"].map(async (id) => (await store.read(id))?.observed));
  };
  const status = (connectionStatus: string) => ({ connectionStatus });
  expect(await after(report("Active", "Established"))).toEqual([status("Connected"), {}]);
  expect(await after(report("Active", "Active"))).toEqual([status("NotConnected"), {}]);
  expect(await after(report("Established"))).toEqual([status("Connected"), {}]);
  expect(await after(report())).toEqual([status("NotConnected"), {}]);
  await store.close();
  rmSync(folder, { recursive: true });
});

test("a connection that is made again between two reports is joined when its session is a new one", async () => {
  const folder = mkdtempSync(join(tmpdir(), "causeway-connection-"));
  const store = openSqliteStore({ path: join(folder, "store.db"), durable: false });
  const desired = { properties: { virtualNetworkGateway1: { id: "/gw" } } };
  const connection = row("/c", types.connection, { desired, assigned: { tunnelBlock: 0 } });
  await store.transaction(async (writer) => {
    await writer.putResource(row("/gw", types.gateway, { assigned: { number: 3 } }));
    await writer.putResource(connection);
  });
  const watch = new ConnectionWatch(store);
  const up = (uptimeSeconds: number) => {
    const { observation, ...rest } = report("Established");
    const sessions = observation?.sessions.map((one) => ({ ...one, uptimeSeconds })) ?? [];
    return { ...rest, observation: { sessions, neighbors: [], meters: [], ports: [] } };
  };
  await watch.note(up(20));
  await store.transaction((writer) => writer.putResource({ ...connection, observed: {} }));
  await watch.note(up(21));
  expect((await store.read("/c"))?.observed).toEqual({});
  await watch.note(up(1));
  expect((await store.read("/c"))?.observed).toEqual({ connectionStatus: "Connected" });
  await store.close();
  rmSync(folder, { recursive: true });
});
