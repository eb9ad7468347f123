import type { RoleAssignment } from "../domain/role-assignment.ts";
import { bodyOf, type Statements } from "./statements.ts";
import type { AccessReader } from "./store.ts";

export function accessReader(statements: Statements): AccessReader {
  return {
    async roleAssignments(principalId) {
      const order = "ORDER BY scope, name";
      const rows =
        principalId === undefined
          ? statements.all(`SELECT body FROM role_assignments ${order}`)
          : statements.all(
              `SELECT body FROM role_assignments WHERE principal = ? ${order}`,
              principalId.toLowerCase(),
            );
      return rows.flatMap((row) => bodyOf<RoleAssignment>(row) ?? []);
    },
  };
}

export function putRoleAssignment(statements: Statements, assignment: RoleAssignment): void {
  statements.run(
    `INSERT INTO role_assignments (scope, name, principal, body) VALUES (?, ?, ?, ?)
     ON CONFLICT (scope, name) DO UPDATE SET
       principal = excluded.principal, body = excluded.body`,
    assignment.scope.toLowerCase(),
    assignment.name.toLowerCase(),
    assignment.principalId.toLowerCase(),
    JSON.stringify(assignment),
  );
}

export function removeRoleAssignment(
  statements: Statements,
  { scope, name }: Pick<RoleAssignment, "scope" | "name">,
): void {
  const sql = "DELETE FROM role_assignments WHERE scope = ? AND name = ?";
  statements.run(sql, scope.toLowerCase(), name.toLowerCase());
}

/** Rights on what is gone go too: another thing of that name starts without them. */
export function removeAssignmentsAt(statements: Statements, scope: string): void {
  statements.run("DELETE FROM role_assignments WHERE scope = ?", scope.toLowerCase());
}
