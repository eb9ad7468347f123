import { expect, test } from "vitest";
import { type Api, at, good, make, makeGroup, refusalsIn, startApi } from "./api-fixture.ts";

const below = (id: string) => `${id}/providers/Microsoft.Resources/tags/default`;
const network = at.vnet("vnet");

async function withNetwork(): Promise<Api> {
  const api = startApi();
  await makeGroup(api);
  await make(api, network, { body: { ...good.vnet(), tags: { Team: "net", cost: "12" } } });
  return api;
}

async function tagsOf(api: Api, id: string): Promise<unknown> {
  return (await api.call("customer", "GET", id)).body["tags"];
}

test.each([
  ["Merge", { team: "web", floor: "3" }, { cost: "12", team: "web", floor: "3" }],
  ["Replace", { floor: "3" }, { floor: "3" }],
  ["Delete", { TEAM: "net", cost: "other" }, { cost: "12" }],
  ["Delete", { team: "" }, { cost: "12" }],
])("%s of %j leaves %j", async (operation, tags, left) => {
  await using api = await withNetwork();
  const body = { operation, properties: { tags } };
  const { status, body: answer } = await api.call("customer", "PATCH", below(network), body);
  expect([status, answer]).toEqual([
    200,
    {
      id: below(network),
      name: "default",
      type: "Microsoft.Resources/tags",
      properties: { tags: left },
    },
  ]);
  expect(await tagsOf(api, network)).toEqual(left);
});

test("they are read, replaced and taken away, of a group as well", async () => {
  await using api = await withNetwork();
  for (const id of [network, at.group]) {
    const put = { properties: { tags: { a: "1" } } };
    expect((await api.call("customer", "PUT", below(id), put)).status).toBe(200);
    const { body } = await api.call("customer", "GET", below(id));
    expect([await tagsOf(api, id), body["properties"]]).toEqual([{ a: "1" }, { tags: { a: "1" } }]);
    expect((await api.call("customer", "DELETE", below(id))).status).toBe(200);
    expect(await tagsOf(api, id)).toEqual({});
  }
});

test("what cannot be is refused, and nothing changes", async () => {
  await using api = await withNetwork();
  const refused = async (method: string, body: object, id = network) =>
    refusalsIn(await api.call("customer", method, below(id), body));
  const tags = { a: "1" };
  expect(await refused("PATCH", { properties: { tags } })).toEqual(["InvalidParameter operation"]);
  expect(await refused("PUT", { properties: { tags: { a: 1 } } })).toEqual([
    "InvalidParameter tags.a",
  ]);
  for (const body of [{}, { tags }, { properties: {} }, [], null, '"text"']) {
    expect(await refused("PUT", body as object)).toEqual(["InvalidParameter properties.tags"]);
  }
  expect(await refused("PATCH", { operation: "Replace", tags })).toEqual([
    "InvalidParameter properties.tags",
  ]);
  const missing = await api.call("customer", "GET", below(at.vnet("none")));
  const untagged = await api.call("customer", "GET", below(`${network}/subnets/default`));
  expect([missing.status, untagged.status]).toEqual([404, 404]);
  const other = await api.call("other", "PUT", below(network), { properties: { tags } });
  expect(other.status).toBe(404);
  expect(await tagsOf(api, network)).toEqual({ Team: "net", cost: "12" });
});
