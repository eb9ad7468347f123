import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { sealSecret, unseal, unsealAll } from "./secret.ts";

const key = randomBytes(32);

test("what is sealed opens again, and the token says nothing of it", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const sealed = sealSecret(key, text);
      expect(sealed).toMatch(/^sealed:[A-Za-z0-9_-]+$/);
      expect(unseal(key, sealed)).toBe(text);
    }),
  );
});

test("a token that was changed, or another key, opens nothing", () => {
  const sealed = sealSecret(key, "opensesame");
  const changed = `${sealed.slice(0, 20)}${sealed[20] === "A" ? "B" : "A"}${sealed.slice(21)}`;
  expect(() => unseal(key, changed)).toThrow(/does not open/);
  expect(() => unseal(randomBytes(32), sealed)).toThrow(/does not open/);
  expect(() => unseal(key, "sealed:AA")).toThrow(/not a sealed secret/);
});

test("every token inside a value is opened and all else is left as it is", () => {
  const text = ` neighbor 192.0.2.1 password ${sealSecret(key, "abc")}\n bfd`;
  const value = { text, list: [sealSecret(key, "x"), 1, null, true], plain: "sealed" };
  expect(unsealAll(key, value)).toEqual({
    text: " neighbor 192.0.2.1 password abc\n bfd",
    list: ["x", 1, null, true],
    plain: "sealed",
  });
});
