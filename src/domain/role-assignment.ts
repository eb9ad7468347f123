/** A role that a principal has on a scope and on all below it. */
import { roleDefinitionId } from "./role-definition.ts";
import type { JsonObject } from "./state.ts";

export type RoleAssignment = {
  /** GUID, unique at its scope. */
  readonly name: string;
  /** `/`, a subscription, a resource group or a resource, without a slash at its end. */
  readonly scope: string;
  readonly principalId: string;
  readonly principalType: "ServicePrincipal" | "User";
  /** GUID of the role. */
  readonly role: string;
  readonly description?: string;
  readonly createdOn: string;
  readonly updatedOn: string;
  readonly createdBy: string;
  readonly updatedBy: string;
  /** It comes with the account of the principal and goes with it. */
  readonly standing?: true;
};

const assignmentType = "Microsoft.Authorization/roleAssignments";

/** Whether what holds at `scope` holds at `place` too. */
export function covers(scope: string, place: string): boolean {
  if (scope === "/") return true;
  const [above, below] = [scope.toLowerCase(), place.toLowerCase()];
  return below === above || below.startsWith(`${above}/`);
}

export function assignmentId({ scope, name }: Pick<RoleAssignment, "scope" | "name">): string {
  return `${scope === "/" ? "" : scope}/providers/${assignmentType}/${name}`;
}

/** The id of a role as assignments carry it: within their subscription, or of the platform. */
function roleIdAt({ scope, role }: RoleAssignment): string {
  const [subscription = "/"] = /^\/subscriptions\/[^/]+/i.exec(scope) ?? [];
  return roleDefinitionId(subscription, { name: role });
}

export function assignmentWire(assignment: RoleAssignment): JsonObject {
  const { name, scope, principalId, principalType, description = null } = assignment;
  const { createdOn, updatedOn, createdBy, updatedBy } = assignment;
  return {
    id: assignmentId(assignment),
    name,
    type: assignmentType,
    properties: {
      ...{ roleDefinitionId: roleIdAt(assignment), principalId, principalType, scope },
      ...{ description, condition: null, conditionVersion: null },
      ...{ createdOn, updatedOn, createdBy, updatedBy, delegatedManagedIdentityResourceId: null },
    },
  };
}
