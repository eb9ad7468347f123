import { expect, test } from "vitest";
import { type Api, at, good, makeGroup, startApi } from "../api-fixture.ts";

const place = `${at.group}/providers/Microsoft.Resources/deployments`;

const network = {
  type: "Microsoft.Network/virtualNetworks",
  apiVersion: "2025-05-01",
  name: "[parameters('network')]",
  location: "[resourceGroup().location]",
  properties: { addressSpace: { addressPrefixes: ["10.1.0.0/16"] } },
  resources: [
    {
      type: "subnets",
      apiVersion: "2025-05-01",
      name: "GatewaySubnet",
      properties: { addressPrefix: "10.1.255.0/27" },
    },
  ],
};

const gateway = {
  type: "Microsoft.Network/virtualNetworkGateways",
  apiVersion: "2025-05-01",
  name: "[variables('gateway')]",
  location: "[resourceGroup().location]",
  dependsOn: ["[parameters('network')]"],
  properties: {
    gatewayType: "ExpressRoute",
    sku: { name: "ErGw1AZ", tier: "ErGw1AZ" },
    ipConfigurations: [
      {
        name: "default",
        properties: {
          subnet: {
            id: "[resourceId('Microsoft.Network/virtualNetworks/subnets', parameters('network'), 'GatewaySubnet')]",
          },
        },
      },
    ],
  },
};

const circuits = {
  type: "Microsoft.Network/expressRouteCircuits",
  apiVersion: "2025-05-01",
  name: "[concat('circuit-', copyIndex(1))]",
  location: "[resourceGroup().location]",
  copy: { name: "circuits", count: 2 },
  sku: { name: "Standard_MeteredData", tier: "Standard", family: "MeteredData" },
  properties: {
    serviceProviderProperties: {
      serviceProviderName: "Contoso Exchange",
      peeringLocation: "Amsterdam",
      bandwidthInMbps: 50,
    },
  },
};

const template = {
  $schema: "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
  contentVersion: "1.0.0.0",
  parameters: {
    network: { type: "string", defaultValue: "vnet" },
    key: { type: "securestring", defaultValue: "hidden" },
  },
  variables: { gateway: "[concat(parameters('network'), '-gw')]" },
  resources: [gateway, circuits, network],
  outputs: {
    state: { type: "string", value: "[reference(variables('gateway')).provisioningState]" },
    circuit: { type: "object", value: "[reference('circuit-1')]" },
  },
};

async function finished(api: Api, name: string) {
  for (;;) {
    await api.settle();
    const { body } = await api.call("customer", "GET", `${place}/${name}`);
    const properties = body["properties"] as Record<string, unknown>;
    if (properties["provisioningState"] !== "Running") return properties;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const providerOf = (body: unknown) =>
  (body as typeof good.circuit extends (...args: never) => infer R ? R : never).properties
    .serviceProviderProperties;

function deployable(changes: object = {}, parameters: object = {}) {
  const names = providerOf(good.circuit());
  const text = JSON.stringify({ ...template, ...changes }).replace(
    "Contoso Exchange",
    names.serviceProviderName,
  );
  return { properties: { mode: "incremental", template: JSON.parse(text), parameters } };
}

test("a template's resources are written in their order, with copies and children, and its outputs read", async () => {
  await using api = startApi();
  await makeGroup(api);
  const body = deployable({}, { network: { value: "site" } });
  const answer = await api.call("customer", "PUT", `${place}/first`, body);
  expect(answer.status).toBe(201);
  expect(answer.body).toMatchObject({ properties: { provisioningState: "Running" } });
  const properties = await finished(api, "first");
  expect(properties).toMatchObject({
    provisioningState: "Succeeded",
    parameters: { network: { type: "string", value: "site" }, key: { type: "securestring" } },
    outputs: { state: { type: "string", value: "Succeeded" } },
  });
  expect(JSON.stringify(properties)).not.toContain("hidden");
  for (const path of [at.circuit("circuit-1"), at.circuit("circuit-2"), at.gateway("site-gw")]) {
    expect((await api.call("customer", "GET", path)).status).toBe(200);
  }
  const steps = await api.call("customer", "GET", `${place}/first/operations`);
  expect(steps.body["value"]).toHaveLength(5);
});

test("a resource that is refused fails the deployment with the reason, and what waits is not written", async () => {
  await using api = startApi();
  await makeGroup(api);
  const wrong = { ...network, properties: { addressSpace: { addressPrefixes: ["10.1.0.1/16"] } } };
  await api.call(
    "customer",
    "PUT",
    `${place}/bad`,
    deployable({ resources: [wrong, gateway], outputs: {} }),
  );
  const properties = await finished(api, "bad");
  expect(properties).toMatchObject({
    provisioningState: "Failed",
    error: { code: "DeploymentFailed", message: expect.stringContaining("addressPrefixes[0]") },
  });
  expect((await api.call("customer", "GET", at.gateway("vnet-gw"))).status).toBe(404);
});

test.each([
  ["a parameter that is not there", deployable({}, { nothing: { value: 1 } }), "nothing"],
  ["a parameter of another type", deployable({}, { network: { value: 1 } }), "of type string"],
  [
    "a type that is not here",
    deployable({ resources: [{ ...network, resources: [], type: "Microsoft.Web/sites" }] }),
    "Microsoft.Web/sites",
  ],
  [
    "a dependency on nothing",
    deployable({ resources: [{ ...network, dependsOn: ["none"] }] }),
    "no resource of the template",
  ],
  [
    "a circle of variables",
    deployable({ variables: { gateway: "[variables('gateway')]" } }),
    "circle",
  ],
])("%s is refused before anything is written", async (_, body, why) => {
  await using api = startApi();
  await makeGroup(api);
  for (const [method, path] of [
    ["POST", `${place}/no/validate`],
    ["PUT", `${place}/no`],
  ] as const) {
    const answer = await api.call("customer", method, path, body);
    expect([answer.status, JSON.stringify(answer.body)]).toEqual([
      400,
      expect.stringContaining(why),
    ]);
  }
  expect((await api.call("customer", "GET", `${place}/no`)).status).toBe(404);
  expect((await api.call("customer", "GET", at.vnet("vnet"))).status).toBe(404);
});

test("resources that wait for one another fail with their names", async () => {
  await using api = startApi();
  await makeGroup(api);
  const resources = [{ ...network, resources: [], dependsOn: ["[variables('gateway')]"] }, gateway];
  await api.call("customer", "PUT", `${place}/ring`, deployable({ resources, outputs: {} }));
  expect(await finished(api, "ring")).toMatchObject({
    provisioningState: "Failed",
    error: { message: expect.stringContaining("wait for one another") },
  });
});

test("a resource whose condition does not hold is left out, and nobody waits for it", async () => {
  await using api = startApi();
  await makeGroup(api);
  const left = { ...network, condition: "[equals(1, 2)]", resources: [] };
  const after = { ...circuits, copy: { name: "circuits", count: 1 }, dependsOn: ["vnet"] };
  await api.call(
    "customer",
    "PUT",
    `${place}/some`,
    deployable({ resources: [left, after], outputs: {} }),
  );
  expect(await finished(api, "some")).toMatchObject({ provisioningState: "Succeeded" });
  expect((await api.call("customer", "GET", at.vnet("vnet"))).status).toBe(404);
});

test("a body as az writes it, with a name without quotes and with comments, is read", async () => {
  await using api = startApi();
  await makeGroup(api);
  const text = `{"properties": {"mode": "incremental", template: {
    // nothing to make
    "$schema": "x", "contentVersion": "1.0.0.0", "resources": []}, "parameters": {}}}`;
  const response = await api.raw(
    new Request(`http://api${place}/plain?api-version=2021-04-01`, {
      method: "PUT",
      body: text,
      headers: { authorization: `Bearer ${await api.tokenOf("customer")}` },
    }),
  );
  expect(response.status).toBe(201);
  expect(await finished(api, "plain")).toMatchObject({ provisioningState: "Succeeded" });
});

test("a deployment is made by the right of whoever asks", async () => {
  await using api = startApi();
  await makeGroup(api);
  const answer = await api.call("provider", "PUT", `${place}/first`, deployable());
  expect([403, 404]).toContain(answer.status);
});
