import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import { explainStorage } from "./storage-error.ts";

export type Row = Readonly<Record<string, unknown>>;

/** Prepared statements of one connection, each prepared once. */
export type Statements = {
  all(sql: string, ...values: SQLInputValue[]): readonly Row[];
  first(sql: string, ...values: SQLInputValue[]): Row | undefined;
  run(sql: string, ...values: SQLInputValue[]): number;
};

type Prepared = { readonly statement: StatementSync; readonly columns: readonly string[] };

export function prepareStatements(database: DatabaseSync): Statements {
  const prepared = new Map<string, Prepared>();
  const prepare = (sql: string): Prepared => {
    const statement = database.prepare(sql);
    // Rows that come as objects are dictionaries, which V8 places among the old objects: garbage of the dear kind.
    statement.setReturnArrays(true);
    const made = { statement, columns: statement.columns().map(({ name }) => name) };
    prepared.set(sql, made);
    return made;
  };
  const explained = <T>(sql: string, use: (made: Prepared) => T): T => {
    try {
      return use(prepared.get(sql) ?? prepare(sql));
    } catch (error) {
      throw explainStorage(error);
    }
  };
  return {
    all: (sql, ...values) =>
      explained(sql, ({ statement, columns }) =>
        valuesOf(statement.all(...values)).map((each) => rowOf(columns, each)),
      ),
    first: (sql, ...values) =>
      explained(sql, ({ statement, columns }) => {
        const [found] = valuesOf([statement.get(...values)]);
        return found === undefined ? undefined : rowOf(columns, found);
      }),
    run: (sql, ...values) =>
      explained(sql, ({ statement }) => Number(statement.run(...values).changes)),
  };
}

type Values = readonly unknown[];

/** What `setReturnArrays` makes of rows, which their declaration does not say. */
function valuesOf(rows: readonly unknown[]): readonly Values[] {
  return rows as readonly Values[];
}

function rowOf(columns: readonly string[], values: Values): Row {
  const row: Record<string, unknown> = {};
  for (let at = 0; at < columns.length; at += 1) row[columns[at] ?? ""] = values[at];
  return row;
}

/** The text column of a row; the schema says that it is text. */
export function textOf(row: Row, column: string): string {
  return String(row[column]);
}

/** A body column holds what this store wrote as JSON. */
export function bodyOf<T>(row: Row | undefined): T | undefined {
  return row === undefined ? undefined : (JSON.parse(textOf(row, "body")) as T);
}
