/** Fields of the API that would promise what is not there: refused with a value, taken without one. */
import { expect, test } from "vitest";
import {
  at,
  good,
  make,
  makeGroup,
  makeProvisioned,
  refusalsIn,
  startApi,
} from "../../../src/api/api-fixture.ts";

const id = { id: at.network("routeTables", "t") };
const kinds = {
  circuit: {
    path: at.circuit("red"),
    body: good.circuit(),
    promising: { expressRouteLag: id },
    harmless: { expressRouteLag: null },
  },
  "virtual network": {
    path: at.vnet("other"),
    body: good.vnet("10.7.0.0/16"),
    promising: {
      ddosProtectionPlan: id,
      enableDdosProtection: true,
      encryption: { enabled: true },
      ipAllocations: [id],
    },
    harmless: {
      enableDdosProtection: false,
      enableVmProtection: false,
      dhcpOptions: { dnsServers: [] },
      encryption: { enabled: false, enforcement: "AllowUnencrypted" },
      bgpCommunities: null,
    },
  },
  subnet: {
    path: `${at.vnet("vnet")}/subnets/more`,
    body: { properties: { addressPrefix: "10.1.9.0/24" } },
    promising: { networkSecurityGroup: id, routeTable: id, natGateway: id, delegations: [id] },
    harmless: {
      delegations: [],
      serviceEndpoints: [],
      routeTable: null,
      defaultOutboundAccess: true,
    },
  },
  gateway: {
    path: at.gateway("gw"),
    body: good.gateway(),
    promising: { vpnClientConfiguration: {}, natRules: [id], enableDnsForwarding: true },
    harmless: { natRules: [], enableDnsForwarding: false, customRoutes: { addressPrefixes: [] } },
  },
  connection: {
    path: at.connection("link"),
    body: good.connection(),
    promising: { ipsecPolicies: [id], localNetworkGateway2: id, useLocalAzureIpAddress: true },
    harmless: { ipsecPolicies: [], localNetworkGateway2: null, useLocalAzureIpAddress: false },
  },
} as const;

test.each(Object.entries(kinds))("%s", async (kind, { path, body, promising, harmless }) => {
  await using api = startApi();
  await makeGroup(api);
  await make(api, at.vnet("vnet"), { body: good.vnet() });
  if (kind === "connection") {
    await makeProvisioned(api, "blue");
    await make(api, at.peering("blue"), { body: good.peering() });
    await make(api, at.gateway("gw"), { body: good.gateway() });
  }
  const put = (more: object) =>
    api.call("customer", "PUT", path, { ...body, properties: { ...body.properties, ...more } });
  const refused = await put(promising);
  expect([refused.status, (await api.call("customer", "GET", path)).status]).toEqual([400, 404]);
  const targets = refusalsIn(refused).map((one) => one.split(".")[1]);
  expect(targets.sort()).toEqual(Object.keys(promising).sort());
  expect((await put(harmless)).status).toBe(201);
});
