import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { silentLog } from "../base/log.ts";
import { VirtualClock } from "../base/virtual-clock.ts";
import type { Inventory } from "../fabric/inventory.ts";
import type { FragmentResult, Report } from "../fabric/report.ts";
import { openSqliteStore } from "../store/sqlite.ts";
import type { StoredResource } from "../store/store.ts";
import { judge, settleScope } from "./settle.ts";

const part = {
  needs: [
    { node: "e1", generation: 3 },
    { node: "e2", generation: 5 },
  ],
  keys: [
    { node: "e1", key: "a" },
    { node: "e2", key: "a" },
  ],
  resources: [],
};
const failed = (key: string, error?: string): FragmentResult => ({
  key,
  state: "failed",
  ...(error === undefined ? {} : { error }),
});

test.each<{ what: string; e1?: Partial<Report>; e2?: Partial<Report>; outcome: object }>([
  { what: "all reached", e1: {}, e2: {}, outcome: { state: "settled" } },
  { what: "one further on", e1: { generation: 9 }, e2: {}, outcome: { state: "settled" } },
  { what: "no report", e1: {}, outcome: waiting(["e2"]) },
  { what: "one behind", e1: { generation: 2 }, e2: {}, outcome: waiting(["e1"]) },
  {
    what: "a fragment failed",
    e1: { fragments: [failed("a", "no port")] },
    e2: {},
    outcome: waiting(["e1"], "e1: no port"),
  },
  {
    what: "a fragment failed without a reason",
    e1: { fragments: [failed("a")] },
    e2: {},
    outcome: waiting(["e1"], "e1: a failed"),
  },
  {
    what: "a fragment of another failed",
    e1: { fragments: [failed("b", "no port")] },
    e2: {},
    outcome: { state: "settled" },
  },
  {
    what: "a node cannot be read, and another is behind and complains",
    e1: { error: "FRR is gone" },
    e2: { generation: 4, fragments: [failed("a", "no port")] },
    outcome: waiting(["e2", "e1"], "e1: FRR is gone", "e2: no port"),
  },
])("$what", ({ e1, e2, outcome }) => {
  const reports = new Map<string, Report>();
  if (e1) reports.set("e1", { node: "e1", generation: 3, fragments: [], ...e1 });
  if (e2) reports.set("e2", { node: "e2", generation: 5, fragments: [], ...e2 });
  expect(judge(part, reports)).toEqual(outcome);
});

function waiting(nodes: readonly string[], ...complaints: readonly string[]) {
  return { state: "waiting", nodes, complaints };
}

test("a deletion waits for what its node could not take away, and nothing else does", () => {
  const reports = new Map([
    ["e1", { node: "e1", generation: 9, fragments: [failed("unwanted:vrf-1", "vrf-1 is busy")] }],
    ["e2", { node: "e2", generation: 9, fragments: [] }],
  ]);
  expect(judge(part, reports)).toEqual({ state: "settled" });
  expect(judge({ ...part, keys: [] }, reports)).toEqual(waiting(["e1"], "e1: vrf-1 is busy"));
});

test("a verdict on what was planned says nothing of what was asked since", async () => {
  const folder = mkdtempSync(join(tmpdir(), "causeway-settle-"));
  const store = openSqliteStore({ path: join(folder, "store.sqlite"), durable: false });
  const planned = resource({ generation: 1, provisioningState: "Updating" });
  const asked = resource({ generation: 2, provisioningState: "Deleting" });
  const deleted: string[] = [];
  const context = {
    store,
    inventory: {} as Inventory,
    clock: new VirtualClock(),
    log: silentLog,
    published: () => {},
    finishDelete: async (_: unknown, { id }: StoredResource) => {
      deleted.push(id);
    },
  };
  const settled = (row: StoredResource) =>
    settleScope(context, [{ needs: [], keys: [], resources: [row] }]);
  await store.transaction((writer) => writer.putResource(asked));
  expect(await settled(planned)).toEqual({ state: "settled" });
  expect([deleted, await store.read(asked.id)]).toEqual([[], asked]);
  await settled(asked);
  expect(deleted).toEqual([asked.id]);
  await store.close();
  rmSync(folder, { recursive: true });
});

function resource(changes: Partial<StoredResource>): StoredResource {
  return {
    id: "/s/blue",
    type: "T/circuits",
    name: "blue",
    subscriptionId: "s",
    resourceGroup: "g",
    desired: {},
    assigned: {},
    observed: {},
    provisioningState: "Succeeded",
    etag: "1",
    generation: 1,
    createdAt: "2026-01-01T00:00:00.000Z",
    updatedAt: "2026-01-01T00:00:00.000Z",
    ...changes,
  };
}
