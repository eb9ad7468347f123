/** Programs come to links by hooks and, where a kernel has none, by filters: the same ones, in the same order. */
import { expect, test } from "vitest";
import { changeFilters, changePrograms } from "../../../src/drivers/datapath/hooks.ts";
import { argvIn } from "../../../src/drivers/place-argv.ts";
import { nodePaths } from "../../../src/drivers/places.ts";
import { kernelReader, run } from "../../../src/drivers/run.ts";
import { circuitVrf, raiseBenchLab, soon } from "./bench-lab.ts";

const paths = nodePaths("hooks", "edge");
const none = { device: "p1", attach: [], detach: [] } as const;

async function there(): Promise<string[]> {
  const place = { net: paths.net, mount: paths.mount, namespaces: ["default"] };
  const [reading] = await kernelReader().read("programs", place);
  if (reading === undefined || "error" in reading) throw new Error(reading?.error);
  return reading.state.map(({ device, program }) => `${device} ${program}`);
}

test.each([
  ["hooks", changePrograms],
  ["filters", changeFilters],
])(
  "by %s: those that measure before those that forward, each once, and gone when they are taken",
  async (_, change) => {
    await using lab = await raiseBenchLab("hooks", ["edge:p1-ce:up"]);
    await lab.converge("edge", [circuitVrf(1, 1, { port: "p1", tags: [100, 7] })]);
    expect(await there()).toEqual(["p1 port_ingress", "p1 port_egress"]);
    const all = ["port_ingress", "port_egress"] as const;
    const away = [{ ...none, detach: all }];
    expect(await changePrograms(paths, "default", away, soon())).toEqual([]);
    expect(await there()).toEqual([]);

    const attach = ["edge_ingress", "inward_ingress"] as const;
    for (const _twice of [1, 2])
      expect(await change(paths, "default", [{ ...none, attach }], soon())).toEqual([]);
    expect(await there()).toEqual(["p1 inward_ingress", "p1 edge_ingress"]);
    const detach = [...attach, "repair_egress"] as const;
    expect(await change(paths, "default", [{ ...none, detach }], soon())).toEqual([]);
    expect(await there()).toEqual([]);
  },
);

test("a link that is not there is told, and the others have their programs", async () => {
  await using lab = await raiseBenchLab("hooks", ["edge:p1-ce:up"]);
  await lab.converge("edge", [circuitVrf(1, 1, { port: "p1", tags: [100, 7] })]);
  const wrong = { ...none, device: "p9", attach: ["edge_ingress"] } as const;
  const right = { ...none, attach: ["edge_ingress"] } as const;
  const refused = await changePrograms(paths, "default", [wrong, right], soon());
  expect(refused.map(({ device }) => device)).toEqual(["p9"]);
  expect(await there()).toContain("p1 edge_ingress");
  const unfiltered = await changeFilters(paths, "default", [wrong], soon());
  expect(unfiltered).toEqual([{ device: "p9", reason: expect.stringContaining("p9") }]);
  const argv = argvIn("hooks", { node: "edge", vrf: "default" }, [
    ...["tc", "filter", "show", "dev", "p1", "ingress"],
  ]);
  const place = { net: paths.net, mount: paths.mount, namespaces: ["default"] };
  const hasHooks = (await kernelReader().hook([], place)) !== undefined;
  expect((await run({ argv, why: "look for filters" })) === "").toBe(hasHooks);
});
