/** Templates that are small to send and large to evaluate: each is refused before it costs anything. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Api, at, makeGroup, refusalsIn, startApi } from "../../../src/api/api-fixture.ts";
import { faultLog } from "./fault-log.ts";

const deployment = `${at.group}/providers/Microsoft.Resources/deployments/d`;

let api: Api;
const { log, faults } = faultLog();
beforeAll(async () => {
  api = startApi({ log });
  await makeGroup(api);
});
afterAll(async () => api[Symbol.asyncDispose]());

const network = {
  type: "Microsoft.Network/virtualNetworks",
  apiVersion: "2025-05-01",
  name: "[variables('last')]",
  location: "westeurope",
};

/** Each variable says the one before it several times over. */
function doubling(first: unknown, next: (before: string) => string, rounds = 40) {
  const steps = Array.from({ length: rounds }, (_, n) => [
    `v${n}`,
    n === 0 ? first : `[${next(`variables('v${n - 1}')`)}]`,
  ]);
  return { ...Object.fromEntries(steps), last: `[string(variables('v${rounds - 1}'))]` };
}

const copies = (levels: number): object =>
  levels === 0
    ? { a: "[copyIndex()]" }
    : { copy: [{ name: "all", count: 800, input: copies(levels - 1) }] };

const nestedResources = (levels: number): object => ({
  ...network,
  name: "[format('n{0}', copyIndex())]",
  copy: { name: `c${levels}`, count: 800 },
  ...(levels === 0 ? {} : { resources: [{ ...nestedResources(levels - 1), type: "subnets" }] }),
});

const x = "x".repeat(300_000);

const templates: readonly [string, () => object][] = [
  ["texts that double", () => ({ variables: doubling("x", (b) => `concat(${b}, ${b})`) })],
  ["lists that double", () => ({ variables: doubling("x", (b) => `createArray(${b}, ${b})`) })],
  [
    "objects that double",
    () => ({ variables: doubling("x", (b) => `createObject('a', ${b}, 'b', ${b})`) }),
  ],
  [
    "members that double",
    () => ({
      variables: {
        ...Object.fromEntries(
          Array.from({ length: 40 }, (_, n) => [
            `v${n}`,
            n === 0 ? "x" : { a: `[variables('v${n - 1}')]`, b: `[variables('v${n - 1}')]` },
          ]),
        ),
        last: "[string(variables('v39'))]",
      },
    }),
  ],
  [
    "copies in copies",
    () => ({ variables: { big: copies(4), last: "[string(variables('big'))]" } }),
  ],
  ["resources copied in copies", () => ({ resources: [nestedResources(3)] })],
  [
    "a chain of a hundred thousand members",
    () => ({ variables: { last: `[variables('x')${"[0]".repeat(100_000)}]`, x: [0] } }),
  ],
  [
    "a text that reads as deep lists",
    () => ({
      variables: { last: `[string(json('${"[".repeat(100_000)}${"]".repeat(100_000)}'))]` },
    }),
  ],
  [
    "variables in a ring",
    () => ({ variables: { last: "[variables('b')]", b: "[variables('last')]" } }),
  ],
  ["a chain of ten thousand variables", () => ({ variables: doubling("x", (b) => b, 10_000) })],
  [
    "a longer text that reads as deep lists",
    () => ({
      variables: {
        deep: ` ${"[".repeat(100_000)}${"]".repeat(100_000)}`,
        last: "[string(json(variables('deep')))]",
      },
    }),
  ],
  [
    "one resource too many",
    () => ({
      variables: { last: "v" },
      resources: [
        network,
        { ...network, name: "[format('n{0}', copyIndex())]", copy: { name: "c", count: 800 } },
      ],
    }),
  ],
  [
    "a text repeated by its places",
    () => ({
      variables: {
        x,
        pattern: "{0}".repeat(100_000),
        last: "[format(variables('pattern'), variables('x'))]",
      },
    }),
  ],
  [
    "a text repeated between others",
    () => ({ variables: { x, last: "[join(range(0, 10000), variables('x'))]" } }),
  ],
  [
    "a text repeated for each letter",
    () => ({ variables: { x, last: "[replace(variables('x'), 'x', variables('x'))]" } }),
  ],
  [
    "a copy without number",
    () => ({ variables: { copy: [{ name: "last", count: 1e300, input: 1 }] } }),
  ],
];

test.each(templates)("%s: refused", async (_, template) => {
  for (const [method, path] of [
    ["POST", `${deployment}/validate`],
    ["PUT", deployment],
  ] as const) {
    const sent = {
      properties: { mode: "Incremental", template: { resources: [network], ...template() } },
    };
    const answer = await api.call("customer", method, path, sent);
    expect([method, answer.status, ...refusalsIn(answer)]).toMatchObject([
      method,
      400,
      "InvalidTemplate properties.template",
    ]);
  }
  expect(faults.splice(0)).toEqual([]);
  expect((await api.store.list({})).map(({ type }) => type)).toEqual([
    "Microsoft.Resources/resourceGroups",
  ]);
});
