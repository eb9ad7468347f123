import { expect, test } from "vitest";
import { type Api, at, good, makeGroup, startApi } from "../api-fixture.ts";

const place = `${at.group}/providers/Microsoft.Resources/deployments/tried?causeway-dryRun=true`;

const part = (kind: string, name: string, body: object) => ({
  ...{ type: `Microsoft.Network/${kind}`, apiVersion: "2025-05-01", name },
  ...body,
});
const circuit = part("expressRouteCircuits", "blue", good.circuit());
const network = part("virtualNetworks", "vnet", good.vnet());
const gateway = part("virtualNetworkGateways", "gw", { ...good.gateway(), dependsOn: ["vnet"] });
const outputs = {
  key: { type: "string", value: "[reference('blue').serviceKey]" },
  state: { type: "string", value: "[reference('gw').provisioningState]" },
};

const tried = (api: Api, resources: readonly object[], more: object = {}) =>
  api.call("customer", "PUT", place, {
    properties: { mode: "Incremental", template: { resources, ...more } },
  });

test("a template is run to its end, its outputs are read, and nothing of it is kept", async () => {
  await using api = startApi();
  await makeGroup(api);
  const before = JSON.stringify(await api.store.list({}));
  const { status, body } = await tried(api, [gateway, circuit, network], { outputs });
  expect([status, body]).toMatchObject([
    200,
    {
      dryRun: true,
      change: "created",
      resource: {
        properties: {
          provisioningState: "Succeeded",
          outputs: { key: { value: expect.any(String) }, state: { value: "Succeeded" } },
        },
      },
    },
  ]);
  expect(body["resources"]).toEqual(
    expect.arrayContaining(
      [at.circuit("blue"), at.vnet("vnet"), `${at.vnet("vnet")}/subnets/default`].map((id) => ({
        id,
        change: "created",
      })),
    ),
  );
  expect(JSON.stringify(await api.store.list({}))).toBe(before);
  expect(await api.store.listRecords("deployment")).toEqual([]);
  expect(await api.store.dirtyScopes(10)).toEqual([]);
  expect((await api.call("customer", "GET", place)).status).toBe(404);
});

test("what stands as the template has it is not named, and what differs is", async () => {
  await using api = startApi();
  await makeGroup(api);
  for (const [id, body] of [
    [at.circuit("blue"), good.circuit()],
    [at.vnet("vnet"), good.vnet()],
  ] as const)
    expect((await api.call("customer", "PUT", id, body)).status).toBe(201);
  await api.settle();
  const wider = part("expressRouteCircuits", "blue", good.circuit(200));
  const { body } = await tried(api, [wider, network]);
  expect(body["resources"]).toEqual(
    expect.arrayContaining([{ id: at.circuit("blue"), change: "updated" }]),
  );
  expect(JSON.stringify(body["resources"])).not.toContain("virtualNetworks");
});

test("every part that is refused is refused at once, each with its resource and all its reasons", async () => {
  await using api = startApi();
  await makeGroup(api);
  const wrong = part("expressRouteCircuits", "blue", {
    ...good.circuit(33),
    sku: { tier: "Gold", family: "MeteredData" },
  });
  const lost = part("virtualNetworkGateways", "gw2", good.gateway("nowhere"));
  const later = { ...lost, name: "gw3", dependsOn: ["vnet"] };
  const never = { ...network, name: "other", dependsOn: ["blue"] };
  const before = JSON.stringify(await api.store.list({}));
  const { status, body } = await tried(api, [wrong, lost, later, never, network]);
  expect(status).toBe(400);
  // Read as JSON.
  const { details } = body["error"] as unknown as { details: { target: string }[] };
  const targets = details.map(({ target }) => target);
  for (const name of ["blue properties.", "blue sku.tier", "gw2", "gw3"])
    expect([name, targets.some((target) => target.includes(`/${name}`))]).toEqual([name, true]);
  expect(targets.filter((target) => /vnet|other/.test(target))).toEqual([]);
  expect(JSON.stringify(await api.store.list({}))).toBe(before);
});

test("a template that cannot be run is refused as such", async () => {
  await using api = startApi();
  await makeGroup(api);
  const one = { ...network, dependsOn: ["blue"] };
  const other = { ...circuit, dependsOn: ["vnet"] };
  const round = await tried(api, [one, other]);
  expect([round.status, round.body["error"]?.["code"]]).toEqual([400, "InvalidTemplate"]);
  const output = await tried(api, [network], {
    outputs: { out: { type: "string", value: "[nothing()]" } },
  });
  expect([output.status, output.body["error"]?.["code"]]).toEqual([400, "InvalidTemplate"]);
});
