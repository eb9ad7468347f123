import { expect, test } from "vitest";
import { startApi } from "./api-fixture.ts";

test("operators see what nodes say", async () => {
  await using api = startApi();
  await api.store.transaction((writer) =>
    writer.replaceFragments("circuit:x", [
      { node: "ams-e1", fragment: { kind: "port", key: "p", port: "d0", enabled: true } },
    ]),
  );
  const health = async () => (await api.call("operator", "GET", "/causeway/health")).body;
  expect(await health()).toMatchObject({ status: "converging", nodesBehind: ["ams-e1"] });
  const fragment = { key: "p", state: "failed", error: "no such port" } as const;
  await api.store.writeReport({ node: "ams-e1", generation: 1, fragments: [fragment] });
  const { body } = await api.call("operator", "GET", "/causeway/nodes");
  expect(body["value"]).toMatchObject([
    {
      name: "ams-e1",
      generationWanted: 1,
      generationApplied: 1,
      fragmentsFailed: [{ key: "p", error: "no such port" }],
    },
    { name: "ams-e2" },
    { name: "ny-e1" },
    { name: "ny-e2" },
  ]);
  expect(await health()).toMatchObject({ status: "failing", nodesFailing: ["ams-e1"] });
  await api.store.writeReport({ node: "ams-e1", generation: 1, fragments: [] });
  expect(await health()).toMatchObject({ status: "converged" });
});
