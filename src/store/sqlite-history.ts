/** What was asked and what happened: two logs that only grow at one end and are cut at the other. */
import type { SQLInputValue } from "node:sqlite";
import type { ActivityEntry } from "../domain/activity.ts";
import type { StateEvent, StoredEvent } from "../domain/state-event.ts";
import { bodyOf, type Row, type Statements, textOf } from "./statements.ts";
import type { ActivityKept, ActivityQuery, HistoryReader } from "./store.ts";

/** Whoever was away for longer reads the resources anew. */
const eventsKept = 50_000;

export function historyReader(statements: Statements): HistoryReader {
  return {
    async activity(query) {
      const { sql, values } = select(query);
      return statements.all(sql, ...values).map((row) => ({
        sequence: Number(row["sequence"]),
        entry: bodyOf<ActivityEntry>(row) as ActivityEntry,
      }));
    },
    async events(after, limit) {
      const sql =
        "SELECT sequence, time, body FROM events WHERE sequence > ? ORDER BY sequence LIMIT ?";
      return statements.all(sql, after, limit).map(eventOf);
    },
    async eventSpan() {
      const row = statements.first("SELECT min(sequence) AS first FROM events");
      const last = statements.first("SELECT seq FROM sqlite_sequence WHERE name = 'events'");
      const end = Number(last?.["seq"] ?? 0);
      return { first: Number(row?.["first"] ?? end + 1), last: end };
    },
  };
}

function eventOf(row: Row): StoredEvent {
  const event = bodyOf<StateEvent>(row) as StateEvent;
  return { sequence: Number(row["sequence"]), time: textOf(row, "time"), ...event };
}

function select(query: ActivityQuery): { sql: string; values: SQLInputValue[] } {
  const conditions: string[] = ["TRUE"];
  const values: SQLInputValue[] = [];
  const where = (condition: string, value: SQLInputValue | undefined) => {
    if (value === undefined) return;
    conditions.push(condition);
    values.push(typeof value === "string" ? value.toLowerCase() : value);
  };
  where("subscription = ?", query.subscriptionId);
  where("resource_group = ?", query.resourceGroup);
  where("resource = ?", query.resourceId);
  where("correlation = ?", query.correlationId);
  where("sequence < ?", query.before);
  if (query.from !== undefined) {
    conditions.push("time >= ?");
    values.push(query.from);
  }
  if (query.to !== undefined) {
    conditions.push("time <= ?");
    values.push(query.to);
  }
  values.push(query.limit);
  const condition = conditions.join(" AND ");
  return {
    sql: `SELECT sequence, body FROM activity WHERE ${condition} ORDER BY sequence DESC LIMIT ?`,
    values,
  };
}

export function addActivity(
  statements: Statements,
  entry: ActivityEntry,
  { entries, days }: ActivityKept,
): void {
  statements.run(
    `INSERT INTO activity (time, subscription, resource_group, resource, correlation, body)
     VALUES (?, ?, ?, ?, ?, ?)`,
    entry.time,
    entry.subscriptionId.toLowerCase(),
    entry.resourceGroup.toLowerCase(),
    entry.resourceId.toLowerCase(),
    entry.correlationId.toLowerCase(),
    JSON.stringify(entry),
  );
  const oldest = new Date(Date.parse(entry.time) - days * 86_400_000).toISOString();
  statements.run("DELETE FROM activity WHERE time < ?", oldest);
  statements.run(
    "DELETE FROM activity WHERE sequence <= (SELECT max(sequence) FROM activity) - ?",
    entries,
  );
}

export function addEvent(statements: Statements, time: string, event: StateEvent): void {
  statements.run("INSERT INTO events (time, body) VALUES (?, ?)", time, JSON.stringify(event));
  statements.run(
    "DELETE FROM events WHERE sequence <= (SELECT max(sequence) FROM events) - ?",
    eventsKept,
  );
}
