import { expect, test } from "vitest";
import { LinkSetter } from "../../../src/drivers/link-setter.ts";
import { argvIn } from "../../../src/drivers/place-argv.ts";
import { nodePaths } from "../../../src/drivers/places.ts";
import { run } from "../../../src/drivers/run.ts";
import { raiseBenchLab } from "./bench-lab.ts";

test("lines are done when they are said to be, a bad one is told, and an ended ip is replaced", async () => {
  await using _lab = await raiseBenchLab("set", ["sw1:p1-host1:eth0"]);
  const at = { node: "sw1", vrf: "default" };
  const aliasNow = async () =>
    await run({ argv: argvIn("set", at, ["ip", "link", "show", "p1"]), why: "read the alias" });
  const setter = new LinkSetter(nodePaths("set", "sw1"));
  try {
    setter.start();
    await setter.set(["link set dev p1 alias one"]);
    expect(await aliasNow()).toContain("alias one");
    await expect(setter.set(["link set dev nowhere up"])).rejects.toThrow(/nowhere/);
    await Promise.all([
      setter.set(["link set dev p1 alias two"]),
      setter.set(["link set dev p1 alias three"]),
    ]);
    expect(await aliasNow()).toContain("alias three");
    setter.close();
    await setter.set(["link set dev p1 alias four"]);
    expect(await aliasNow()).toContain("alias four");
  } finally {
    setter.close();
  }
});
