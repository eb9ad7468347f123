import { afterEach, beforeEach, expect, test } from "vitest";
import type { Fragment } from "../fabric/intent.ts";
import type { Store } from "./store.ts";

/** What every store promises of the nodes' intents. */
export function intentContract(open: () => Promise<Store>): void {
  let store: Store;
  beforeEach(async () => {
    store = await open();
  });
  afterEach(async () => {
    await store.close();
  });

  test("only nodes whose fragments differ get a new generation", async () => {
    const owner = "circuit:blue";
    const replace = (...fragments: [node: string, fragment: Fragment][]) =>
      store.transaction((writer) =>
        writer.replaceFragments(
          owner,
          fragments.map(([node, fragment]) => ({ node, fragment })),
        ),
      );
    expect(await replace(["e1", port("a", true)], ["e2", port("a", true)])).toEqual([
      { node: "e1", generation: 1 },
      { node: "e2", generation: 1 },
    ]);
    expect(await replace(["e1", port("a", true)], ["e2", port("a", false)])).toEqual([
      { node: "e1", generation: 1 },
      { node: "e2", generation: 2 },
    ]);
    expect(await store.intentChange("e1", 1)).toBeUndefined();
    expect(await store.intentChange("nowhere", 0)).toBeUndefined();
    expect(await store.intentChange("e2", 1)).toEqual({
      node: "e2",
      since: 1,
      generation: 2,
      upserts: [port("a", false)],
      removals: [],
    });
    expect(await replace(["e1", port("b", true)])).toEqual([
      { node: "e1", generation: 2 },
      { node: "e2", generation: 3 },
    ]);
    expect(await store.intentChange("e1", 1)).toMatchObject({
      upserts: [port("b", true)],
      removals: ["a"],
    });
    expect(await store.intentChange("e1", 0)).toMatchObject({
      since: 0,
      upserts: [port("b", true)],
      removals: [],
    });
  });

  test("what a node has taken away is forgotten, and an older node gets its whole intent", async () => {
    const owner = "circuit:blue";
    const replace = (...fragments: Fragment[]) =>
      store.transaction((writer) =>
        writer.replaceFragments(
          owner,
          fragments.map((fragment) => ({ node: "e1", fragment })),
        ),
      );
    await replace(port("a", true), port("b", true));
    await replace(port("b", true));
    const failed = { key: "a", state: "failed" as const };
    await store.writeReport({ node: "e1", generation: 2, fragments: [failed] });
    expect(await store.intentChange("e1", 1)).toMatchObject({ since: 1, removals: ["a"] });
    await store.writeReport({ node: "e1", generation: 2, fragments: [] });
    expect(await store.intentChange("e1", 1)).toEqual({
      node: "e1",
      since: 0,
      generation: 2,
      upserts: [port("b", true)],
      removals: [],
    });
    expect(await store.readReport("e1")).toEqual({ node: "e1", generation: 2, fragments: [] });
  });

  test("an older copy is told from its nodes, and overtakes them with their whole intents", async () => {
    const want = { node: "e1", fragment: port("a", true) };
    await store.transaction((writer) => writer.replaceFragments("one", [want]));
    const told = (e1: number, e2: number) => [
      { node: "e1", generation: e1 },
      { node: "e2", generation: e2 },
    ];
    expect(await store.nodesAhead(told(1, 0))).toEqual([]);
    expect(await store.nodesAhead(told(5, 1))).toEqual(["e1", "e2"]);
    await store.overtake(told(5, 0));
    expect(await store.nodesAhead(told(5, 0))).toEqual([]);
    expect(await store.intentChange("e1", 3)).toMatchObject({
      ...{ since: 0, generation: 6, upserts: [port("a", true)] },
    });
    expect(await store.intentChange("e2", 0)).toBeUndefined();
    await store.overtake(told(5, 4));
    expect(await store.intentChange("e2", 4)).toMatchObject({
      since: 0,
      generation: 5,
      upserts: [],
    });
  });

  test("two owners cannot want the same fragment of a node", async () => {
    const want = (owner: string) =>
      store.transaction((writer) =>
        writer.replaceFragments(owner, [{ node: "e1", fragment: port("a", true) }]),
      );
    await want("one");
    expect(await store.fragmentOwners("e1")).toEqual([{ key: "a", owner: "one" }]);
    await expect(want("two")).rejects.toThrow(/one owner/);
    await store.transaction((writer) => writer.replaceFragments("one", []));
    expect(await store.fragmentOwners("e1")).toEqual([]);
  });
}

function port(key: string, enabled: boolean): Fragment {
  return { kind: "port", key, port: "p0", enabled };
}
