import { expect, test } from "vitest";
import { z } from "zod";
import { parseBody } from "./resource-body.ts";
import { VlanId } from "./values.ts";

const shape = {
  schema: z.strictObject({
    properties: z.strictObject({
      vlanId: VlanId,
      key: z.string().max(3, { error: "must be short" }).optional(),
      links: z.array(z.strictObject({ name: z.string() })).optional(),
    }),
  }),
  ignored: ["properties.stag", "properties.links.*.router"],
  kept: ["properties.key"],
  secret: ["properties.key"],
};
const parse = (raw: Parameters<typeof parseBody>[2]) => parseBody(shape, (body) => body, raw);

test("what clients send back, and what means not set, is taken out", () => {
  const raw = {
    id: "x",
    name: "y",
    properties: {
      vlanId: 7,
      stag: 3,
      key: "",
      links: [{ name: "a", router: "r" }],
      provisioningState: "Updating",
    },
  };
  expect(parse(raw)).toEqual({
    body: { properties: { vlanId: 7, key: "", links: [{ name: "a" }] } },
    refusals: [],
  });
});

test("every field that is wrong is refused with its path, and no secret is shown", () => {
  const parsed = parse({
    properties: { key: "opensesame", links: [{ name: 7, colour: 1 }] },
    x: 1,
  });
  const refusals = parsed.refusals.map((one) => one.message);
  expect(refusals).toEqual([
    "properties.vlanId is missing; it must be a whole number 1..4094.",
    'properties.key is refused: "•••" is not allowed; it must be short.',
    "properties.links[0].name is refused: 7 is not allowed; it must be: Invalid input: expected string, received number.",
    "properties.links[0].colour is refused: this resource type has no such field. Leave it out.",
    "x is refused: this resource type has no such field. Leave it out.",
  ]);
});
