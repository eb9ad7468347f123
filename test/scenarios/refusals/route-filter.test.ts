import { expect, test } from "vitest";
import {
  type Api,
  at,
  make,
  makeGroup,
  refusalsIn,
  startApi,
} from "../../../src/api/api-fixture.ts";

const filter = at.network("routeFilters", "allowed");
const rule = `${filter}/routeFilterRules/storage`;
const body = { location: "westeurope" };

/** As `az network route-filter create` sends it: no properties. */
async function withFilter(): Promise<Api> {
  const api = startApi();
  await makeGroup(api);
  await make(api, filter, { body });
  return api;
}

const allow = (communities: unknown, more: object = {}) => ({
  properties: { access: "Allow", communities, ...more },
});

test.each([
  ["Deny", allow(["12076:5010"], { access: "Deny" }), "InvalidParameter properties.access"],
  ["no community", allow([]), "InvalidParameter properties.communities"],
  ["a text", allow("12076:5010"), "InvalidParameter properties.communities"],
  [
    "a half that is too large",
    allow(["12076:65536"]),
    "InvalidParameter properties.communities[0]",
  ],
  ["one number", allow(["12076"]), "InvalidParameter properties.communities[0]"],
  [
    "another type",
    allow(["12076:5010"], { routeFilterRuleType: "Prefix" }),
    "InvalidParameter properties.routeFilterRuleType",
  ],
  ["an unknown field", allow(["12076:5010"], { name: "x" }), "UnknownField properties.name"],
])("a rule with %s is refused", async (_, sent, expected) => {
  await using api = await withFilter();
  expect(refusalsIn(await api.call("customer", "PUT", rule, sent))).toEqual([expected]);
});

test("a rule is answered with its type, and stands in its filter", async () => {
  await using api = await withFilter();
  await make(api, rule, { body: { location: "westeurope", ...allow(["12076:5010"]) } });
  const { body: found } = await api.call("customer", "GET", filter);
  expect(found).toMatchObject({
    properties: {
      provisioningState: "Succeeded",
      peerings: [],
      rules: [
        {
          name: "storage",
          properties: {
            access: "Allow",
            routeFilterRuleType: "Community",
            communities: ["12076:5010"],
            provisioningState: "Succeeded",
          },
        },
      ],
    },
  });
});

test("a filter has one rule, whichever way the second comes", async () => {
  await using api = await withFilter();
  await make(api, rule, { body: allow(["12076:5010"]) });
  const second = await api.call("customer", "PUT", `${filter}/routeFilterRules/other`, {
    ...allow(["12076:5020"]),
  });
  expect([second.status, ...refusalsIn(second)]).toEqual([409, "LimitExceeded name"]);
  const embedded = await api.call("customer", "PUT", filter, {
    ...body,
    properties: { rules: [{ name: "other", ...allow(["12076:5020"]) }] },
  });
  expect(embedded.status).toBe(409);
  const again = await api.call("customer", "PUT", rule, allow(["12076:5030"]));
  expect(again.status).toBeLessThan(300);
});

test("a PUT without rules keeps them, and a filter that goes takes them along", async () => {
  await using api = await withFilter();
  await make(api, rule, { body: allow(["12076:5010"]) });
  await make(api, filter, { body });
  expect((await api.call("customer", "GET", rule)).status).toBe(200);
  await api.call("customer", "DELETE", filter);
  expect((await api.call("customer", "GET", rule)).status).toBe(404);
});
