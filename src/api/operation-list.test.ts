import { expect, test } from "vitest";
import { startApi, type Wire } from "./api-fixture.ts";

test("a namespace tells what may be done in it, each once and in the words of roles", async () => {
  await using api = startApi();
  const { status, body } = await api.call(
    "customer",
    "GET",
    "/providers/microsoft.network/operations",
  );
  const names = (body["value"] as unknown as readonly Wire[]).map((one) => String(one["name"]));
  expect(status).toBe(200);
  expect(names).toEqual([...new Set(names)].sort());
  expect(names).toEqual(
    expect.arrayContaining([
      "Microsoft.Network/expressRouteCircuits/read",
      "Microsoft.Network/expressRouteCircuits/peerings/delete",
      "Microsoft.Network/expressRouteCircuits/peerings/arpTables/read",
      "Microsoft.Network/ExpressRoutePorts/generateLoa/action",
      "Microsoft.Network/expressRouteServiceProviders/read",
    ]),
  );
  expect(names).not.toContain("Microsoft.Network/expressRouteCrossConnections/delete");
  const none = await api.call("customer", "GET", "/providers/Microsoft.Nothing/operations");
  expect(none.status).toBe(404);
  expect(
    (await api.call("customer", "POST", "/providers/Microsoft.Network/operations")).status,
  ).toBe(405);
});
