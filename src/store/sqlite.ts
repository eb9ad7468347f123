import { DatabaseSync } from "node:sqlite";
import { type Clock, isoTime, systemClock } from "../base/clock.ts";
import { invariant } from "../base/invariant.ts";
import type { Report } from "../fabric/report.ts";
import { KeptRows } from "./kept-rows.ts";
import { migrate } from "./migrations.ts";
import { accessReader } from "./sqlite-access.ts";
import { addEvent, historyReader } from "./sqlite-history.ts";
import {
  fragmentOwners,
  nodesAhead,
  overtake,
  readIntentChange,
  writeReport,
} from "./sqlite-intent.ts";
import { sqliteReader } from "./sqlite-reader.ts";
import { recordReader } from "./sqlite-records.ts";
import { sqliteWriter } from "./sqlite-writer.ts";
import { bodyOf, prepareStatements, type Statements, textOf } from "./statements.ts";
import { explainStorage } from "./storage-error.ts";
import type { Store, StoreWriter } from "./store.ts";
import { TransactionChanges } from "./transaction-changes.ts";
import { type TurnSnapshot, turnSnapshot } from "./turn-snapshot.ts";

export type SqliteOptions = {
  /** File of the database; made when it is missing. */
  readonly path: string;
  /** False gives up survival of power loss for speed: for tests and throw-away worlds. */
  readonly durable?: boolean;
  /** Gives events their time. */
  readonly clock?: Clock;
};

/** More than ten thousand circuits take. */
const mappedBytes = 128 * 1_048_576;

/**
 * The store in one file. One connection writes, one transaction at a time; another reads, so that a
 * read outside a transaction sees what is committed and never what is under way (WAL).
 */
export function openSqliteStore({
  path,
  durable = true,
  clock = systemClock,
}: SqliteOptions): Store {
  const synchronous = durable ? "FULL" : "OFF";
  const writing = openDatabase(path, synchronous);
  const reading = openDatabase(path, synchronous);
  // Rows that lie in the file's own pages are read without a call of the system for each.
  reading.exec(`PRAGMA mmap_size = ${mappedBytes}`);
  const writes = prepareStatements(writing);
  const snapshot = turnSnapshot(prepareStatements(reading));
  const reads = snapshot.statements;
  const kept = new KeptRows();
  const alone = oneAtATime();
  const listeners = new Set<() => void>();
  const readReport = reportReader(reads);
  const transaction = <T>(work: Work<T>) =>
    alone(async () => {
      const { result, told } = await runTransaction(writes, work, { clock, snapshot, kept });
      if (told) for (const listener of listeners) listener();
      return result;
    });

  return {
    ...sqliteReader(reads, kept),
    ...recordReader(reads),
    ...accessReader(reads),
    ...historyReader(reads),
    transaction: (work) => transaction(work),
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
    async nodesAhead(told) {
      return nodesAhead(reads, told);
    },
    overtake: (told) => transaction(async () => overtake(writes, told)),
    async fragmentOwners(node) {
      return fragmentOwners(reads, node);
    },
    writeReport: (report, events = []) =>
      transaction(async (_writer, changes) => {
        writeReport(writes, report);
        changes.tell(events);
      }),
    readReport: async (node) => readReport(node),
    onEvents(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: () =>
      alone(async () => {
        snapshot.end();
        reading.close();
        writing.close();
      }),
  };
}

/** One report is asked for by every scope that waits for its node: it is parsed when its text has changed. */
function reportReader(reads: Statements): (node: string) => Report | undefined {
  const parsed = new Map<string, { readonly text: string; readonly report: Report | undefined }>();
  return (node) => {
    const row = reads.first("SELECT body FROM reports WHERE node = ?", node);
    if (row === undefined) return undefined;
    const text = textOf(row, "body");
    const held = parsed.get(node);
    if (held?.text === text) return held.report;
    const report = bodyOf<Report>(row);
    parsed.set(node, { text, report });
    return report;
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

type Work<T> = (writer: StoreWriter, changes: TransactionChanges) => Promise<T>;

/** `told`: whether there are events in it. */
async function runTransaction<T>(
  statements: Statements,
  work: Work<T>,
  { clock, snapshot, kept }: { clock: Clock; snapshot: TurnSnapshot; kept: KeptRows },
): Promise<{ result: T; told: boolean }> {
  statements.run("BEGIN IMMEDIATE");
  try {
    const changes = new TransactionChanges();
    const result = await work(sqliteWriter(statements, changes), changes);
    const events = [...changes.events()];
    for (const event of events) addEvent(statements, isoTime(clock), event);
    // Before, so that the log can be laid into the file with it; none can begin in between.
    snapshot.end();
    statements.run("COMMIT");
    kept.forget(changes.resourceKeys());
    return { result, told: events.length > 0 };
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
