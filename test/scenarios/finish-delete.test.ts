import { expect, test } from "vitest";
import {
  at,
  good,
  make,
  makeGroup,
  makeProvisioned,
  provision,
  startApi,
} from "../../src/api/api-fixture.ts";

test("deleting everything leaves no row, no allocation and no open operation (I7)", async () => {
  await using api = startApi();
  await makeGroup(api);
  const key = await makeProvisioned(api, "blue");
  await make(api, at.peering("blue"), { body: good.peering() });
  await make(api, `${at.circuit("blue")}/authorizations/a`, { body: {} });
  await make(api, at.vnet("vnet"), { body: good.vnet() });
  await make(api, at.gateway("gw"), { body: good.gateway() });
  await make(api, at.connection("link"), { body: good.connection() });
  await provision(api, key, "NotProvisioned");
  const ids = (await api.store.list({})).map(({ id }) => id);
  const { status, headers } = await api.call("customer", "DELETE", at.group);
  expect(status).toBe(202);
  const result = headers.get("location") ?? "";
  expect((await api.call("customer", "GET", result)).status).toBe(202);
  await api.settle();
  expect((await api.call("customer", "GET", result)).status).toBe(204);
  expect(await api.store.list({})).toEqual([]);
  for (const id of ids) expect(await api.store.openOperations(id)).toEqual([]);
  for (const pool of [
    "stag/ams-nni",
    "virtualNetworks",
    "virtualNetworkGateways",
    "tunnelBlocks",
  ]) {
    expect(await api.store.allocations(pool)).toEqual([]);
  }
});

test("a group's deployments go with it: another group of that name has none", async () => {
  await using api = startApi();
  await makeGroup(api);
  const deployments = `${at.group}/providers/Microsoft.Resources/deployments`;
  const template = { resources: [] };
  await api.call("customer", "PUT", `${deployments}/one`, { properties: { template } });
  const names = async () => (await api.call("customer", "GET", deployments)).body["value"];
  expect(await names()).toHaveLength(1);
  await api.call("customer", "DELETE", at.group);
  await makeGroup(api);
  expect(await names()).toEqual([]);
});

test("a write that is under way when its resource goes ends as failed", async () => {
  await using api = startApi();
  await makeGroup(api);
  const { headers } = await api.call("customer", "PUT", at.circuit("blue"), good.circuit());
  await api.call("customer", "DELETE", at.circuit("blue"));
  await api.settle();
  const operation = await api.call("customer", "GET", headers.get("azure-asyncoperation") ?? "");
  expect(operation.body).toMatchObject({ status: "Failed", error: { code: "ResourceDeleted" } });
});

test("a group with members that cannot go is refused and says which", async () => {
  await using api = startApi();
  await makeGroup(api);
  await makeProvisioned(api, "blue");
  await make(api, at.circuit("green"), { body: good.circuit() });
  const { status, body } = await api.call("customer", "DELETE", at.group);
  expect(status).toBe(409);
  expect(JSON.stringify(body)).toContain("Circuit blue is Provisioned");
  expect((await api.store.read(at.circuit("green")))?.provisioningState).toBe("Succeeded");
});
