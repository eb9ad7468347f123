import { bodyOf, type Statements, textOf } from "./statements.ts";
import type { JsonObject, RecordReader, StoredRecord } from "./store.ts";

export function recordReader(statements: Statements): RecordReader {
  return {
    async readRecord(kind, key) {
      const sql = "SELECT body FROM records WHERE kind = ? AND key = ?";
      return bodyOf<JsonObject>(statements.first(sql, kind, key));
    },
    async listRecords(kind) {
      const sql = "SELECT key, body FROM records WHERE kind = ? ORDER BY key";
      return statements
        .all(sql, kind)
        .map((row) => ({ kind, key: textOf(row, "key"), body: bodyOf<JsonObject>(row) ?? {} }));
    },
  };
}

export function putRecord(statements: Statements, { kind, key, body }: StoredRecord): void {
  statements.run(
    `INSERT INTO records (kind, key, body) VALUES (?, ?, ?)
     ON CONFLICT (kind, key) DO UPDATE SET body = excluded.body`,
    kind,
    key,
    JSON.stringify(body),
  );
}

/** Those whose keys are ids below that one. */
export function removeRecordsBelow(statements: Statements, id: string): void {
  const below = id.toLowerCase();
  // What starts with `id/` lies before `id0`, for 0 is what comes after /.
  const sql = "DELETE FROM records WHERE key > ? AND key < ?";
  statements.run(sql, `${below}/`, `${below}0`);
}

export function removeRecord(statements: Statements, kind: string, key: string): void {
  statements.run("DELETE FROM records WHERE kind = ? AND key = ?", kind, key);
}
