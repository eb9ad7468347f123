import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { expect, test } from "vitest";

const datapath = new URL("../../../datapath/", import.meta.url).pathname;
const isBuildable = existsSync("/usr/bin/clang-14") && existsSync("/usr/include/bpf/bpf_helpers.h");

test.runIf(isBuildable)(
  "the source gives the very object that is shipped (where clang 14 is)",
  () => {
    const built = "/tmp/causeway-tags-built.o";
    execFileSync(`${datapath}build.sh`, [built]);
    const same = readFileSync(built).equals(readFileSync(`${datapath}tags.bpf.o`));
    rmSync(built);
    expect(same).toBe(true);
  },
);

test("no path of the builder is in the object", () => {
  const text = readFileSync(`${datapath}tags.bpf.o`).toString("latin1");
  expect(text).not.toMatch(/\/(home|root|tmp|work|src)\//);
});
