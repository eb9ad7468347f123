/** `Microsoft.Authorization/roleDefinitions` and `…/roleAssignments`, below any scope. */
import { notFound } from "../../domain/errors.ts";
import {
  type RoleDefinition,
  roleDefinitions,
  roleDefinitionWire,
  roleNamed,
  rolesInWords,
} from "../../domain/role-definition.ts";
import type { Call, Reply } from "../context.ts";
import { parseFilter } from "../filter.ts";
import { methodNotAllowed, type RoleTarget } from "../path.ts";
import { assignmentReply } from "./assignment-routes.ts";

export async function roleReply(call: Call, target: RoleTarget): Promise<Reply> {
  return target.what === "roleAssignments"
    ? assignmentReply(call, target)
    : definitionReply(call, target);
}

/** The roles are the same at every scope, and no secret. */
function definitionReply({ method, query }: Call, { scope, name }: RoleTarget): Reply {
  if (method !== "GET") throw methodNotAllowed(method, ["GET"]);
  if (name === undefined) {
    const clauses = parseFilter(query.get("$filter"), [
      "roleName eq",
      "type eq",
      "atScopeAndBelow is",
    ]);
    const fits = (role: RoleDefinition) =>
      clauses.every(({ field, value }) => {
        if (field === "rolename") return value.toLowerCase() === role.roleName.toLowerCase();
        return field !== "type" || value.toLowerCase() === "builtinrole";
      });
    const value = roleDefinitions.filter(fits).map((role) => roleDefinitionWire(scope, role));
    return { status: 200, body: { value } };
  }
  const role = roleNamed(name);
  if (role !== undefined) return { status: 200, body: roleDefinitionWire(scope, role) };
  throw notFound(
    "RoleDefinitionDoesNotExist",
    `There is no role '${name.slice(0, 100)}'; there are ${rolesInWords()}.`,
  );
}
