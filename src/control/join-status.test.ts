import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { types } from "../domain/types.ts";
import type { Report } from "../fabric/report.ts";
import { openSqliteStore } from "../store/sqlite.ts";
import { JoinWatch } from "./join-status.ts";
import { row } from "./row-fixture.ts";

const report = (node: string, ...up: string[]): Report => {
  const sessions = up.map((address) => ({
    ...{ vrf: "c-aaaaaaaa", address, remoteAsn: 12076 },
    ...{ state: "Established" as const, prefixesReceived: {} },
  }));
  const observation = { sessions, neighbors: [], meters: [], ports: [] };
  return { node, generation: 1, fragments: [], observation };
};

test("a family of a join is connected while one of its sessions is up, at whichever edge", async () => {
  const folder = mkdtempSync(join(tmpdir(), "causeway-join-"));
  const store = openSqliteStore({ path: join(folder, "store.db"), durable: false });
  const peeringOf = (circuit: string) => `${circuit}/peerings/AzurePrivatePeering`;
  await store.transaction(async (writer) => {
    for (const [id, serviceKey] of [
      ["/a", "aaaaaaaa-0"],
      ["/b", "bbbbbbbb-0"],
    ] as const)
      await writer.putResource(row(id, types.circuit, { assigned: { serviceKey } }));
    await writer.putResource(
      row("/join", types.circuitConnection, {
        parentId: peeringOf("/a"),
        desired: {
          properties: {
            peerExpressRouteCircuitPeering: { id: peeringOf("/b") },
            addressPrefix: "10.0.0.0/29",
            ipv6CircuitConnectionConfig: { addressPrefix: "fd00::/125" },
          },
        },
      }),
    );
  });
  const watch = new JoinWatch(store);
  const after = async (next: Report) => {
    await watch.note(next);
    return (await store.read("/join"))?.observed["circuitConnectionStatus"];
  };
  const words = (ipv4: string, ipv6: string) => ({ ipv4, ipv6 });
  expect(await after(report("one", "172.16.0.1"))).toBeUndefined();
  expect(await after(report("one", "10.0.0.2"))).toEqual(words("Connected", "Disconnected"));
  expect(await after(report("two", "10.0.0.6", "fd00::6"))).toEqual(
    words("Connected", "Connected"),
  );
  expect(await after(report("one"))).toEqual(words("Connected", "Connected"));
  expect(await after(report("two"))).toEqual(words("Disconnected", "Disconnected"));
  await store.close();
  rmSync(folder, { recursive: true });
});
