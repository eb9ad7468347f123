import { expect, test } from "vitest";
import {
  at,
  customerSubscription,
  good,
  make,
  makeGroup,
  providerSubscription,
  refusalsIn,
  startApi,
} from "../api-fixture.ts";

test("everyone sees their own subscription, and another's as if it did not exist", async () => {
  await using api = startApi();
  await makeGroup(api);
  await make(api, at.circuit("blue"), { body: good.circuit() });
  for (const path of [at.circuit("blue"), at.circuit("none"), at.group]) {
    const answer = await api.call("other", "GET", path);
    expect([answer.status, ...refusalsIn(answer)]).toEqual([404, "SubscriptionNotFound"]);
  }
  expect((await api.call("provider", "GET", at.circuit("blue"))).status).toBe(404);
  expect((await api.call("operator", "GET", at.circuit("blue"))).status).toBe(200);
  const mine = at.vnet("x").replace(customerSubscription, providerSubscription);
  expect((await api.call("provider", "PUT", mine, good.vnet())).status).toBe(403);
  const crossConnections = `/subscriptions/${customerSubscription}/providers/Microsoft.Network/expressRouteCrossConnections`;
  const own = await api.call("customer", "GET", crossConnections);
  expect([own.status, own.body]).toEqual([200, { value: [] }]);
  expect((await api.call("customer", "GET", "/causeway/nodes")).status).toBe(403);
  const subscriptions = await api.call("customer", "GET", "/subscriptions");
  expect(subscriptions.body["value"]).toHaveLength(1);
});
