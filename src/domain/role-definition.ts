/**
 * Roles: which actions each allows, as data. The first three carry the public identifiers that ARM
 * clients know; the others are Causeway's own.
 */
import type { JsonObject } from "./state.ts";

export type RoleDefinition = {
  /** GUID; never given to another role. */
  readonly name: string;
  readonly roleName: string;
  readonly description: string;
  readonly actions: readonly string[];
  readonly notActions: readonly string[];
  /** Only at `/`: over the platform as a whole. */
  readonly wholePlatform?: true;
};

const owner: RoleDefinition = {
  name: "8e3af657-a8ff-443c-a75c-2fe8c4bcb635",
  roleName: "Owner",
  description: "Everything, and giving others access.",
  actions: ["*"],
  notActions: [],
};

const contributor: RoleDefinition = {
  name: "b24988ac-6180-42a0-ab88-20f7382dd24c",
  roleName: "Contributor",
  description: "Everything but giving others access.",
  actions: ["*"],
  notActions: ["Microsoft.Authorization/*/write", "Microsoft.Authorization/*/delete"],
};

const reader: RoleDefinition = {
  name: "acdd72a7-3385-48ef-bd42-f606fba81ae7",
  roleName: "Reader",
  description: "Looking at everything, changing nothing.",
  actions: ["*/read"],
  notActions: [],
};

const provider: RoleDefinition = {
  name: "5e6c1c3b-7f0a-4c0e-9d57-2b1f0a6ce001",
  roleName: "Causeway Provider",
  description: "Serving the circuits that were ordered from a provider.",
  actions: [
    "Microsoft.Network/expressRouteCrossConnections/*",
    "Microsoft.Network/expressRouteProviderPorts/read",
    "Microsoft.Insights/eventtypes/management/values/read",
    "Microsoft.Authorization/*/read",
  ],
  notActions: [],
};

const operator: RoleDefinition = {
  name: "5e6c1c3b-7f0a-4c0e-9d57-2b1f0a6ce002",
  roleName: "Causeway Operator",
  description: "Everything everywhere: all subscriptions, the fabric and the accounts.",
  actions: ["*"],
  notActions: [],
  wholePlatform: true,
};

export const roles = { owner, contributor, reader, provider, operator } as const;

export const roleDefinitions: readonly RoleDefinition[] = Object.values(roles);

export function roleNamed(guid: string): RoleDefinition | undefined {
  return roleDefinitions.find(({ name }) => name === guid.toLowerCase());
}

/** For refusals, which tell what would pass. */
export function rolesInWords(): string {
  return roleDefinitions.map(({ name, roleName }) => `${roleName} (${name})`).join(", ");
}

/** What the role denies counts against itself alone: another role may still allow it. */
export function roleAllows({ actions, notActions }: RoleDefinition, action: string): boolean {
  const matches = (pattern: string) => matchesPattern(pattern, action);
  return actions.some(matches) && !notActions.some(matches);
}

/** `*` stands for any number of characters; case does not count. */
function matchesPattern(pattern: string, action: string): boolean {
  const [head = "", ...parts] = pattern.toLowerCase().split("*");
  const text = action.toLowerCase();
  if (parts.length === 0) return text === head;
  if (!text.startsWith(head)) return false;
  const tail = parts.pop() ?? "";
  let from = head.length;
  for (const part of parts) {
    const found = text.indexOf(part, from);
    if (found < 0) return false;
    from = found + part.length;
  }
  return text.length - tail.length >= from && text.endsWith(tail);
}

const definitionType = "Microsoft.Authorization/roleDefinitions";

export function roleDefinitionId(scope: string, { name }: Pick<RoleDefinition, "name">): string {
  return `${scope === "/" ? "" : scope}/providers/${definitionType}/${name}`;
}

export function roleDefinitionWire(scope: string, role: RoleDefinition): JsonObject {
  const { name, roleName, description, actions, notActions } = role;
  const permission = { actions, notActions, dataActions: [], notDataActions: [] };
  return {
    id: roleDefinitionId(scope, role),
    name,
    type: definitionType,
    properties: {
      roleName,
      type: "BuiltInRole",
      description,
      assignableScopes: ["/"],
      permissions: [permission],
    },
  };
}
