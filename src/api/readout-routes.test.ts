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
  places: async () => [{ name: "vm", resourceId: "/vm", node: "cloud-host", vrf: "vm1" }],
};

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
