/** What Terraform's azurerm 5.x sends and what it insists on, request by request. */
import { expect, test } from "vitest";
import {
  type Api,
  at,
  makeGroup,
  makeProvisioned,
  provision,
  serviceKeyOf,
  startApi,
} from "../../../src/api/api-fixture.ts";
import { ArmReplay, azurerm, subscription } from "./arm-replay.ts";

const signedIn = (api: Api) => ArmReplay.signIn(api, azurerm);

const location = "westeurope";
const bodies = {
  circuit: (bandwidthInMbps = 50, tags: object = {}) => ({
    location,
    properties: {
      allowClassicOperations: false,
      authorizationKey: "",
      enableDirectPortRateLimit: false,
      serviceProviderProperties: {
        bandwidthInMbps,
        peeringLocation: "Amsterdam",
        serviceProviderName: "Exchange One",
      },
    },
    sku: { family: "MeteredData", name: "Standard_MeteredData", tier: "Standard" },
    tags,
  }),
  peering: (changes: object = {}) => ({
    properties: {
      azureASN: 0,
      connections: [],
      gatewayManagerEtag: "",
      peerASN: 65001,
      peeringType: "AzurePrivatePeering",
      primaryAzurePort: "",
      primaryPeerAddressPrefix: "192.168.100.128/30",
      secondaryAzurePort: "",
      secondaryPeerAddressPrefix: "192.168.100.132/30",
      sharedKey: "",
      state: "Enabled",
      vlanId: 101,
      ...changes,
    },
  }),
  network: {
    location,
    properties: {
      addressSpace: { addressPrefixes: ["10.1.0.0/16"] },
      bgpCommunities: null,
      ddosProtectionPlan: null,
      dhcpOptions: { dnsServers: [] },
      encryption: null,
      flowTimeoutInMinutes: null,
      privateEndpointVNetPolicies: "Disabled",
      subnets: [],
    },
    tags: {},
  },
  subnet: {
    name: "GatewaySubnet",
    properties: {
      addressPrefixes: ["10.1.255.0/27"],
      defaultOutboundAccess: true,
      delegations: [],
      privateEndpointNetworkPolicies: "Disabled",
      privateLinkServiceNetworkPolicies: "Enabled",
      serviceEndpointPolicies: [],
      serviceEndpoints: [],
    },
  },
  address: {
    extendedLocation: null,
    location,
    properties: {
      ddosSettings: { protectionMode: "VirtualNetworkInherited" },
      idleTimeoutInMinutes: 4,
      ipTags: [],
      publicIPAddressVersion: "IPv4",
      publicIPAllocationMethod: "Static",
    },
    sku: { name: "Standard", tier: "Regional" },
    tags: {},
    zones: ["1", "2", "3"],
  },
  gateway: {
    extendedLocation: null,
    location,
    properties: {
      activeActive: false,
      allowRemoteVnetTraffic: false,
      allowVirtualWanTraffic: false,
      customRoutes: null,
      disableIPSecReplayProtection: false,
      enableBgp: false,
      enableBgpRouteTranslationForNat: false,
      enableDnsForwarding: false,
      enablePrivateIpAddress: false,
      gatewayType: "ExpressRoute",
      ipConfigurations: [
        {
          name: "default",
          properties: {
            privateIPAllocationMethod: "Dynamic",
            publicIPAddress: { id: at.network("publicIPAddresses", "pip") },
            subnet: { id: `${at.vnet("vnet")}/subnets/GatewaySubnet` },
          },
        },
      ],
      sku: { name: "ErGw1AZ", tier: "ErGw1AZ" },
      vpnType: "RouteBased",
    },
    tags: {},
  },
  connection: (gateway: unknown, changes: object = {}) => ({
    location,
    properties: {
      authorizationKey: "",
      connectionMode: "Default",
      connectionType: "ExpressRoute",
      dpdTimeoutSeconds: 0,
      egressNatRules: [],
      enableBgp: false,
      enablePrivateLinkFastPath: false,
      expressRouteGatewayBypass: false,
      gatewayCustomBgpIpAddresses: [],
      ingressNatRules: [],
      ipsecPolicies: [],
      peer: { id: at.circuit("blue") },
      routingWeight: 0,
      sharedKey: "",
      trafficSelectorPolicies: [],
      useLocalAzureIpAddress: false,
      usePolicyBasedTrafficSelectors: false,
      virtualNetworkGateway1: gateway,
      ...changes,
    },
    tags: {},
  }),
};

test("a whole life: made, changed, read and taken away, each as the provider does it", async () => {
  await using api = startApi();
  const terraform = await signedIn(api);
  await group(terraform);
  await circuit(api, terraform);
  await network(terraform);
  await joined(terraform);
  await changed(terraform);
  await gone(api, terraform);
});

async function group(terraform: ArmReplay): Promise<void> {
  await terraform.missing(at.group);
  const made = await terraform.send("PUT", at.group, { location, tags: {} });
  expect([made.status, made.body["properties"]]).toEqual([201, { provisioningState: "Succeeded" }]);
  for (let read = 0; read < 3; read += 1) {
    const { status, body } = await terraform.send("GET", at.group);
    expect([status, body]).toEqual([200, made.body]);
  }
}

async function circuit(api: Api, terraform: ArmReplay): Promise<void> {
  const made = await terraform.create(at.circuit("blue"), bodies.circuit());
  // The provider waits for three good answers in a row.
  for (let read = 0; read < 3; read += 1) {
    expect((await terraform.send("GET", at.circuit("blue"))).body).toEqual(made);
  }
  expect(made).toMatchObject({
    location,
    sku: { name: "Standard_MeteredData", tier: "Standard", family: "MeteredData" },
    properties: {
      serviceKey: expect.stringMatching(/^[0-9a-f-]{36}$/),
      serviceProviderProvisioningState: "NotProvisioned",
      circuitProvisioningState: "Enabled",
      serviceProviderProperties: { bandwidthInMbps: 50 },
      stag: expect.any(Number),
    },
  });
  expect(made["properties"]).not.toHaveProperty("authorizationKey");
  await provision(api, await serviceKeyOf(api, "blue"), "Provisioned");
  await api.settle();
  // Connections of the peering are read before each of its writes: there is none of it yet.
  expect((await terraform.send("GET", `${at.peering("blue")}/connections`)).status).toBe(404);
  const peering = await terraform.create(at.peering("blue"), bodies.peering());
  expect(peering["properties"]).toMatchObject({
    azureASN: 12076,
    peerASN: 65001,
    vlanId: 101,
    primaryAzurePort: "ams-e1:nni0",
    secondaryAzurePort: "ams-e2:nni0",
    gatewayManagerEtag: expect.any(String),
    state: "Enabled",
  });
  expect(peering["properties"]).not.toHaveProperty("sharedKey");
  expect((await terraform.send("GET", `${at.peering("blue")}/connections`)).body).toEqual({
    value: [],
  });
  const key = await terraform.create(`${at.circuit("blue")}/authorizations/guest`, {
    properties: {},
  });
  expect(key["properties"]).toMatchObject({
    authorizationKey: expect.stringMatching(/^[0-9a-f-]{36}$/),
    authorizationUseStatus: "Available",
  });
}

async function network(terraform: ArmReplay): Promise<void> {
  await terraform.create(at.vnet("vnet"), bodies.network);
  const subnet = await terraform.create(`${at.vnet("vnet")}/subnets/GatewaySubnet`, bodies.subnet);
  // The form that was sent is the form that is read: another would be a change at every plan.
  expect(subnet["properties"]).toMatchObject({ addressPrefixes: ["10.1.255.0/27"] });
  expect(subnet["properties"]).not.toHaveProperty("addressPrefix");
  // A network that is read and written without its subnets keeps them.
  const { body } = await terraform.send("GET", at.vnet("vnet"));
  const { subnets: _, ...properties } = body["properties"] as unknown as Record<string, unknown>;
  await terraform.put(at.vnet("vnet"), { ...body, properties, tags: { a: "1" } }, false);
  expect((await terraform.send("GET", `${at.vnet("vnet")}/subnets/GatewaySubnet`)).status).toBe(
    200,
  );
  const address = await terraform.create(at.network("publicIPAddresses", "pip"), bodies.address);
  expect(address).toMatchObject({
    sku: { name: "Standard", tier: "Regional" },
    zones: ["1", "2", "3"],
  });
}

async function joined(terraform: ArmReplay): Promise<void> {
  const gateway = await terraform.create(at.gateway("gw"), bodies.gateway);
  expect(gateway["properties"]).toMatchObject({
    activeActive: false,
    enableBgp: false,
    ipConfigurations: [
      {
        name: "default",
        properties: { publicIPAddress: { id: at.network("publicIPAddresses", "pip") } },
      },
    ],
    sku: { name: "ErGw1AZ", tier: "ErGw1AZ" },
  });
  // The whole gateway stands in the connection; its id alone counts.
  const connection = await terraform.create(at.connection("link"), bodies.connection(gateway));
  expect(connection["properties"]).toMatchObject({
    connectionType: "ExpressRoute",
    peer: { id: at.circuit("blue") },
    routingWeight: 0,
    virtualNetworkGateway1: { id: at.gateway("gw") },
  });
  const shared = await terraform.send("GET", `${at.connection("link")}/sharedkey`);
  expect([shared.status, shared.body]).toEqual([200, { value: "" }]);
}

async function changed(terraform: ArmReplay): Promise<void> {
  // First what was read, unchanged, then the change.
  const read = (await terraform.send("GET", at.circuit("blue"))).body;
  const refreshed = await terraform.put(at.circuit("blue"), read, false);
  expect(refreshed).toEqual(read);
  const wider = { ...refreshed, ...bodies.circuit(200, { site: "one" }) };
  const circuit = await terraform.put(at.circuit("blue"), wider, false);
  expect(circuit).toMatchObject({
    tags: { site: "one" },
    properties: {
      serviceKey: read["properties"]?.["serviceKey"],
      serviceProviderProperties: { bandwidthInMbps: 200 },
      peerings: [{ name: "AzurePrivatePeering" }],
      authorizations: [{ name: "guest" }],
    },
  });
  const connection = (await terraform.send("GET", at.connection("link"))).body;
  const gateway = (await terraform.send("GET", at.gateway("gw"))).body;
  const weighted = await terraform.put(
    at.connection("link"),
    { ...connection, ...bodies.connection(gateway, { routingWeight: 10 }) },
    false,
  );
  expect(weighted["properties"]).toMatchObject({ routingWeight: 10 });
}

async function gone(api: Api, terraform: ArmReplay): Promise<void> {
  await terraform.delete(at.connection("link"));
  await terraform.delete(at.gateway("gw"));
  await terraform.delete(at.network("publicIPAddresses", "pip"));
  await terraform.delete(`${at.vnet("vnet")}/subnets/GatewaySubnet`);
  await terraform.delete(at.vnet("vnet"));
  await terraform.delete(`${at.circuit("blue")}/authorizations/guest`);
  await terraform.delete(at.peering("blue"));
  const early = await terraform.send("DELETE", at.circuit("blue"));
  expect([early.status, early.body["error"]]).toMatchObject([409, { code: "ConflictError" }]);
  await provision(api, await serviceKeyOf(api, "blue"), "NotProvisioned");
  await api.settle();
  await terraform.delete(at.circuit("blue"));
  const left = await terraform.send(
    "GET",
    `${at.group}/resources?$expand=provisioningState&$top=10`,
  );
  expect([left.status, left.body]).toEqual([200, { value: [] }]);
  await terraform.delete(at.group);
  expect(await api.store.list({})).toEqual([]);
}

test("ten children of one circuit are written at once, and none is lost or refused", async () => {
  await using api = startApi();
  await makeGroup(api);
  await makeProvisioned(api, "blue");
  const terraform = await signedIn(api);
  const names = Array.from({ length: 9 }, (_, n) => `a${n}`);
  const answers = await Promise.all([
    terraform.send("PUT", at.peering("blue"), bodies.peering()),
    ...names.map((name) =>
      terraform.send("PUT", `${at.circuit("blue")}/authorizations/${name}`, { properties: {} }),
    ),
  ]);
  expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(201));
  await api.settle();
  for (const answer of answers) {
    const { body } = await terraform.send("GET", terraform.link(answer, "azure-asyncoperation"));
    expect(body["status"]).toBe("Succeeded");
  }
  const { body } = await terraform.send("GET", at.circuit("blue"));
  const { authorizations, peerings } = body["properties"] as unknown as Record<
    string,
    { name: string }[]
  >;
  expect(authorizations?.map(({ name }) => name).sort()).toEqual(names);
  expect(peerings?.map(({ name }) => name)).toEqual(["AzurePrivatePeering"]);
});

test("what is unset comes as an empty text, as null and as nought, and changes nothing", async () => {
  await using api = startApi();
  await makeGroup(api);
  await makeProvisioned(api, "blue", bodies.circuit());
  const terraform = await signedIn(api);
  const peering = await terraform.create(at.peering("blue"), bodies.peering());
  const nothing = [
    {
      sharedKey: "",
      gatewayManagerEtag: "",
      azureASN: 0,
      primaryAzurePort: "",
      secondaryAzurePort: "",
    },
    { ipv6PeeringConfig: undefined, microsoftPeeringConfig: null, routeFilter: null, stats: null },
    { connections: [], peeredConnections: null, lastModifiedBy: "", expressRouteConnection: null },
  ];
  for (const unset of nothing) {
    expect(await terraform.put(at.peering("blue"), bodies.peering(unset), false)).toEqual(peering);
  }
  const circuit = (await terraform.send("GET", at.circuit("blue"))).body;
  const unset = {
    ...bodies.circuit().properties,
    bandwidthInGbps: 0,
    expressRoutePort: null,
    serviceProviderNotes: "",
    gatewayManagerEtag: "",
    globalReachEnabled: null,
  };
  expect(
    await terraform.put(
      at.circuit("blue"),
      { ...bodies.circuit(), tags: null, properties: unset },
      false,
    ),
  ).toEqual({ ...circuit, tags: {} });
});

test("paths in any case and with doubled slashes name the same, in the stored spelling", async () => {
  await using api = startApi();
  await makeGroup(api);
  await makeProvisioned(api, "Blue");
  const terraform = await signedIn(api);
  const made = await terraform.create(at.peering("Blue"), bodies.peering());
  const spellings = [
    at.peering("Blue").toLowerCase(),
    at.peering("BLUE").replace("resourceGroups", "resourcegroups"),
    at.peering("Blue").replace("Microsoft.Network/", "Microsoft.Network//"),
    `/${at.peering("Blue")}/`,
    at
      .peering("Blue")
      .replace("/providers", "//providers")
      .replace("AzurePrivatePeering", "azureprivatepeering"),
  ];
  for (const path of spellings) {
    const { status, body } = await terraform.send("GET", path);
    expect([path, status, body]).toEqual([path, 200, made]);
    const written = await terraform.send("PUT", path, bodies.peering());
    expect([path, written.status, written.body["id"]]).toEqual([path, 200, made["id"]]);
    await api.settle();
  }
});

test("providers are listed, read and registered before anything else", async () => {
  await using api = startApi();
  const terraform = await signedIn(api);
  const { status, body } = await terraform.send("GET", `${subscription}/providers`);
  const value = body["value"] as unknown as {
    namespace: string;
    registrationState: string;
    resourceTypes: { resourceType: string; apiVersions: string[]; locations: string[] }[];
  }[];
  expect(status).toBe(200);
  expect(value.map(({ registrationState }) => registrationState)).not.toContain("NotRegistered");
  const network = value.find(({ namespace }) => namespace === "Microsoft.Network");
  const circuits = network?.resourceTypes.find(
    ({ resourceType }) => resourceType === "expressRouteCircuits",
  );
  expect(circuits?.locations).toContain("West Europe");
  expect(circuits?.apiVersions).toContain("2025-01-01");
  expect([...(circuits?.apiVersions ?? [])].sort().reverse()).toEqual(circuits?.apiVersions);
  const registered = await terraform.send(
    "POST",
    `${subscription}/providers/Microsoft.Network/register`,
  );
  expect([registered.status, registered.body["registrationState"]]).toEqual([200, "Registered"]);
});

test("a group is listed before it goes, and what is in it goes with it", async () => {
  await using api = startApi();
  await makeGroup(api);
  const terraform = await signedIn(api);
  await terraform.create(at.vnet("vnet"), bodies.network);
  await terraform.create(at.circuit("blue"), bodies.circuit());
  const { body } = await terraform.send(
    "GET",
    `${at.group}/resources?$expand=provisioningState&$top=10`,
  );
  expect(body["value"]).toMatchObject([{ name: "blue" }, { name: "vnet" }]);
  const gone = await terraform.delete(at.group);
  const result = await terraform.send("GET", terraform.link(gone, "location"));
  expect([200, 204]).toContain(result.status);
  await terraform.missing(at.circuit("blue"));
});
