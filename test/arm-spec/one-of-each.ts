/** A resource of every type, each as it is accepted. */
import {
  type Api,
  at,
  good,
  make,
  makeGroup,
  makeProvisioned,
  type Who,
} from "../../src/api/api-fixture.ts";
import type { Json } from "../../src/domain/state.ts";

const location = "westeurope";
const premium = { sku: { tier: "Premium", family: "UnlimitedData" } };
const reference = (id: string) => ({ id });

/** A PUT that was accepted. */
export type Sent = { readonly who: Who; readonly path: string; readonly body: Json };

/** The group it stands in is made first; what needs others comes after them. Gives what was sent for it. */
export async function makeOneOfEach(api: Api): Promise<readonly Sent[]> {
  const sent: Sent[] = [];
  const call: Api["call"] = (who, method, path, body) => {
    // What tests send is JSON.
    if (method === "PUT") sent.push({ who, path, body: body as Json });
    return api.call(who, method, path, body);
  };
  await makeAll({ ...api, call });
  return sent;
}

async function makeAll(api: Api): Promise<void> {
  await makeGroup(api);
  await circuits(api);
  await networks(api);
  await gateways(api);
  const rule = { access: "Allow", communities: ["12076:5010"] };
  const filter = at.network("routeFilters", "filter");
  await make(api, filter, { body: { location, properties: {} } });
  await make(api, `${filter}/routeFilterRules/rule`, { body: { properties: rule } });
  const near = { properties: { subgroupProfile: { vmSize: "Standard_A1" } } };
  await make(api, at.network("interconnectGroups", "near"), { body: { location, ...near } });
}

async function circuits(api: Api): Promise<void> {
  await makeProvisioned(api, "blue", { ...good.circuit(), ...premium });
  await makeProvisioned(api, "green", { ...good.circuit(50, "New York"), ...premium });
  const peerings = { blue: good.peering(), green: good.peering(greenLinks) };
  for (const [name, body] of Object.entries(peerings)) await make(api, at.peering(name), { body });
  await make(api, `${at.circuit("green")}/peerings/MicrosoftPeering`, { body: publicPeering });
  const peer = reference(at.peering("green"));
  const joined = { peerExpressRouteCircuitPeering: peer, addressPrefix: "192.168.8.0/29" };
  await make(api, `${at.peering("blue")}/connections/reach`, { body: { properties: joined } });
  await make(api, `${at.circuit("blue")}/authorizations/one`, { body: { properties: {} } });
  await make(api, at.port("port"), { body: good.port() });
  await make(api, `${at.port("port")}/authorizations/one`, { body: { properties: {} } });
  await make(api, at.circuit("direct"), { body: good.directCircuit() });
  const bundle = { ...good.port().properties, numberOfPorts: 1 };
  await make(api, at.network("expressRouteLags", "lag"), {
    body: { location, properties: bundle },
  });
}

const publicPeering = {
  properties: {
    ...{ peeringType: "MicrosoftPeering", peerASN: 3320, vlanId: 200 },
    ...{ primaryPeerAddressPrefix: "5.4.0.0/30", secondaryPeerAddressPrefix: "5.4.0.4/30" },
    microsoftPeeringConfig: {
      advertisedPublicPrefixes: ["5.5.0.0/24"],
      advertisedPublicPrefixInfo: [{ prefix: "5.5.0.0/24", signature: "AAAA" }],
    },
    ipv6PeeringConfig: {
      primaryPeerAddressPrefix: "2a00:5::/126",
      secondaryPeerAddressPrefix: "2a00:5::4/126",
      microsoftPeeringConfig: { advertisedPublicPrefixes: ["2a00:6::/48"] },
    },
  },
};

const greenLinks = {
  primaryPeerAddressPrefix: "192.168.2.0/30",
  secondaryPeerAddressPrefix: "192.168.2.4/30",
  ipv6PeeringConfig: {
    primaryPeerAddressPrefix: "fd00:1::/126",
    secondaryPeerAddressPrefix: "fd00:1::4/126",
  },
};

async function networks(api: Api): Promise<void> {
  await make(api, at.vnet("vnet"), { body: good.vnet() });
  await make(api, at.vnet("other"), { body: good.vnet("10.2.0.0/16") });
  const remoteVirtualNetwork = reference(at.vnet("other"));
  const peering = `${at.vnet("vnet")}/virtualNetworkPeerings/to-other`;
  await make(api, peering, { body: { properties: { remoteVirtualNetwork } } });
  const subnet = reference(`${at.vnet("vnet")}/subnets/default`);
  await make(api, at.machine("vm"), { body: { location, properties: { subnet } } });
  const address = at.network("publicIPAddresses", "address");
  await make(api, address, { body: { location, sku: { name: "Standard" }, properties: {} } });
  const office = at.network("localNetworkGateways", "office");
  const properties = {
    gatewayIpAddress: "203.0.113.7",
    localNetworkAddressSpace: { addressPrefixes: ["10.9.0.0/16"] },
  };
  await make(api, office, { body: { location, properties } });
}

async function gateways(api: Api): Promise<void> {
  await make(api, at.gateway("gw"), { body: good.gateway() });
  await make(api, at.connection("link"), { body: good.connection() });
  const wan = at.network("virtualWans", "wan");
  await make(api, wan, { body: { location, properties: {} } });
  const hub = at.network("virtualHubs", "hub");
  const hubbed = { virtualWan: reference(wan), addressPrefix: "10.20.0.0/23" };
  await make(api, hub, { body: { location, properties: hubbed } });
  const gateway = at.network("expressRouteGateways", "hub-gw");
  const properties = { virtualHub: reference(hub) };
  await make(api, gateway, { body: { location, properties } });
  const expressRouteCircuitPeering = reference(at.peering("green"));
  const body = { name: "joined", properties: { expressRouteCircuitPeering } };
  await make(api, `${gateway}/expressRouteConnections/joined`, { body });
}
