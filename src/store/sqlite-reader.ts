import type { KeptRows } from "./kept-rows.ts";
import { resourceReader } from "./sqlite-resources.ts";
import { bodyOf, type Statements, textOf } from "./statements.ts";
import type { Allocation, Operation, StoreReader } from "./store.ts";

export function sqliteReader(statements: Statements, kept?: KeptRows): StoreReader {
  return {
    ...resourceReader(statements, kept),
    async readOperation(id) {
      return bodyOf<Operation>(statements.first("SELECT body FROM operations WHERE id = ?", id));
    },
    async openOperations(resourceId) {
      const sql = "SELECT body FROM operations WHERE resource = ? AND open = 1 ORDER BY sequence";
      return statements
        .all(sql, resourceId.toLowerCase())
        .flatMap((row) => bodyOf<Operation>(row) ?? []);
    },
    async allocations(pool) {
      const sql = "SELECT value, owner FROM allocations WHERE pool = ? ORDER BY value";
      return statements.all(sql, pool).map(
        (row): Allocation => ({
          pool,
          value: Number(row["value"]),
          owner: textOf(row, "owner"),
        }),
      );
    },
  };
}
