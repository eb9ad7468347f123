import { expect, test } from "vitest";
import { types } from "../domain/types.ts";
import type { ResourceQuery, StoredResource, StoreReader } from "../store/store.ts";
import {
  at,
  customerSubscription,
  good,
  make,
  makeGroup,
  startApi,
  type Wire,
} from "./api-fixture.ts";
import { pageReader } from "./page-reader.ts";

test("a list shows each circuit as its own GET does, with its children and its provider's state", async () => {
  await using api = startApi();
  await makeGroup(api);
  for (const name of ["blue", "Green", "red"])
    await make(api, at.circuit(name), { body: good.circuit() });
  await make(api, `${at.circuit("green")}/authorizations/one`, { body: { properties: {} } });
  const type = "providers/Microsoft.Network/expressRouteCircuits";
  const path = `/subscriptions/${customerSubscription}/${type}`;
  const { body } = await api.call("customer", "GET", path);
  const listed = body["value"] as unknown as readonly Wire[];
  const singly = await Promise.all(
    ["blue", "green", "red"].map((name) => api.call("customer", "GET", at.circuit(name))),
  );
  expect(listed).toEqual(singly.map((reply) => reply.body));
  expect(JSON.stringify(listed[1])).toContain("/authorizations/one");
});

test("one query for the children of a page and one for service keys, and others as they are asked", async () => {
  const asked: ResourceQuery[] = [];
  const page = [row("/a", "k1"), row("/B", "k2")];
  const stored = [
    row("/b/x", undefined, "/B"),
    { ...row("/c", "K2"), type: types.crossConnection },
  ];
  const reader = pageReader(recording(asked, stored), page);
  for (const { id } of page) await reader.list({ parentId: id });
  expect(await reader.list({ parentId: "/b" })).toEqual([stored[0]]);
  expect(await reader.list({ parentId: "/b", type: types.port })).toEqual([]);
  expect(await reader.list({ type: types.crossConnection, serviceKey: "k1" })).toEqual([]);
  expect(await reader.list({ type: types.crossConnection, serviceKey: "k2" })).toEqual([stored[1]]);
  expect(asked).toEqual([{ parentId: ["/a", "/B"] }, { serviceKey: ["k1", "k2"] }]);
  for (const query of [{ parentId: "/other" }, { parentId: "/a", limit: 1 }, { referring: "/a" }]) {
    await reader.list(query);
    expect(asked.at(-1)).toEqual(query);
  }
});

function recording(asked: ResourceQuery[], stored: readonly StoredResource[]): StoreReader {
  const none = async () => [];
  return {
    async list(query) {
      asked.push(query);
      return stored.filter(
        ({ parentId }) => (query.parentId === undefined) === (parentId === undefined),
      );
    },
    ...{ read: async () => undefined, readOperation: async () => undefined },
    ...{ openOperations: none, allocations: none },
  };
}

function row(id: string, serviceKey?: string, parentId?: string): StoredResource {
  return {
    ...{ id, type: types.circuit, name: id, subscriptionId: "s", resourceGroup: "g", etag: "1" },
    ...{ desired: {}, assigned: serviceKey === undefined ? {} : { serviceKey } },
    ...{
      provisioningState: "Succeeded",
      createdAt: "",
      updatedAt: "",
      observed: {},
      generation: 1,
    },
    ...(parentId === undefined ? {} : { parentId }),
  };
}
