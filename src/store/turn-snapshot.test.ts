import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { prepareStatements } from "./statements.ts";
import { turnSnapshot } from "./turn-snapshot.ts";

function twoConnections() {
  const folder = mkdtempSync(join(tmpdir(), "causeway-snapshot-"));
  const open = () => new DatabaseSync(join(folder, "store.db"));
  const [writing, reading] = [open(), open()];
  writing.exec("PRAGMA journal_mode = WAL; CREATE TABLE t (x)");
  const snapshot = turnSnapshot(prepareStatements(reading));
  onTestFinished(() => {
    snapshot.end();
    for (const each of [reading, writing]) each.close();
    rmSync(folder, { recursive: true });
  });
  const count = () => Number(snapshot.statements.first("SELECT count(*) AS n FROM t")?.["n"]);
  return { writing, reading, snapshot, count };
}

test("reads of one turn see one state, and those of the next what was written meanwhile", async () => {
  const { writing, count } = twoConnections();
  expect(count()).toBe(0);
  writing.exec("INSERT INTO t VALUES (1)");
  expect(count()).toBe(0);
  await nextTurn();
  await nextTurn();
  expect(count()).toBe(1);
});

test("a state that was ended is not read again in its turn, and its log goes into the file", () => {
  const { writing, snapshot, count } = twoConnections();
  expect(count()).toBe(0);
  writing.exec("INSERT INTO t VALUES (1)");
  snapshot.end();
  expect(writing.prepare("PRAGMA wal_checkpoint(TRUNCATE)").get()).toMatchObject({ busy: 0 });
  expect(count()).toBe(1);
});

test("a read that failed and ended its transaction ends nothing else", async () => {
  const { reading, snapshot, count } = twoConnections();
  expect(count()).toBe(0);
  // As SQLite does by itself when the disk fails it.
  reading.exec("ROLLBACK");
  snapshot.end();
  expect(count()).toBe(0);
});
