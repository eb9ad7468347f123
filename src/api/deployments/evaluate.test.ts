import { expect, test } from "vitest";
import type { Json } from "../../store/store.ts";
import { Budget } from "./budget.ts";
import { evaluateAll, type Scope } from "./evaluate.ts";
import { expressionIn, TemplateError } from "./expression.ts";

const scope: Scope = {
  parameter: async (name) => ({ name: "blue", count: 2, on: true, list: [1, 2, 2] })[name] ?? null,
  variable: async () => ({ inner: ["a", { deep: "x" }] }),
  reference: async (target, whole) => (whole ? { properties: { target } } : { target }),
  ask: async (action) => ({ authorizationKey: action }),
  subscription: { subscriptionId: "S" },
  resourceGroup: { name: "rg", location: "westeurope" },
  deployment: { name: "d" },
  tenant: { tenantId: "T" },
  rounds: new Map([
    ["", 1],
    ["loop", 1],
  ]),
  budget: new Budget(),
};

const evaluated = (value: Json) => evaluateAll(value, scope);

test.each<[string, Json]>([
  ["[concat(parameters('name'), '-', 'it''s')]", "blue-it's"],
  ["[concat(createArray(1), parameters('list'))]", [1, 1, 2, 2]],
  ["[format('{0}-{1}', parameters('name'), 7)]", "blue-7"],
  ["[variables('v').inner[1].deep]", "x"],
  ["[resourceGroup().location]", "westeurope"],
  [
    "[resourceId('Microsoft.Network/virtualNetworks/subnets', 'v', 'GatewaySubnet')]",
    "/subscriptions/S/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/v/subnets/GatewaySubnet",
  ],
  [
    "[resourceId('other', 'Microsoft.Network/connections', 'c')]",
    "/subscriptions/S/resourceGroups/other/providers/Microsoft.Network/connections/c",
  ],
  [
    "[resourceId('11', 'other', 'Microsoft.Network/connections', 'c')]",
    "/subscriptions/11/resourceGroups/other/providers/Microsoft.Network/connections/c",
  ],
  [
    "[subscriptionResourceId('Microsoft.Network/expressRouteProviderPorts', 'p')]",
    "/subscriptions/S/providers/Microsoft.Network/expressRouteProviderPorts/p",
  ],
  ["[if(parameters('on'), 'yes', div(1, 0))]", "yes"],
  ["[and(true(), not(equals(1, 2)))]", true],
  ["[or(false(), less(1, 2))]", true],
  ["[coalesce(null(), 'x')]", "x"],
  ["[add(copyIndex(), copyIndex('loop', 10))]", 12],
  ["[union(parameters('list'), createArray(3))]", [1, 2, 3]],
  ["[intersection(createArray(1, 2), createArray(2))]", [2]],
  ["[union(createObject('a', 1), createObject('a', 2))]", { a: 2 }],
  ["[length('abc')]", 3],
  ["[first(split('a,b', ','))]", "a"],
  ["[toUpper(substring('abcdef', 1, 2))]", "BC"],
  ["[contains(createObject('Key', 1), 'key')]", true],
  ["[int('12')]", 12],
  ["[json('{\"a\":[1]}').a[0]]", 1],
  ["[range(3, 2)]", [3, 4]],
  ["[reference('x').target]", "x"],
  ["[reference('x', '2025-05-01', 'Full').properties.target]", "x"],
  ["[listKeys('/id', '2025-05-01').authorizationKey]", "listKeys"],
  ["[[not an expression]", "[not an expression]"],
  ["plain", "plain"],
])("%s", async (text, expected) => {
  expect(await evaluated(text)).toEqual(expected);
});

test("a copy inside an object becomes a list of its name", async () => {
  const copy = [{ name: "tags", count: 2, input: "[concat('t', copyIndex('tags'))]" }];
  expect(await evaluated({ copy, other: "[parameters('name')]" })).toEqual({
    tags: ["t0", "t1"],
    other: "blue",
  });
});

test.each([
  "[concat('a']",
  "[concat('a'))]",
  "[nothing('a')]",
  "[parameters()]",
  "[variables('v').missing]",
  "[copyIndex('elsewhere')]",
  "[mod(1, 0)]",
  "[constructor('x')]",
  "[range(0, 100000000)]",
  "[padLeft('a', 100000000)]",
  `[${"not(".repeat(200)}true()${")".repeat(200)}]`,
  "[#]",
])("%s is refused, and says why", async (text) => {
  await expect(evaluated(text)).rejects.toThrow(TemplateError);
});

test("a result that grows without end is refused before the memory is gone", async () => {
  const doubled = (depth: number): string =>
    depth === 0 ? "'aaaaaaaaaa'" : `concat(${doubled(depth - 1)}, ${doubled(depth - 1)})`;
  const huge = { ...scope, variable: async () => "a".repeat(900_000) };
  await expect(evaluateAll("[concat(variables('x'), variables('x'))]", huge)).rejects.toThrow(
    "too large",
  );
  expect(expressionIn(`[${doubled(3)}]`)).toBeDefined();
});
