/** What Pulumi's azure-native sends: the inputs of a program and no more, and whole objects where others send ids. */
import { expect, test } from "vitest";
import { at, makeGroup, provision, serviceKeyOf, startApi } from "../../../src/api/api-fixture.ts";
import { ArmReplay, subscription } from "./arm-replay.ts";

const pulumi = {
  version: (path: string) => (/\/Microsoft\.Network\//i.test(path) ? "2024-05-01" : "2024-03-01"),
  headers: {
    accept: "application/json",
    "content-type": "application/json",
    "user-agent": "pulumi",
  },
};

const location = "westeurope";

test("a stack goes up, changes and comes down", async () => {
  await using api = startApi();
  const client = await ArmReplay.signIn(api, pulumi);
  await client.missing(at.group);
  expect((await client.send("PUT", at.group, { location })).status).toBe(201);
  const order = {
    location,
    properties: {
      allowClassicOperations: false,
      authorizations: [],
      peerings: [],
      serviceProviderProperties: {
        bandwidthInMbps: 50,
        peeringLocation: "Amsterdam",
        serviceProviderName: "Exchange One",
      },
    },
    sku: { family: "MeteredData", name: "Standard_MeteredData", tier: "Standard" },
  };
  await client.create(at.circuit("blue"), order);
  await provision(api, await serviceKeyOf(api, "blue"), "Provisioned");
  await api.settle();
  const peering = {
    name: "AzurePrivatePeering",
    properties: {
      peerASN: 65001,
      peeringType: "AzurePrivatePeering",
      primaryPeerAddressPrefix: "192.168.100.128/30",
      secondaryPeerAddressPrefix: "192.168.100.132/30",
      vlanId: 101,
    },
  };
  await client.create(at.peering("blue"), peering);
  const authorization = `${at.circuit("blue")}/authorizations/guest`;
  const { properties: key } = await client.create(authorization, { name: "guest" });
  await client.create(at.vnet("vnet"), {
    location,
    properties: { addressSpace: { addressPrefixes: ["10.1.0.0/16"] } },
  });
  const subnet = `${at.vnet("vnet")}/subnets/GatewaySubnet`;
  await client.create(subnet, {
    name: "GatewaySubnet",
    properties: { addressPrefix: "10.1.255.0/27" },
  });
  const address = at.network("publicIPAddresses", "pip");
  await client.create(address, {
    location,
    properties: { publicIPAllocationMethod: "Static" },
    sku: { name: "Standard" },
  });
  const gateway = await client.create(at.gateway("gw"), {
    location,
    properties: {
      gatewayType: "ExpressRoute",
      ipConfigurations: [
        {
          name: "default",
          properties: { publicIPAddress: { id: address }, subnet: { id: subnet } },
        },
      ],
      sku: { name: "ErGw1AZ", tier: "ErGw1AZ" },
    },
  });
  const join = (routingWeight: number) => ({
    location,
    properties: {
      connectionType: "ExpressRoute",
      peer: { id: at.circuit("blue") },
      routingWeight,
      virtualNetworkGateway1: gateway,
    },
  });
  await client.create(at.connection("link"), join(0));
  // An update is a PUT of the inputs, with nothing of what the server added.
  expect(await client.put(at.connection("link"), join(5), false)).toMatchObject({
    properties: { routingWeight: 5 },
  });
  const wider = structuredClone(order);
  wider.properties.serviceProviderProperties.bandwidthInMbps = 200;
  const circuit = await client.put(at.circuit("blue"), wider, false);
  expect(circuit["properties"]).toMatchObject({
    serviceProviderProperties: { bandwidthInMbps: 200 },
    // Empty lists of children take none away.
    peerings: [{ name: "AzurePrivatePeering" }],
    authorizations: [{ name: "guest" }],
  });
  expect((await client.send("GET", authorization)).body["properties"]).toEqual(key);
  for (const path of [
    at.connection("link"),
    at.gateway("gw"),
    address,
    subnet,
    at.vnet("vnet"),
    authorization,
    at.peering("blue"),
  ]) {
    const gone = await client.delete(path);
    // Its poller follows the status, and then the location.
    const status = await client.send("GET", client.link(gone, "azure-asyncoperation"));
    expect([path, status.status, status.body["status"]]).toEqual([path, 200, "Succeeded"]);
    expect([path, (await client.send("GET", client.link(gone, "location"))).status]).toEqual([
      path,
      204,
    ]);
  }
  await provision(api, await serviceKeyOf(api, "blue"), "NotProvisioned");
  await api.settle();
  await client.delete(at.circuit("blue"));
  await client.delete(at.group);
  expect(await api.store.list({})).toEqual([]);
});

test("a refresh reads what is there, and what has gone is ResourceNotFound", async () => {
  await using api = startApi();
  await makeGroup(api);
  const client = await ArmReplay.signIn(api, pulumi);
  const network = { location, properties: { addressSpace: { addressPrefixes: ["10.1.0.0/16"] } } };
  const made = await client.create(at.vnet("vnet"), network);
  expect((await client.send("GET", at.vnet("vnet"))).body).toEqual(made);
  await client.delete(at.vnet("vnet"));
  const { status, body } = await client.send("GET", at.vnet("vnet"));
  expect([status, body["error"]]).toMatchObject([404, { code: "ResourceNotFound" }]);
  const elsewhere = at.vnet("vnet").replace("/rg/", "/none/");
  expect((await client.send("GET", elsewhere)).status).toBe(404);
  expect(
    (await client.send("GET", `${subscription}/providers/Microsoft.Network/virtualNetworks`)).body,
  ).toEqual({ value: [] });
});

test("a subnet in its network and by itself is one and the same", async () => {
  await using api = startApi();
  await makeGroup(api);
  const client = await ArmReplay.signIn(api, pulumi);
  const network = {
    location,
    properties: {
      addressSpace: { addressPrefixes: ["10.1.0.0/16"] },
      subnets: [{ name: "apps", properties: { addressPrefix: "10.1.1.0/24" } }],
    },
  };
  await client.create(at.vnet("vnet"), network);
  const apps = await client.send("GET", `${at.vnet("vnet")}/subnets/apps`);
  expect(apps.body["properties"]).toMatchObject({ addressPrefix: "10.1.1.0/24" });
  const same = { name: "apps", properties: { addressPrefix: "10.1.1.0/24" } };
  expect(await client.put(`${at.vnet("vnet")}/subnets/apps`, same, false)).toEqual(apps.body);
});
