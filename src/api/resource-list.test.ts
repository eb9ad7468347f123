import { expect, test } from "vitest";
import {
  type Api,
  at,
  customerSubscription,
  good,
  make,
  makeGroup,
  refusalsIn,
  startApi,
  type Wire,
} from "./api-fixture.ts";

const subscription = `/subscriptions/${customerSubscription}`;

async function withTwo(): Promise<Api> {
  const api = startApi();
  await makeGroup(api);
  const other = at.group.replace(/rg$/, "other");
  await make(api, other, { body: { location: "northeurope", tags: { team: "net" } } });
  await make(api, at.vnet("vnet"), { body: { ...good.vnet(), tags: { Team: "net" } } });
  await make(api, at.circuit("blue"), { body: { ...good.circuit(), tags: { team: "web" } } });
  return api;
}

async function namesIn(api: Api, path: string, filter: string): Promise<unknown> {
  const { status, body } = await api.call(
    "customer",
    "GET",
    `${path}?$filter=${encodeURIComponent(filter)}`,
  );
  const value = body["value"] as unknown as readonly Wire[];
  return [status, ...value.map((one) => one["name"])];
}

test.each([
  ["resourceType eq 'microsoft.network/virtualnetworks'", ["vnet"]],
  ["name eq 'BLUE'", ["blue"]],
  ["resourceGroup eq 'rg' and name eq 'vnet'", ["vnet"]],
  ["resourceGroup eq 'other'", []],
  ["location eq 'westeurope'", ["blue", "vnet"]],
  ["tagName eq 'team'", ["blue", "vnet"]],
  ["tagName eq 'team' and tagValue eq 'web'", ["blue"]],
  ["tagName eq 'team' and tagValue eq 'Web'", []],
])("resources where %s", async (filter, names) => {
  await using api = await withTwo();
  expect(await namesIn(api, `${subscription}/resources`, filter)).toEqual([200, ...names]);
});

test("groups by their tags, and a type's list by name", async () => {
  await using api = await withTwo();
  const tagged = "tagName eq 'team' and tagValue eq 'net'";
  expect(await namesIn(api, `${subscription}/resourceGroups`, tagged)).toEqual([200, "other"]);
  const networks = `${subscription}/providers/Microsoft.Network/virtualNetworks`;
  expect(await namesIn(api, networks, "name eq 'vnet'")).toEqual([200, "vnet"]);
  expect(await namesIn(api, networks, "name eq 'none'")).toEqual([200]);
});

test("another filter is refused with those there are", async () => {
  await using api = await withTwo();
  for (const path of ["resources", "resourceGroups", "providers/Microsoft.Network/routeFilters"]) {
    const filter = encodeURIComponent("plan eq 'x'");
    const answer = await api.call("customer", "GET", `${subscription}/${path}?$filter=${filter}`);
    expect(refusalsIn(answer)).toEqual(["InvalidParameter $filter"]);
  }
});

test("times are told where they are asked for", async () => {
  await using api = await withTwo();
  const path = `${at.group}/resources?$expand=createdTime,changedTime`;
  const { body } = await api.call("customer", "GET", path);
  expect(body["value"]?.["0"]).toMatchObject({
    createdTime: "2027-01-15T08:00:00.000Z",
    changedTime: "2027-01-15T08:00:00.000Z",
  });
  const plain = await api.call("customer", "GET", `${at.group}/resources`);
  expect(plain.body["value"]?.["0"]).not.toHaveProperty("createdTime");
});
