import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { smallInventory } from "../api/api-fixture.ts";
import { types } from "../domain/types.ts";
import type { Report } from "../fabric/report.ts";
import { openSqliteStore } from "../store/sqlite.ts";
import { CarriageWatch } from "./carriage-watch.ts";
import { row } from "./row-fixture.ts";

const why = "not carried: kernel has no macsec";

function report(node: string, port: string, notCarried?: string): Report {
  const result = { key: `port/${port}`, state: "applied" as const };
  const fragments = [notCarried === undefined ? result : { ...result, notCarried }];
  return { node, generation: 1, fragments };
}

test("what a node cannot carry is kept with the link that ends there, and goes when it can", async () => {
  const folder = mkdtempSync(join(tmpdir(), "causeway-carriage-"));
  const store = openSqliteStore({ path: join(folder, "store.db"), durable: false });
  await store.transaction(async (writer) => {
    for (const [id, portPair] of [
      ["/one", "ams-direct-1"],
      ["/two", "ams-direct-2"],
    ] as const)
      await writer.putResource(row(id, types.port, { assigned: { portPair } }));
  });
  const watch = new CarriageWatch(store, smallInventory);
  const kept = async (...reports: Report[]) => {
    for (const one of reports) await watch.note(one);
    const rows = await store.list({ type: types.port });
    return rows.map(({ observed }) => observed["macSecNotCarried"] ?? {});
  };
  expect(await kept(report("ams-e1", "d0"))).toEqual([{}, {}]);
  expect(await kept(report("ams-e1", "d0", why))).toEqual([{ link1: why }, {}]);
  const other = report("ams-e2", "d1", why);
  expect(await kept(other)).toEqual([{ link1: why }, { link2: why }]);
  expect(await kept(report("ams-e1", "d0"))).toEqual([{}, { link2: why }]);
  // What another process wrote and no longer holds goes with the first report.
  await new CarriageWatch(store, smallInventory).note(report("ams-e2", "d1"));
  expect(await kept()).toEqual([{}, {}]);
  await store.close();
  rmSync(folder, { recursive: true });
});
