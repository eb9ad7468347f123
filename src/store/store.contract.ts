import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Operation, Store, StoredResource } from "./store.ts";

/** What every store promises. */
export function storeContract(open: () => Promise<Store>): void {
  let store: Store;
  beforeEach(async () => {
    store = await open();
  });
  afterEach(async () => {
    await store.close();
  });
  const put = (...resources: StoredResource[]) =>
    store.transaction(async (writer) => {
      for (const one of resources) await writer.putResource(one);
    });

  test("a resource is read by its id in any case, and lists find it by every column", async () => {
    const circuit = resource("Blue", { assigned: { serviceKey: "K-1", portPair: "nni" } });
    await put(circuit, resource("green", { parentId: circuit.id }));
    expect(await store.read(circuit.id.toUpperCase())).toEqual(circuit);
    const names = async (query: Parameters<Store["list"]>[0]) =>
      (await store.list(query)).map(({ name }) => name);
    expect(await names({ type: "T/CIRCUITS" })).toEqual(["Blue", "green"]);
    expect(await names({ serviceKey: "k-1" })).toEqual(["Blue"]);
    expect(await names({ portPair: "nni", subscriptionId: "s" })).toEqual(["Blue"]);
    expect(await names({ handOff: "nni" })).toEqual([]);
    expect(await names({ parentId: circuit.id })).toEqual(["green"]);
    expect(await names({ resourceGroup: "other" })).toEqual([]);
    expect(await names({ limit: 1 })).toEqual(["Blue"]);
    expect(await names({ limit: 1, after: circuit.id })).toEqual(["green"]);
  });

  test("what was read once is read as it is now, and while a write is under way as it was", async () => {
    const row = resource("Blue", { tags: { turn: "1" } });
    const turn = async () => [
      (await store.read(row.id))?.tags?.["turn"],
      ...(await store.list({ type: row.type })).map(({ tags }) => tags?.["turn"]),
    ];
    await put(row);
    expect(await turn()).toEqual(["1", "1"]);
    await store.transaction(async (writer) => {
      await writer.putResource({ ...row, tags: { turn: "2" } });
      expect((await writer.read(row.id))?.tags).toEqual({ turn: "2" });
      expect(await turn()).toEqual(["1", "1"]);
    });
    expect(await turn()).toEqual(["2", "2"]);
    const refused = store.transaction(async (writer) => {
      await writer.removeResource(row.id);
      throw new Error("refused");
    });
    await expect(refused).rejects.toThrow("refused");
    expect(await turn()).toEqual(["2", "2"]);
    await store.transaction((writer) => writer.removeResource(row.id));
    expect(await turn()).toEqual([undefined]);
  });

  test("many lists find what each of them finds alone, in their order", async () => {
    const [blue, green] = ["Blue", "Green"].map((name) =>
      resource(name, { assigned: { serviceKey: `K-${name}`, portPair: "nni" } }),
    );
    if (blue === undefined || green === undefined) throw new Error("two were made");
    const below = (name: string, { id: parentId }: StoredResource, type = "t/peerings") =>
      resource(name, { parentId, type });
    await put(blue, green, below("b-2", blue), below("b-1", blue), below("g", green, "t/other"));
    const queries = [
      ...[{ parentId: green.id.toUpperCase() }, { parentId: blue.id }, { parentId: "/none" }],
      ...[{ serviceKey: "k-green" }, { type: "T/Other", serviceKey: "K-Blue" }],
      ...[
        { parentId: blue.id, limit: 1 },
        { type: "T/PEERINGS", parentId: blue.id },
      ],
      ...[{ type: "t/peerings", parentId: green.id }, { portPair: "nni" }, { parentId: blue.id }],
    ];
    const found = await store.lists(queries);
    expect(found).toEqual(await Promise.all(queries.map((query) => store.list(query))));
    expect(found.map((rows) => rows.map(({ name }) => name).join(" "))).toEqual([
      ...["g", "b-1 b-2", "", "Green", "", "b-1", "b-1 b-2", "", "Blue Green", "b-1 b-2"],
    ]);
  });

  test("referring finds ids in desired and assigned state, and forgets them with the row", async () => {
    const target = "/S/a/Circuits/Blue";
    await put(
      resource("one", { desired: { properties: { peer: { id: target } } } }),
      resource("two", { assigned: { list: [{ id: target }, { id: target }] } }),
      resource("three", { desired: { properties: { note: target } } }),
    );
    const referring = async () =>
      (await store.list({ referring: target.toLowerCase() })).map(({ name }) => name);
    expect(await referring()).toEqual(["one", "two"]);
    await put(resource("one", {}));
    await store.transaction((writer) => writer.removeResource(resource("two", {}).id));
    expect(await referring()).toEqual([]);
  });

  test("role assignments are found by principal, and go with what they are about", async () => {
    const assignment = (scope: string, name: string, principalId: string) => ({
      ...{ scope, name, principalId, principalType: "User" as const, role: "r" },
      ...{ createdOn: "", updatedOn: "", createdBy: "", updatedBy: "" },
    });
    const row = resource("One", {});
    const [one, two] = [assignment(row.id, "N1", "P"), assignment("/Subscriptions/s", "n2", "p")];
    await put(row);
    await store.transaction(async (writer) => {
      for (const each of [one, two, assignment("/", "n3", "q")])
        await writer.putRoleAssignment(each);
      await writer.putRoleAssignment({ ...two, role: "other" });
      await writer.removeRoleAssignment({ scope: "/", name: "N3" });
    });
    expect(await store.roleAssignments("P")).toEqual([one, { ...two, role: "other" }]);
    expect(await store.roleAssignments()).toHaveLength(2);
    await store.transaction((writer) => writer.removeResource(row.id));
    expect(await store.roleAssignments()).toEqual([{ ...two, role: "other" }]);
  });

  test("the news of a transaction is its outcome, told once it is committed", async () => {
    const rings: number[] = [];
    const off = store.onEvents(() => rings.push(1));
    const row = resource("One", {});
    const going: StoredResource = { ...row, provisioningState: "Deleting" };
    await store.transaction(async (writer) => {
      await writer.putResource({ ...row, provisioningState: "Updating" });
      await writer.putResource(row);
      await writer.putOperation({
        ...{ id: "o-1", resourceId: row.id, kind: "write", status: "InProgress" },
        ...{ generation: 1, subscriptionId: "S", startedAt: "2026-01-01T00:00:00.000Z" },
      });
    });
    await put(row);
    await store
      .transaction(async (writer) => {
        await writer.putResource(going);
        throw new Error("refused");
      })
      .catch(() => {});
    await store.transaction((writer) => writer.removeResource(row.id));
    const told = await store.events(0, 10);
    expect(told.map(({ kind, data }) => [kind, data["change"] ?? data["status"]])).toEqual([
      ["resource", "created"],
      ["operation", "InProgress"],
      ["resource", "deleted"],
    ]);
    expect(told[0]?.data["provisioningState"]).toBe("Succeeded");
    expect(rings).toHaveLength(2);
    off();
    const session = { kind: "session", resourceId: "", data: {} } as const;
    await store.writeReport({ node: "n", generation: 1, fragments: [] }, [session]);
    expect(rings).toHaveLength(2);
    const [, , third] = told;
    expect(await store.events(third?.sequence ?? 0, 10)).toMatchObject([session]);
    expect(await store.eventSpan()).toEqual({ first: 1, last: 4 });
  });

  test("activity is found by place and time, newest first, and old entries go", async () => {
    const entry = (id: string, day: number, resourceGroup = "RG") => ({
      ...{ id, resourceGroup, time: `2026-01-0${day}T00:00:00.000Z`, subscriptionId: "S" },
      ...{ resourceId: `/S/${id}`, resourceType: "T", action: "T/write", caller: { name: "c" } },
      ...{ correlationId: "K", status: "Succeeded" as const, statusCode: 200, changes: [] },
    });
    const kept = { days: 3, entries: 3 };
    const add = (one: ReturnType<typeof entry>) =>
      store.transaction((writer) => writer.addActivity(one, kept));
    for (const one of [entry("a", 1), entry("b", 2, "other"), entry("c", 2)]) await add(one);
    const ids = async (query: Partial<Parameters<Store["activity"]>[0]>) =>
      (await store.activity({ limit: 10, ...query })).map(({ entry: { id } }) => id);
    expect(await ids({ subscriptionId: "s" })).toEqual(["c", "b", "a"]);
    expect(await ids({ resourceGroup: "rg", limit: 1 })).toEqual(["c"]);
    expect(await ids({ resourceId: "/s/A", correlationId: "k" })).toEqual(["a"]);
    expect(await ids({ from: "2026-01-02T00:00:00.000Z" })).toEqual(["c", "b"]);
    expect(await ids({ to: "2026-01-01T00:00:00.000Z" })).toEqual(["a"]);
    expect(await ids({ before: 3 })).toEqual(["b", "a"]);
    await add(entry("d", 3));
    expect(await ids({})).toEqual(["d", "c", "b"]);
    await add(entry("e", 6));
    expect(await ids({})).toEqual(["e", "d"]);
  });

  test("records are kept apart from resources, by kind and key", async () => {
    const record = (kind: string, key: string, value: number) => ({ kind, key, body: { value } });
    await store.transaction(async (writer) => {
      await writer.putRecord(record("a", "2", 1));
      await writer.putRecord(record("a", "1", 1));
      await writer.putRecord(record("b", "1", 1));
      await writer.putRecord(record("a", "2", 2));
      expect(await writer.readRecord("a", "2")).toEqual({ value: 2 });
    });
    expect(await store.listRecords("a")).toEqual([record("a", "1", 1), record("a", "2", 2)]);
    expect(await store.list({})).toEqual([]);
    await store.transaction((writer) => writer.removeRecord("a", "1"));
    expect(await store.readRecord("a", "1")).toBeUndefined();
    expect(await store.readRecord("b", "1")).toEqual({ value: 1 });
  });

  test.each([
    ["a group", "Microsoft.Resources/resourceGroups"],
    ["a circuit", "Microsoft.Network/expressRouteCircuits"],
    ["a gateway", "Microsoft.Network/virtualNetworkGateways"],
  ])("what is kept by ids below %s goes with it, and nothing else does", async (_, type) => {
    const id = "/subscriptions/s/resourceGroups/RG";
    const group = resource("RG", { id, type });
    const kept = [`${id}-other/providers/d/one`, `${id}0`, "s/providers/d/one"];
    await put(group);
    await store.transaction(async (writer) => {
      for (const key of [`${id}/providers/d/one`, ...kept])
        await writer.putRecord({ kind: "a", key: key.toLowerCase(), body: {} });
      await writer.removeResource(group.id);
    });
    const left = (await store.listRecords("a")).map(({ key }) => key);
    expect(left.toSorted()).toEqual(kept.map((key) => key.toLowerCase()).toSorted());
  });

  test("a transaction that throws leaves nothing, and the next one runs", async () => {
    const refused = store.transaction(async (writer) => {
      await writer.putResource(resource("blue", {}));
      await writer.allocate({ pool: "p", owner: "o", from: 1, to: 9 });
      await writer.markDirty(["circuit:blue"]);
      throw new Error("no");
    });
    await expect(refused).rejects.toThrow("no");
    expect(await store.list({})).toEqual([]);
    expect(await store.allocations("p")).toEqual([]);
    expect(await store.dirtyScopes(9)).toEqual([]);
    await put(resource("blue", {}));
    expect(await store.list({})).toHaveLength(1);
  });

  test("reads outside a transaction do not see what is under way, reads inside do", async () => {
    const { id } = resource("blue", {});
    await store.transaction(async (writer) => {
      await writer.putResource(resource("blue", {}));
      expect(await writer.read(id)).toBeDefined();
      expect(await store.read(id)).toBeUndefined();
    });
    expect(await store.read(id)).toBeDefined();
  });

  test("transactions run one at a time, in the order of the calls", async () => {
    const seen: string[] = [];
    await Promise.all(
      ["a", "b", "c"].map((name) =>
        store.transaction(async (writer) => {
          seen.push(`${name} begins`);
          await writer.list({});
          seen.push(`${name} ends`);
        }),
      ),
    );
    expect(seen).toEqual(["a", "b", "c"].flatMap((name) => [`${name} begins`, `${name} ends`]));
  });

  test("open operations of a resource come oldest first and end", async () => {
    const at = "2026-01-01T00:00:00.000Z";
    const one: Operation = {
      id: "op-z",
      resourceId: "/S/Blue",
      kind: "write",
      status: "InProgress",
      generation: 1,
      subscriptionId: "s",
      startedAt: at,
    };
    const two = { ...one, id: "op-a", generation: 2 };
    await store.transaction(async (writer) => {
      await writer.putOperation(one);
      await writer.putOperation(two);
    });
    expect((await store.openOperations("/s/blue")).map(({ id }) => id)).toEqual(["op-z", "op-a"]);
    const done: Operation = { ...one, status: "Succeeded", endedAt: at };
    await store.transaction((writer) => writer.putOperation(done));
    expect((await store.openOperations("/s/blue")).map(({ id }) => id)).toEqual(["op-a"]);
    expect(await store.readOperation("op-z")).toEqual(done);
    const later = { ...two, id: "op-b", startedAt: "2026-01-02T01:00:00.000Z" };
    await store.transaction((writer) => writer.putOperation(later));
    expect(await store.readOperation("op-z")).toBeUndefined();
  });

  test("a mark survives a settle that is older than it, and the oldest mark comes first", async () => {
    await store.transaction((writer) => writer.markDirty(["circuit:a", "circuit:b"]));
    const [first] = await store.dirtyScopes(1);
    expect(first?.scope).toBe("circuit:a");
    await store.transaction((writer) => writer.markDirty(["circuit:a"]));
    if (first !== undefined) await store.settleDirty(first);
    const marks = await store.dirtyScopes(9);
    expect(marks.map(({ scope }) => scope)).toEqual(["circuit:a", "circuit:b"]);
    for (const mark of marks) await store.settleDirty(mark);
    expect(await store.dirtyScopes(9)).toEqual([]);
  });

  test("the lowest free value is given, the same one to the same owner, none when all are taken", async () => {
    const allocate = (owner: string) =>
      store.transaction((writer) => writer.allocate({ pool: "stag/x", owner, from: 1, to: 3 }));
    expect([await allocate("A"), await allocate("b"), await allocate("a")]).toEqual([1, 2, 1]);
    expect([await allocate("c"), await allocate("d")]).toEqual([3, undefined]);
    await store.transaction((writer) => writer.release("B"));
    expect(await allocate("d")).toBe(2);
  });

  test("no value is held by two owners, whatever is given and taken back (I4)", async () => {
    const step = fc.record({
      owner: fc.integer({ min: 0, max: 7 }).map(String),
      pool: fc.constantFrom("one", "two"),
      take: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const given = await store.transaction(async (writer) => {
          for (const { owner, pool, take } of steps) {
            if (take) await writer.allocate({ pool, owner, from: 1, to: 5 });
            else await writer.release(owner);
          }
          const pools = [await writer.allocations("one"), await writer.allocations("two")];
          for (let owner = 0; owner <= 7; owner += 1) await writer.release(String(owner));
          return pools;
        });
        for (const pool of given) {
          expect(new Set(pool.map(({ value }) => value)).size).toBe(pool.length);
          expect(new Set(pool.map(({ owner }) => owner)).size).toBe(pool.length);
          expect(pool.every(({ value }) => value >= 1 && value <= 5)).toBe(true);
        }
      }),
      { numRuns: 50 },
    );
  });
}

function resource(name: string, changes: Partial<StoredResource>): StoredResource {
  return {
    id: `/S/a/Circuits/${name}`,
    type: "T/circuits",
    name,
    subscriptionId: "S",
    resourceGroup: "RG",
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
