import { expect, test } from "vitest";
import {
  type Api,
  at,
  good,
  make,
  makeGroup,
  refusalsIn,
  startApi,
} from "../../../src/api/api-fixture.ts";

async function withGroup(): Promise<Api> {
  const api = startApi();
  await makeGroup(api);
  return api;
}

function portWith(changes: object) {
  return { ...good.port(), properties: { ...good.port().properties, ...changes } };
}

const link = (name: string, adminState: string) => ({ name, properties: { adminState } });

test.each([
  [
    "an unknown location",
    { peeringLocation: "Oslo" },
    "LocationNotAvailable properties.peeringLocation",
  ],
  [
    "a location without Direct ports",
    { peeringLocation: "New York" },
    "LocationNotAvailable properties.peeringLocation",
  ],
  [
    "a size that does not exist",
    { bandwidthInGbps: 40 },
    "InvalidParameter properties.bandwidthInGbps",
  ],
  [
    "a size of which none is free",
    { bandwidthInGbps: 100 },
    "NoCapacity properties.bandwidthInGbps",
  ],
  [
    "an unknown encapsulation",
    { encapsulation: "VXLAN" },
    "InvalidParameter properties.encapsulation",
  ],
  [
    "a third link",
    { links: [link("link3", "Enabled")] },
    "InvalidParameter properties.links[0].name",
  ],
  [
    "a link twice",
    { links: [link("link1", "Enabled"), link("link1", "Enabled")] },
    "InvalidLinks properties.links",
  ],
])("%s is refused", async (_, changes, expected) => {
  await using api = await withGroup();
  const answer = await api.call("customer", "PUT", at.port("port"), portWith(changes));
  expect(refusalsIn(answer)).toEqual([expected]);
});

test("a pair belongs to one port resource, and its encapsulation stays", async () => {
  await using api = await withGroup();
  await make(api, at.port("one"), { body: good.port() });
  await make(api, at.port("two"), { body: good.port() });
  const third = await api.call("customer", "PUT", at.port("three"), good.port());
  expect(refusalsIn(third)).toEqual(["NoCapacity properties.bandwidthInGbps"]);
  const changed = await api.call("customer", "PUT", at.port("one"), good.port("Dot1Q"));
  expect(refusalsIn(changed)).toEqual(["ImmutableField properties.encapsulation"]);
});

test("links are shown with their places, switched by the port's PUT, and kept when unnamed", async () => {
  await using api = await withGroup();
  await make(api, at.port("port"), { body: good.port() });
  await make(api, at.port("port"), { body: portWith({ links: [link("link1", "Enabled")] }) });
  const { body } = await make(api, at.port("port"), { body: good.port() }).then(() =>
    api.call("customer", "GET", at.port("port")),
  );
  expect(body["properties"]).toMatchObject({
    mtu: "1500",
    etherType: "0x8100",
    allocationDate: "2027-01-15",
    links: [
      {
        name: "link1",
        properties: {
          routerName: "ams-e1",
          interfaceName: "d0",
          patchPanelId: "p1",
          adminState: "Enabled",
        },
      },
      { name: "link2", properties: { routerName: "ams-e2", adminState: "Disabled" } },
    ],
  });
  const list = await api.call("customer", "GET", `${at.port("port")}/links`);
  expect(list.body["value"]).toHaveLength(2);
  const one = await api.call("customer", "GET", `${at.port("port")}/links/LINK2`);
  expect(one.body["name"]).toBe("link2");
  expect((await api.call("customer", "GET", `${at.port("port")}/links/link9`)).status).toBe(404);
  const again = await api.call("customer", "PUT", at.port("port"), body);
  expect(again.body["etag"]).toEqual(body["etag"]);
});

test("a port goes when nothing is on it and both links are down", async () => {
  await using api = await withGroup();
  await make(api, at.port("port"), { body: portWith({ links: [link("link2", "Enabled")] }) });
  await make(api, at.circuit("blue"), { body: good.directCircuit("port", 1) });
  const blocked = await api.call("customer", "DELETE", at.port("port"));
  expect(refusalsIn(blocked)).toEqual([
    `ConflictError ${at.circuit("blue")}`,
    "ConflictError properties.links.link2",
  ]);
  await api.call("customer", "DELETE", at.circuit("blue"));
  await api.settle();
  await make(api, at.port("port"), { body: portWith({ links: [link("link2", "Disabled")] }) });
  expect((await api.call("customer", "DELETE", at.port("port"))).status).toBe(202);
});

test("locations show what is free", async () => {
  await using api = await withGroup();
  const path = at.group.replace(
    /\/resourceGroups.*/,
    "/providers/Microsoft.Network/ExpressRoutePortsLocations/amsterdam",
  );
  const free = async () =>
    (await api.call("customer", "GET", path)).body["properties"]?.["availableBandwidths"];
  expect(await free()).toEqual([{ offerName: "10 Gbps", valueInGbps: 10 }]);
  await make(api, at.port("one"), { body: good.port() });
  await make(api, at.port("two"), { body: good.port() });
  expect(await free()).toEqual([]);
});
