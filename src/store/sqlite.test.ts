import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, expect, test } from "vitest";
import { intentContract } from "./intent.contract.ts";
import { migrate, migrations } from "./migrations.ts";
import { openSqliteStore } from "./sqlite.ts";
import { storeContract } from "./store.contract.ts";

const folders: string[] = [];
function folder(): string {
  const made = mkdtempSync(join(tmpdir(), "causeway-store-"));
  folders.push(made);
  return made;
}
afterEach(() => {
  for (const made of folders.splice(0)) rmSync(made, { recursive: true });
});

const open = async () => openSqliteStore({ path: join(folder(), "store.db"), durable: false });
storeContract(open);
intentContract(open);

test("what was acknowledged is there after the store is opened again", async () => {
  const path = join(folder(), "store.db");
  const store = openSqliteStore({ path });
  await store.transaction((writer) => writer.markDirty(["circuit:blue"]));
  await store.close();
  const again = openSqliteStore({ path });
  expect(await again.dirtyScopes(9)).toEqual([{ scope: "circuit:blue", token: 1 }]);
  await again.close();
});

test("a database of a newer version is refused", () => {
  const database = new DatabaseSync(":memory:");
  migrate(database);
  migrate(database);
  database.exec("PRAGMA user_version = 99");
  expect(() => migrate(database)).toThrow(/has migration 99.*start the newer version/);
  database.close();
});

test("rows and what refers to them outlive the change of their table", () => {
  const database = new DatabaseSync(":memory:");
  database.exec("PRAGMA foreign_keys = ON");
  migrate(database, migrations.slice(0, 5));
  database.exec(`
    INSERT INTO resources VALUES ('/s/b', 't', 's', 'g', NULL, 'k', 'p', NULL, '{"id":"/S/b"}');
    INSERT INTO resources VALUES ('/s/a', 't', 's', 'g', '/s/b', NULL, NULL, 'h', '{"id":"/S/a"}');
    INSERT INTO resource_references VALUES ('/s/b', '/s/a'), ('/s/x', '/s/b')`);
  migrate(database);
  const all = (sql: string) =>
    database
      .prepare(sql)
      .all()
      .map((row) => Object.values(row));
  expect(all("SELECT * FROM resources ORDER BY key")).toEqual([
    ["/s/a", "t", "s", "g", "/s/b", null, null, "h", '{"id":"/S/a"}'],
    ["/s/b", "t", "s", "g", null, "k", "p", null, '{"id":"/S/b"}'],
  ]);
  database.exec("DELETE FROM resources WHERE key = '/s/b'");
  expect(all("SELECT * FROM resource_references")).toEqual([["/s/b", "/s/a"]]);
  database.close();
});

test("a folder that does not exist is refused with the remedy", () => {
  const path = join(folder(), "missing", "store.db");
  expect(() => openSqliteStore({ path })).toThrow(/data folder must exist/);
});
