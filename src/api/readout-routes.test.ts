import { expect, test } from "vitest";
import { at, good, make, makeGroup, makeProvisioned, refusalsIn, startApi } from "./api-fixture.ts";
import type { Readouts } from "./readouts.ts";

const readouts: Readouts = {
  arpTable: async ({ side, peering }) => [
    {
      age: 3,
      interface: "On-Prem",
      ipAddress: `${side} ${peering.name}`,
      macAddress: "02:00:00:00:00:01",
    },
  ],
  routeTable: async () => [
    { network: "10.0.0.0/8", nextHop: "192.168.100.129", locPrf: "", weight: 0, path: "65001" },
  ],
  routeTableSummary: async () => [
    { neighbor: "192.168.100.129", v: 4, as: 65001, upDown: "00:01:00", statePfxRcd: "1" },
  ],
  stats: async () => ({
    primarybytesIn: 1,
    primarybytesOut: 2,
    secondarybytesIn: 3,
    secondarybytesOut: 4,
  }),
  portStates: async () => [
    {
      ...{ link: "link1", adminState: "Enabled", lineProtocol: "Up" },
      lightLevels: [{ lane: 1, rxDbm: -3 }],
    },
    { link: "link2", adminState: "Disabled", lightNotMeasurable: "no optics" },
  ],
  traffic: async () => [
    {
      ...{ side: "primary", direction: "in" },
      ...{ packets: 1, bytes: 2, droppedPackets: 3, droppedBytes: 4 },
      milliseconds: [{ upTo: 0.25, count: 5 }, { count: 6 }],
    },
  ],
  metrics: async () => [],
  gatewaySessions: async () => [
    {
      localAddress: "10.1.1.5",
      neighbor: "169.254.0.2",
      asn: 12076,
      state: "Established",
      uptimeSeconds: 90_061,
      routesReceived: 2,
    },
    { localAddress: "10.1.1.6", neighbor: "169.254.0.6", asn: 12076, state: "Active" },
  ],
  gatewayRoutes: async () => [
    {
      localAddress: "10.1.1.5",
      network: "172.16.0.0/16",
      nextHop: "169.254.0.2",
      learned: true,
      path: [12076, 65001],
    },
    { localAddress: "10.1.1.5", network: "10.1.0.0/16", learned: false, path: [] },
  ],
  gatewayAdvertised: async (_, peer) => (peer === "169.254.0.2" ? [] : undefined),
  peeringSessions: async () => [],
  places: async () => [{ name: "vm", resourceId: "/vm", node: "cloud-host", vrf: "vm1" }],
};

test("the links of a port tell of their state and light, or why there is none", async () => {
  await using api = startApi({ readouts });
  await makeGroup(api);
  await make(api, at.port("port"), { body: good.port() });
  const { body } = await api.call("customer", "GET", `${at.port("port")}/linkStates`);
  expect(body["value"]).toMatchObject([
    { link: "link1", lineProtocol: "Up", lightLevels: [{ lane: 1, rxDbm: -3 }] },
    { link: "link2", lightNotMeasurable: "no optics" },
  ]);
});

test("read-outs of a peering come from the edges, for customers and for providers", async () => {
  await using api = startApi({ readouts });
  await makeGroup(api);
  const key = await makeProvisioned(api, "blue");
  await make(api, at.peering("blue"), { body: good.peering() });
  const mine = (rest: string) =>
    api.call("customer", "POST", `${at.circuit("blue")}/peerings/azureprivatepeering/${rest}`);
  const theirs = (rest: string) =>
    api.call("provider", "POST", `${at.crossConnection(key)}/peerings/AzurePrivatePeering/${rest}`);

  expect((await mine("arpTables/Primary")).body["value"]).toMatchObject([
    { ipAddress: "primary AzurePrivatePeering" },
  ]);
  expect((await mine("routeTables/secondary")).body["value"]).toMatchObject([{ path: "65001" }]);
  expect((await mine("routeTablesSummary/primary")).body["value"]).toEqual([
    { neighbor: "192.168.100.129", v: 4, as: 65001, upDown: "00:01:00", statePfxRcd: "1" },
  ]);
  expect((await theirs("routeTablesSummary/primary")).body["value"]).toEqual([
    { neighbor: "192.168.100.129", asn: 65001, upDown: "00:01:00", stateOrPrefixesReceived: "1" },
  ]);
  expect((await theirs("arpTables/primary")).status).toBe(200);
  expect(refusalsIn(await mine("arpTables/left"))).toEqual(["InvalidParameter devicePath"]);
  expect((await mine("tables/primary")).status).toBe(404);
  const stats = await api.call("customer", "GET", `${at.circuit("blue")}/stats`);
  expect(stats.body).toMatchObject({ primarybytesIn: 1, secondarybytesOut: 4 });
  const traffic = await api.call("customer", "GET", `${at.circuit("blue")}/traffic`);
  expect(traffic.body["value"]).toMatchObject([
    { direction: "in", droppedPackets: 3, milliseconds: [{ upTo: 0.25 }, { count: 6 }] },
  ]);
});

test("a peering that does not exist, or no edge to read, is said", async () => {
  await using api = startApi();
  await makeGroup(api);
  await makeProvisioned(api, "blue");
  const path = `${at.peering("blue")}/arpTables/primary`;
  expect((await api.call("customer", "POST", path)).status).toBe(404);
  await make(api, at.peering("blue"), { body: good.peering() });
  const answer = await api.call("customer", "POST", path);
  expect([answer.status, ...refusalsIn(answer)]).toEqual([503, "ReadoutUnavailable"]);
});

test("a gateway's sessions and routes are told in the API's words, and nothing is added", async () => {
  await using api = startApi({ readouts });
  await makeGroup(api);
  await make(api, at.vnet("vnet"), { body: good.vnet() });
  await make(api, at.gateway("gw"), { body: good.gateway() });
  const ask = (rest: string) => api.call("customer", "POST", `${at.gateway("gw")}/${rest}`);

  expect((await ask("getBgpPeerStatus")).body["value"]).toEqual([
    {
      localAddress: "10.1.1.5",
      neighbor: "169.254.0.2",
      asn: 12076,
      state: "Connected",
      connectedDuration: "1.01:01:01",
      routesReceived: 2,
    },
    { localAddress: "10.1.1.6", neighbor: "169.254.0.6", asn: 12076, state: "Connecting" },
  ]);
  const one = await ask("getBgpPeerStatus?peer=169.254.0.6");
  expect(one.body["value"]).toHaveLength(1);
  expect((await ask("getLearnedRoutes")).body["value"]).toEqual([
    {
      localAddress: "10.1.1.5",
      network: "172.16.0.0/16",
      nextHop: "169.254.0.2",
      sourcePeer: "169.254.0.2",
      origin: "EBgp",
      asPath: "12076-65001",
    },
    { localAddress: "10.1.1.5", network: "10.1.0.0/16", origin: "Network", asPath: "" },
  ]);
  expect((await ask("getEffectiveRoutes")).body["value"]).toEqual([
    {
      localAddress: "10.1.1.5",
      addressPrefixes: ["172.16.0.0/16"],
      nextHopIpAddress: "169.254.0.2",
      nextHopType: "Tunnel",
    },
    {
      localAddress: "10.1.1.5",
      addressPrefixes: ["10.1.0.0/16"],
      nextHopType: "VirtualNetwork",
    },
  ]);
  expect(refusalsIn(await ask("reset"))).toEqual(["NotOffered reset"]);
  expect(refusalsIn(await ask("getAdvertisedRoutes"))).toEqual(["InvalidParameter peer"]);
  expect(refusalsIn(await ask("generatevpnprofile"))).toEqual(["NotOffered generatevpnprofile"]);
});

test("a virtual network says how full it is, and which addresses are free", async () => {
  await using api = startApi();
  await makeGroup(api);
  await make(api, at.vnet("vnet"), { body: good.vnet() });
  await make(api, at.gateway("gw"), { body: good.gateway() });
  const { body } = await api.call("customer", "GET", `${at.vnet("vnet")}/usages`);
  expect(body["value"]).toContainEqual(
    expect.objectContaining({
      id: `${at.vnet("vnet")}/subnets/GatewaySubnet`,
      currentValue: 2,
      unit: "Count",
    }),
  );
});
