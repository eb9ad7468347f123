/** Ports, route filters and hubs as azurerm writes them: in steps, reading children that may not be there. */
import { expect, test } from "vitest";
import { at, good, makeGroup, makeProvisioned, startApi } from "../../../src/api/api-fixture.ts";
import { ArmReplay, azurerm } from "./arm-replay.ts";

const location = "westeurope";

test("a port is written without links, then with them, and a circuit stands on it", async () => {
  await using api = startApi();
  await makeGroup(api);
  const terraform = await ArmReplay.signIn(api, azurerm);
  const port = {
    location,
    properties: {
      bandwidthInGbps: 10,
      billingType: "MeteredData",
      encapsulation: "QinQ",
      peeringLocation: "Amsterdam",
    },
    tags: {},
  };
  const made = await terraform.create(at.port("port"), port);
  const link = {
    adminState: "Disabled",
    macSecConfig: { cakSecretIdentifier: "", cipher: "GcmAes128", cknSecretIdentifier: "" },
  };
  const links = ["link1", "link2"].map((name) => ({ name, properties: link }));
  const linked = await terraform.put(
    at.port("port"),
    { ...port, properties: { ...port.properties, links } },
    false,
  );
  expect(linked["properties"]).toMatchObject({
    etherType: "0x8100",
    links: [{ name: "link1", properties: { adminState: "Disabled" } }, { name: "link2" }],
    mtu: expect.any(String),
    resourceGuid: made["properties"]?.["resourceGuid"],
  });
  const key = await terraform.create(`${at.port("port")}/authorizations/guest`, { properties: {} });
  expect(key["properties"]).toMatchObject({
    authorizationUseStatus: "Available",
    authorizationKey: expect.any(String),
  });
  const direct = {
    location,
    properties: {
      allowClassicOperations: false,
      authorizationKey: "",
      bandwidthInGbps: 2,
      expressRoutePort: { id: at.port("port") },
    },
    sku: { family: "MeteredData", name: "Standard_MeteredData", tier: "Standard" },
    tags: {},
  };
  const circuit = await terraform.create(at.circuit("direct"), direct);
  expect(circuit["properties"]).toMatchObject({
    bandwidthInGbps: 2,
    expressRoutePort: { id: at.port("port") },
  });
  expect((await terraform.send("GET", at.port("port"))).body["properties"]).toMatchObject({
    circuits: [{ id: at.circuit("direct") }],
  });
  expect((await terraform.send("DELETE", at.port("port"))).status).toBe(409);
  for (const path of [
    at.circuit("direct"),
    `${at.port("port")}/authorizations/guest`,
    at.port("port"),
  ]) {
    await terraform.delete(path);
  }
});

test("a filter comes with its rule, and is read with its peerings", async () => {
  await using api = startApi();
  await makeGroup(api);
  const terraform = await ArmReplay.signIn(api, azurerm);
  const filter = at.network("routeFilters", "filter");
  const rule = {
    name: "rule",
    properties: { access: "Allow", communities: ["12076:5010"], routeFilterRuleType: "Community" },
  };
  await terraform.create(filter, { location, properties: { rules: [] }, tags: {} });
  await terraform.create(`${filter}/routeFilterRules/rule`, rule);
  const { status, body } = await terraform.send("GET", `${filter}?$expand=peerings`);
  expect([status, body["properties"]]).toMatchObject([
    200,
    { rules: [{ name: "rule", properties: { routeFilterRuleType: "Community" } }] },
  ]);
  await terraform.delete(filter);
});

test("a gateway of a hub is written after its connections were asked for in vain", async () => {
  await using api = startApi();
  await makeGroup(api);
  await makeProvisioned(api, "blue", {
    ...good.circuit(),
    sku: { tier: "Premium", family: "MeteredData" },
  });
  const terraform = await ArmReplay.signIn(api, azurerm);
  await terraform.create(at.peering("blue"), good.peering());
  const wan = at.network("virtualWans", "wan");
  const hub = at.network("virtualHubs", "hub");
  const gateway = at.network("expressRouteGateways", "hub-gw");
  await terraform.create(wan, {
    location,
    properties: { allowBranchToBranchTraffic: true, disableVpnEncryption: false, type: "Standard" },
    tags: {},
  });
  await terraform.create(hub, {
    location,
    properties: {
      addressPrefix: "10.20.0.0/23",
      hubRoutingPreference: "ExpressRoute",
      virtualWan: { id: wan },
    },
    tags: {},
  });
  expect((await terraform.send("GET", `${gateway}/expressRouteConnections`)).status).toBe(404);
  await terraform.create(gateway, {
    location,
    properties: {
      allowNonVirtualWanTraffic: false,
      autoScaleConfiguration: { bounds: { min: 1 } },
      virtualHub: { id: hub },
    },
    tags: {},
  });
  const connection = `${gateway}/expressRouteConnections/joined`;
  const joined = await terraform.create(connection, {
    id: connection,
    name: "joined",
    properties: {
      enableInternetSecurity: false,
      enablePrivateLinkFastPath: false,
      expressRouteCircuitPeering: { id: at.peering("blue") },
      expressRouteGatewayBypass: false,
      routingWeight: 0,
    },
  });
  expect(joined["properties"]).toMatchObject({
    expressRouteCircuitPeering: { id: at.peering("blue") },
    routingWeight: 0,
  });
  expect(
    (await terraform.send("GET", `${gateway}/expressRouteConnections`)).body["value"],
  ).toHaveLength(1);
  for (const path of [connection, gateway, hub, wan]) await terraform.delete(path);
});
