import { expect, test } from "vitest";
import { table } from "./terminal.ts";

test("columns are as wide as their widest cell, without trailing space", () => {
  expect(
    table(
      ["name", "state"],
      [
        ["a", "up"],
        ["longer", ""],
      ],
    ),
  ).toEqual(["name    state", "──────  ─────", "a       up", "longer"]);
});
