/** The package as others install it: everything that is needed is in it, and nothing else. */
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { place, run } from "./cli-runs.ts";

const root = join(import.meta.dirname, "..", "..");

test("the demo runs from the installed package, in an empty folder", async () => {
  using here = place();
  const packed = await run(["npm", "pack", "--json", "--pack-destination", here.path, root]);
  expect([packed.code, packed.err]).toEqual([0, expect.any(String)]);
  const [tarball = ""] = readdirSync(here.path);
  const listed = await run(["tar", "-tzf", join(here.path, tarball)]);
  const files = listed.out.trim().split("\n");
  for (const needed of [
    "bin/causeway.mjs",
    "dist/main/cli.js",
    "dist/drivers/probe/traffic.js",
    "fabrics/lab.yaml",
    "datapath/tags.bpf.o",
    "LICENSE",
    "README.md",
  ])
    expect(files).toContain(`package/${needed}`);
  expect(
    files.filter((file) => /\.ts$|test|fixture|sample|contract|^package\/src/.test(file)),
  ).toEqual([]);
  writeFileSync(join(here.path, "package.json"), '{ "private": true }');
  const install = ["npm", "install", "--no-audit", "--no-fund", "--prefer-offline"];
  const installed = await run([...install, "--prefix", here.path, join(here.path, tarball)]);
  expect([installed.code, installed.err]).toEqual([0, expect.any(String)]);
  const demo = await run(
    ["npx", "--no-install", "causeway", "demo", "--nodes", "simulated", "--json"],
    here.path,
  );
  expect(demo.err).toBe("");
  const { variants } = JSON.parse(demo.out) as { variants: { pass: boolean }[] };
  expect([demo.code, variants.map(({ pass }) => pass)]).toEqual([0, Array(6).fill(true)]);
}, 180_000);
