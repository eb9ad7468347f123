import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { prepareStatements } from "./statements.ts";
import { explainStorage, StorageError } from "./storage-error.ts";

test("a full disk is said in words with the remedy", () => {
  const database = new DatabaseSync(":memory:");
  database.exec("CREATE TABLE t (body TEXT); PRAGMA max_page_count = 4");
  const statements = prepareStatements(database);
  const fill = () => statements.run("INSERT INTO t VALUES (?)", "x".repeat(50_000));
  expect(fill).toThrow(StorageError);
  expect(fill).toThrow(/disk is full.*make room/);
  database.close();
});

test("what did not come from the disk stays what it was", () => {
  const error = new Error("mine");
  expect(explainStorage(error)).toBe(error);
});
