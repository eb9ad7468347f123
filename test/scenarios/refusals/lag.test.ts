import { expect, test } from "vitest";
import {
  type Api,
  at,
  customerSubscription,
  good,
  make,
  makeGroup,
  refusalsIn,
  startApi,
} from "../../../src/api/api-fixture.ts";

const lag = (name = "lag") => at.network("expressRouteLags", name);

const bodyWith = (changes: object = {}) => ({
  location: "westeurope",
  properties: {
    peeringLocation: "Amsterdam",
    bandwidthInGbps: 10,
    encapsulation: "QinQ",
    numberOfPorts: 2,
    ...changes,
  },
});

async function withLag(): Promise<Api> {
  const api = startApi();
  await makeGroup(api);
  await make(api, lag(), { body: bodyWith() });
  return api;
}

const place = { rackId: "r1", coloLocation: "Amsterdam", adminState: "Disabled" };

test("a bundle has pairs of the inventory, each end on its own link", async () => {
  await using api = await withLag();
  const { body } = await api.call("customer", "GET", lag());
  expect(body["properties"]).toMatchObject({
    billingType: "MeteredData",
    provisionedBandwidthInGbps: 0,
    circuits: [],
    causewayBundle: {
      ...{ bandwidthInGbps: 20, leastBandwidthInGbps: 10, state: "NotCarried" },
      reason: expect.stringContaining("no edge runs LACP"),
    },
    links: [
      {
        name: "link1",
        properties: {
          routerName: "ams-e1",
          adminState: "Disabled",
          members: [
            { properties: { interfaceName: "d0", patchPanelId: "p1", ...place } },
            { properties: { interfaceName: "d1", patchPanelId: "p3", ...place } },
          ],
        },
      },
      { name: "link2", properties: { routerName: "ams-e2", members: { length: 2 } } },
    ],
  });
  const links = await api.call("customer", "GET", `${lag()}/links`);
  expect(links.body["value"]).toEqual(body["properties"]?.["links"]);
  const link = await api.call("customer", "GET", `${lag()}/links/LINK2`);
  expect(link.body["properties"]).toMatchObject({ routerName: "ams-e2" });
  const members = await api.call("customer", "GET", `${lag()}/links/link2/members`);
  expect(members.body["value"]).toEqual(link.body["properties"]?.["members"]);
  const member = await api.call("customer", "GET", `${lag()}/links/link2/members/member2`);
  expect(member.body["properties"]).toMatchObject({ interfaceName: "d1", patchPanelId: "p4" });
  const none = await api.call("customer", "GET", `${lag()}/links/link2/members/member3`);
  expect(none.status).toBe(404);
});

test("its pairs are nobody else's until it is gone", async () => {
  await using api = await withLag();
  const network = `/subscriptions/${customerSubscription}/providers/Microsoft.Network`;
  const catalogue = `${network}/ExpressRoutePortsLocations/Amsterdam`;
  const offered = async () =>
    (await api.call("customer", "GET", catalogue)).body["properties"]?.["availableBandwidths"];
  expect(await offered()).toEqual([]);
  const port = await api.call("customer", "PUT", at.port("port"), good.port());
  expect(refusalsIn(port)).toEqual(["NoCapacity properties.bandwidthInGbps"]);
  const second = await api.call("customer", "PUT", lag("two"), bodyWith({ numberOfPorts: 1 }));
  expect(refusalsIn(second)).toEqual(["NoCapacity properties.numberOfPorts"]);
  expect((await api.call("customer", "DELETE", lag())).status).toBe(202);
  await make(api, at.port("port"), { body: good.port() });
  expect(await offered()).toHaveLength(1);
  const wide = await api.call("customer", "PUT", lag(), bodyWith());
  expect(refusalsIn(wide)).toEqual(["NoCapacity properties.numberOfPorts"]);
});

test("what is read can be sent back, and tags are patched", async () => {
  await using api = await withLag();
  const { body: read } = await api.call("customer", "GET", lag());
  const again = await api.call("customer", "PUT", lag(), read);
  expect([again.status, again.body["etag"]]).toEqual([200, read["etag"]]);
  const tagged = await api.call("customer", "PATCH", lag(), { tags: { team: "net" } });
  expect(tagged.body["tags"]).toEqual({ team: "net" });
});

const link = (properties: object) => [{ name: "link1", properties }];

test.each([
  ["no ports", { numberOfPorts: 0 }, "InvalidParameter properties.numberOfPorts"],
  [
    "more active ports than there are",
    { minimumActivePortsRequired: 3 },
    "InvalidParameter properties.minimumActivePortsRequired",
  ],
  [
    "a place without Direct ports",
    { peeringLocation: "New York" },
    "LocationNotAvailable properties.peeringLocation",
  ],
  ["three pairs", { numberOfPorts: 3 }, "NoCapacity properties.numberOfPorts"],
  ["another size", { bandwidthInGbps: 100 }, "NoCapacity properties.numberOfPorts"],
  [
    "a link enabled",
    { links: link({ adminState: "Enabled" }) },
    "InvalidParameter properties.links[0].properties.adminState",
  ],
  ["three links", { links: [{}, {}, {}] }, "InvalidLinks properties.links"],
  [
    "more members than ports",
    { links: link({ members: [{}, {}, {}] }) },
    "InvalidLinks properties.links[0].properties.members",
  ],
  [
    "encryption",
    { links: link({ macSecConfig: { cipher: "GcmAes256" } }) },
    "InvalidParameter properties.links[0].properties.macSecConfig",
  ],
])("a bundle with %s is refused", async (_, changes, expected) => {
  await using api = startApi();
  await makeGroup(api);
  const answer = await api.call("customer", "PUT", lag(), bodyWith(changes));
  expect(refusalsIn(answer)).toEqual([expected]);
});

test("every refusal of a bundle comes at once", async () => {
  await using api = startApi();
  await makeGroup(api);
  const changes = {
    ...{ minimumActivePortsRequired: 3, peeringLocation: "New York" },
    links: [{}, {}, { properties: { members: [{}, {}, {}] } }],
  };
  const answer = await api.call("customer", "PUT", lag(), bodyWith(changes));
  expect(refusalsIn(answer)).toEqual([
    "InvalidParameter properties.minimumActivePortsRequired",
    "InvalidLinks properties.links",
    "InvalidLinks properties.links[2].properties.members",
    "LocationNotAvailable properties.peeringLocation",
  ]);
});

test("a bundle stays while a circuit is on it", async () => {
  await using api = await withLag();
  await make(api, at.circuit("blue"), { body: good.circuit() });
  // No request can put one there yet: it is written as it will stand.
  await api.store.transaction(async (writer) => {
    const circuit = await writer.read(at.circuit("blue"));
    if (circuit === undefined) throw new Error("the circuit was made");
    const desired = { ...circuit.desired, properties: { expressRouteLag: { id: lag() } } };
    await writer.putResource({ ...circuit, desired });
  });
  const { body } = await api.call("customer", "GET", lag());
  expect(body["properties"]?.["circuits"]).toEqual([{ id: at.circuit("blue") }]);
  const refused = await api.call("customer", "DELETE", lag());
  expect([refused.status, refusalsIn(refused)]).toEqual([
    409,
    [`ConflictError ${at.circuit("blue")}`],
  ]);
  expect((await api.call("customer", "GET", lag())).status).toBe(200);
});

test("a bundle keeps its ports", async () => {
  await using api = await withLag();
  const changed = bodyWith({ numberOfPorts: 1, encapsulation: "Dot1Q" });
  expect(refusalsIn(await api.call("customer", "PUT", lag(), changed))).toEqual([
    "ImmutableField properties.encapsulation",
    "ImmutableField properties.numberOfPorts",
  ]);
});

test("its letter is of all members, or of some", async () => {
  await using api = await withLag();
  const ask = (body: object) => api.call("customer", "POST", `${lag()}/generateLoa`, body);
  const sizes: number[] = [];
  const some = ["link1/member1", `${lag()}/links/link2/members/member1`];
  for (const members of [undefined, some]) {
    const { status, body } = await ask({ customerName: "Blue", ...(members ? { members } : {}) });
    const pdf = Buffer.from(String(body["encodedContent"]), "base64");
    expect([status, pdf.subarray(0, 5).toString()]).toEqual([200, "%PDF-"]);
    sizes.push(pdf.length);
  }
  expect(sizes[1]).toBeLessThan(sizes[0] ?? 0);
  const wrong = await ask({ customerName: "Blue", members: ["link3/member1", ...some, "x"] });
  expect(refusalsIn(wrong)).toEqual(["InvalidParameter members[0]", "InvalidParameter members[3]"]);
});
