import { expect, test } from "vitest";
import { roleAllows, roleDefinitions, roleNamed, roles } from "./role-definition.ts";

test.each([
  ["owner", "Microsoft.Authorization/roleAssignments/write", true],
  ["contributor", "Microsoft.Network/virtualNetworks/write", true],
  ["contributor", "Microsoft.Authorization/roleAssignments/write", false],
  ["contributor", "microsoft.authorization/roleassignments/DELETE", false],
  ["contributor", "Microsoft.Authorization/roleAssignments/read", true],
  ["reader", "Microsoft.Network/expressRouteCircuits/peerings/arpTables/read", true],
  ["reader", "Microsoft.Network/virtualNetworks/write", false],
  ["reader", "Microsoft.Network/virtualNetworks/readme", false],
  ["provider", "Microsoft.Network/expressRouteCrossConnections/peerings/write", true],
  ["provider", "Microsoft.Network/expressRouteCircuits/read", false],
] as const)("%s, %s: %s", (role, action, allowed) => {
  expect(roleAllows(roles[role], action)).toBe(allowed);
});

test("every role has an identifier of its own, found in any case", () => {
  expect(new Set(roleDefinitions.map(({ name }) => name)).size).toBe(roleDefinitions.length);
  expect(roleNamed("8E3AF657-A8FF-443C-A75C-2FE8C4BCB635")).toBe(roles.owner);
});
