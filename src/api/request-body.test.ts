import fc from "fast-check";
import { expect, test } from "vitest";
import { at, good, makeGroup, makeProvisioned, startApi } from "./api-fixture.ts";

test.each([
  ["text", "hello", 400],
  ["a list", "[]", 400],
  ["a number", "7", 400],
  ["null", "null", 400],
  ["half of JSON", '{"location":', 400],
  ["JSON that nests deep", "[".repeat(100_000), 400],
  ["objects that nest deep", `${'{"properties":'.repeat(40)}1${"}".repeat(40)}`, 400],
  ["more than a megabyte", `{"location":"${"x".repeat(1_100_000)}"}`, 413],
  [
    "a prototype",
    '{"__proto__":{"location":"x"},"location":"westeurope","properties":{"__proto__":{}}}',
    400,
  ],
  ["a list in place of properties", '{"location":"westeurope","properties":[]}', 400],
  ["numbers in place of texts", '{"location":7,"sku":7,"properties":7,"tags":7}', 400],
])("%s as a body is refused and never a fault", async (_, body, status) => {
  await using api = startApi();
  await makeGroup(api);
  const answer = await api.call("customer", "PUT", at.circuit("blue"), body);
  expect([answer.status, typeof answer.body["error"]?.["message"]]).toEqual([status, "string"]);
});

test("random bytes and random JSON on every type are refused, never a fault", async () => {
  await using api = startApi();
  await makeGroup(api);
  await makeProvisioned(api, "blue");
  const paths = [
    at.circuit("x"),
    at.peering("blue"),
    at.vnet("x"),
    `${at.circuit("blue")}/authorizations/a`,
    at.gateway("x"),
    at.connection("x"),
    at.port("x"),
    at.machine("x"),
    at.group,
  ];
  const bodies = [
    good.circuit(),
    good.peering(),
    good.vnet(),
    good.gateway(),
    good.connection(),
    good.port(),
  ];
  const mutated = fc
    .tuple(fc.constantFrom(...bodies), fc.nat(), fc.jsonValue({ maxDepth: 3 }))
    .map(([body, where, value]) => replaceSomewhere(body, where, value));
  const arbitrary = fc.oneof(fc.uint8Array({ maxLength: 200 }), fc.json(), mutated);
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...paths), arbitrary, async (path, body) => {
      const response = await api.raw(
        new Request(`http://api${path}?api-version=2025-05-01`, {
          method: "PUT",
          headers: { authorization: `Bearer ${await api.tokenOf("customer")}` },
          body: typeof body === "string" ? body : Buffer.from(body),
        }),
      );
      expect(response.status).toBeLessThan(500);
      JSON.parse(await response.text());
    }),
    { numRuns: 400 },
  );
});

/** The body with one of its values, at any depth, replaced. */
function replaceSomewhere(body: unknown, where: number, value: unknown): string {
  const text = JSON.stringify(body);
  let count = 0;
  JSON.parse(text, (_, part: unknown) => {
    count += 1;
    return part;
  });
  let seen = 0;
  const changed: unknown = JSON.parse(text, (_, part: unknown) => {
    seen += 1;
    return seen === (where % count) + 1 ? value : part;
  });
  return JSON.stringify(changed);
}
