/** A sample of the parity matrix; all of it is `npm run parity`, and docs/parity.md. */
import { expect, test } from "vitest";
import { features, matrixOf } from "../parity/matrix.ts";
import { parityPage } from "../parity/page.ts";
import { variantNamed } from "./lab-server.ts";

const sample = [
  "IPv4",
  "IPv6",
  "tags on the wire",
  "isolation",
  "BFD",
  "import list",
  "route table",
  "dry run",
  "status of the connection",
  "tier up and down",
  "deletion leaves nothing",
];

test("a managed model and a Direct one hold a sample of the features", async () => {
  const chosen = features.filter(({ name }) => sample.includes(name));
  const names = ["exchange-l3", "direct-dot1q"];
  const matrix = await matrixOf(chosen, names.map(variantNamed), () => {});
  const passed = Object.fromEntries(names.map((one) => [one, "pass"]));
  expect(matrix.features).toEqual(chosen.map(({ name }) => ({ name, cells: passed })));
  expect(chosen).toHaveLength(sample.length);
}, 600_000);

test("the page has a line for every feature, and a reason for what does not hold", () => {
  const cells = { one: "pass", other: "not applicable: it has none", third: "fail: it broke" };
  const matrix = { features: [{ name: "IPv4", cells }] };
  const run = { matrix, date: "2026-01-01", machine: "a machine", seconds: 9 };
  const page = parityPage(features, run);
  expect(page).toContain("| IPv4 | ✓ | 1 | ✗ 2 | Ten packets each way");
  expect(page).toContain("1. not applicable: it has none\n2. fail: it broke\n");
});

test("the matrix has two dozen features and more, each named once", () => {
  const names = features.map(({ name }) => name);
  expect(names.length).toBeGreaterThanOrEqual(24);
  expect(new Set(names).size).toBe(names.length);
});
