import { expect, test } from "vitest";
import { at, make, makeGroup, refusalsIn, startApi } from "../../../src/api/api-fixture.ts";

const group = at.network("interconnectGroups", "near");

const bodyWith = (profile: object = {}, changes: object = {}) => ({
  location: "westeurope",
  properties: { subgroupProfile: { vmSize: "Standard_A1", size: 2, ...profile }, ...changes },
});

test("an interconnect group is kept, tagged and deleted; no machine stands in it", async () => {
  await using api = startApi();
  await makeGroup(api);
  await make(api, group, { body: bodyWith() });
  const { body } = await api.call("customer", "GET", group);
  expect(body["properties"]).toMatchObject({
    scope: "None",
    subgroups: [],
    subgroupProfile: { vmSize: "Standard_A1", size: 2 },
    provisioningState: "Succeeded",
  });
  const again = await api.call("customer", "PUT", group, body);
  expect([again.status, again.body["etag"]]).toEqual([200, body["etag"]]);
  const free = await api.call("customer", "POST", `${group}/nodeAvailability`);
  expect([free.status, free.body]).toEqual([200, { subgroupsNodeAvailability: [] }]);
  const tagged = await api.call("customer", "PATCH", group, { tags: { team: "net" } });
  expect(tagged.body["tags"]).toEqual({ team: "net" });
  expect((await api.call("customer", "DELETE", group)).status).toBe(202);
  expect((await api.call("customer", "GET", group)).status).toBe(404);
});

test.each([
  ["InfiniBand", bodyWith({}, { scope: "InfiniBand" }), "InvalidParameter properties.scope"],
  [
    "a connected subgroup",
    bodyWith({ scope: "VerticalConnect" }),
    "InvalidParameter properties.subgroupProfile.scope",
  ],
  [
    "no size of machine",
    bodyWith({ vmSize: "" }),
    "InvalidParameter properties.subgroupProfile.vmSize",
  ],
  ["size 0", bodyWith({ size: 0 }), "InvalidParameter properties.subgroupProfile.size"],
])("%s is refused", async (_, body, expected) => {
  await using api = startApi();
  await makeGroup(api);
  expect(refusalsIn(await api.call("customer", "PUT", group, body))).toEqual([expected]);
});

test("a group keeps its profile", async () => {
  await using api = startApi();
  await makeGroup(api);
  await make(api, group, { body: bodyWith() });
  const changed = await api.call("customer", "PUT", group, bodyWith({ size: 3 }));
  expect(refusalsIn(changed)).toEqual(["ImmutableField properties.subgroupProfile"]);
});
