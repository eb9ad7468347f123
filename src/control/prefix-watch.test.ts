import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { PREFIXES_BEYOND } from "../domain/prefixes-in-use.ts";
import { types } from "../domain/types.ts";
import type { Report } from "../fabric/report.ts";
import { openSqliteStore } from "../store/sqlite.ts";
import { PrefixWatch } from "./prefix-watch.ts";
import { row } from "./row-fixture.ts";

function report(node: string, ipv4: number): Report {
  const session = {
    ...{ vrf: "c-abcdef01", address: "192.168.0.1", remoteAsn: 65001 },
    ...{ state: "Established" as const, prefixesReceived: { ipv4 } },
  };
  const observation = { sessions: [session], neighbors: [], meters: [], ports: [] };
  return { node, generation: 1, fragments: [], observation };
}

test("what is beyond the Standard tier is kept for each edge, and goes when it is less", async () => {
  const folder = mkdtempSync(join(tmpdir(), "causeway-prefixes-"));
  const store = openSqliteStore({ path: join(folder, "store.db"), durable: false });
  await store.transaction(async (writer) => {
    const assigned = { serviceKey: "ABCDEF01-2345" };
    await writer.putResource(row("/c", types.circuit, { assigned }));
    await writer.putResource(
      row("/c/peerings/p", types.peering, { name: "AzurePrivatePeering", parentId: "/c" }),
    );
  });
  const watch = new PrefixWatch(store);
  const kept = async (...reports: Report[]) => {
    for (const one of reports) await watch.note(one);
    return (await store.read("/c/peerings/p"))?.observed[PREFIXES_BEYOND] ?? {};
  };
  expect(await kept(report("e1", 4_000))).toEqual({});
  expect(await kept(report("e1", 4_500), report("e2", 4_400))).toEqual({ e1: 4_500, e2: 4_400 });
  expect(await kept(report("e1", 10), report("e2", 4_400))).toEqual({ e2: 4_400 });
  // What another process wrote and no longer holds goes with the first report.
  expect(await new PrefixWatch(store).note(report("e2", 10))).toBeUndefined();
  expect(await kept()).toEqual({});
  await store.close();
  rmSync(folder, { recursive: true });
});
