import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import { explainStorage } from "./storage-error.ts";

export type Row = Readonly<Record<string, unknown>>;

/** Prepared statements of one connection, each prepared once. */
export type Statements = {
  all(sql: string, ...values: SQLInputValue[]): readonly Row[];
  first(sql: string, ...values: SQLInputValue[]): Row | undefined;
  run(sql: string, ...values: SQLInputValue[]): number;
};

export function prepareStatements(database: DatabaseSync): Statements {
  const prepared = new Map<string, StatementSync>();
  const explained = <T>(sql: string, use: (statement: StatementSync) => T): T => {
    try {
      const statement = prepared.get(sql) ?? database.prepare(sql);
      prepared.set(sql, statement);
      return use(statement);
    } catch (error) {
      throw explainStorage(error);
    }
  };
  return {
    all: (sql, ...values) => explained(sql, (statement) => statement.all(...values)),
    first: (sql, ...values) => explained(sql, (statement) => statement.get(...values)),
    run: (sql, ...values) =>
      explained(sql, (statement) => Number(statement.run(...values).changes)),
  };
}

/** The text column of a row; the schema says that it is text. */
export function textOf(row: Row, column: string): string {
  return String(row[column]);
}

/** A body column holds what this store wrote as JSON. */
export function bodyOf<T>(row: Row | undefined): T | undefined {
  return row === undefined ? undefined : (JSON.parse(textOf(row, "body")) as T);
}
