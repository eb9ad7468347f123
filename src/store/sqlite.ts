import { DatabaseSync } from "node:sqlite";
import { invariant } from "../base/invariant.ts";
import type { Report } from "../fabric/report.ts";
import { migrate } from "./migrations.ts";
import { accessReader } from "./sqlite-access.ts";
import { fragmentOwners, readIntentChange, writeReport } from "./sqlite-intent.ts";
import { sqliteReader } from "./sqlite-reader.ts";
import { recordReader } from "./sqlite-records.ts";
import { sqliteWriter } from "./sqlite-writer.ts";
import { bodyOf, prepareStatements, type Statements, textOf } from "./statements.ts";
import { explainStorage } from "./storage-error.ts";
import type { Store, StoreWriter } from "./store.ts";

export type SqliteOptions = {
  /** File of the database; made when it is missing. */
  readonly path: string;
  /** False gives up survival of power loss for speed: for tests and throw-away worlds. */
  readonly durable?: boolean;
};

/**
 * The store in one file. One connection writes, one transaction at a time; another reads, so that a
 * read outside a transaction sees what is committed and never what is under way (WAL).
 */
export function openSqliteStore({ path, durable = true }: SqliteOptions): Store {
  const synchronous = durable ? "FULL" : "OFF";
  const writing = openDatabase(path, synchronous);
  const reading = openDatabase(path, synchronous);
  const writes = prepareStatements(writing);
  const reads = prepareStatements(reading);
  const alone = oneAtATime();
  const transaction = <T>(work: (writer: StoreWriter) => Promise<T>) =>
    alone(() => runTransaction(writes, work));

  return {
    ...sqliteReader(reads),
    ...recordReader(reads),
    ...accessReader(reads),
    transaction,
    async dirtyScopes(limit) {
      const sql = "SELECT scope, token FROM dirty_scopes ORDER BY first LIMIT ?";
      return reads
        .all(sql, limit)
        .map((row) => ({ scope: textOf(row, "scope"), token: Number(row["token"]) }));
    },
    settleDirty: ({ scope, token }) =>
      transaction(async () => {
        writes.run("DELETE FROM dirty_scopes WHERE scope = ? AND token = ?", scope, token);
      }),
    async intentChange(node, since) {
      return readIntentChange(reads, node, since);
    },
    async fragmentOwners(node) {
      return fragmentOwners(reads, node);
    },
    writeReport: (report) =>
      transaction(async () => {
        writeReport(writes, report);
      }),
    async readReport(node) {
      return bodyOf<Report>(reads.first("SELECT body FROM reports WHERE node = ?", node));
    },
    close: () =>
      alone(async () => {
        reading.close();
        writing.close();
      }),
  };
}

function openDatabase(path: string, synchronous: "FULL" | "OFF"): DatabaseSync {
  invariant(path !== ":memory:", "two connections share one file");
  try {
    const database = new DatabaseSync(path, { timeout: 5_000 });
    database.exec(
      `PRAGMA journal_mode = WAL; PRAGMA synchronous = ${synchronous}; PRAGMA foreign_keys = ON`,
    );
    migrate(database);
    return database;
  } catch (error) {
    throw explainStorage(error);
  }
}

async function runTransaction<T>(
  statements: Statements,
  work: (writer: StoreWriter) => Promise<T>,
): Promise<T> {
  statements.run("BEGIN IMMEDIATE");
  try {
    const result = await work(sqliteWriter(statements));
    statements.run("COMMIT");
    return result;
  } catch (error) {
    // SQLite has rolled back by itself when the disk was full.
    try {
      statements.run("ROLLBACK");
    } catch {}
    throw error;
  }
}

/** Runs what it is given one after the other, in the order of the calls. */
function oneAtATime(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const result = last.then(work, work);
    last = result.catch(() => {});
    return result;
  };
}
