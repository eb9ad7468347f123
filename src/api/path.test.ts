import { expect, test } from "vitest";
import { at, customerSubscription, good, makeGroup, refusalsIn, startApi } from "./api-fixture.ts";

test.each([
  ["without", "", "MissingApiVersionParameter"],
  ["with an old", "?api-version=2014-01-01", "NoRegisteredProviderFound"],
  ["with an odd", "?api-version=latest", "NoRegisteredProviderFound"],
])("a request %s api-version is refused", async (_, query, code) => {
  await using api = startApi();
  const headers = { authorization: `Bearer ${await api.tokenOf("customer")}` };
  const response = await api.raw(new Request(`http://api${at.group}${query}`, { headers }));
  expect([response.status, await response.json()]).toMatchObject([400, { error: { code } }]);
});

test.each([
  "/",
  "/favicon.ico",
  "/subscriptions/%zz",
  "/subscriptions/x/resourceGroups/rg/providers",
  `/subscriptions/${customerSubscription}/providers/Microsoft.Network/unknowns`,
  `${at.circuit("blue")}/unknown`,
  `${at.circuit("blue")}/peerings/AzurePrivatePeering/arpTables/primary`,
  `/subscriptions/${customerSubscription}/providers/Microsoft.Network/locations/x/operations/none`,
  `${at.circuit("a%2fb%00")}`,
  `${at.circuit("x".repeat(5000))}`,
])("the path %s is refused in JSON", async (path) => {
  await using api = startApi();
  for (const method of ["GET", "PUT", "DELETE", "POST", "PATCH", "OPTIONS"]) {
    const answer = await api.call(
      "operator",
      method,
      path.slice(0, 6000),
      method === "GET" ? undefined : {},
    );
    expect([method, answer.status < 500, answer.status]).toEqual([method, true, answer.status]);
  }
  const got = await api.call("operator", "GET", path);
  expect(got.status).toBeGreaterThanOrEqual(400);
});

test("names that no resource may have are refused", async () => {
  await using api = startApi();
  await makeGroup(api);
  for (const name of ["a b", "-a", "a/b", "ä", "x".repeat(81), "a.", "a%25b"]) {
    const path = at.circuit(encodeURIComponent(name));
    const answer = await api.call("customer", "PUT", path, good.circuit());
    expect([name, ...refusalsIn(answer)]).toEqual([name, "InvalidResourceName name"]);
  }
});
