import { expect, test } from "vitest";
import {
  type Api,
  at,
  good,
  make,
  makeGroup,
  makeProvisioned,
  refusalsIn,
  startApi,
} from "../../../src/api/api-fixture.ts";

const filter = at.network("routeFilters", "allowed");
const pathOf = (circuit: string) => `${at.circuit(circuit)}/peerings/MicrosoftPeering`;
const config = "properties.microsoftPeeringConfig";
const config6 = "properties.ipv6PeeringConfig.microsoftPeeringConfig";

async function withCircuits(...names: readonly string[]): Promise<Api> {
  const api = startApi();
  await makeGroup(api);
  for (const name of ["blue", ...names]) await makeProvisioned(api, name);
  return api;
}

function body(changes: object = {}, announced: object = {}): { properties: object } {
  return {
    properties: {
      peeringType: "MicrosoftPeering",
      peerASN: 3320,
      vlanId: 200,
      primaryPeerAddressPrefix: "5.4.0.0/30",
      secondaryPeerAddressPrefix: "5.4.0.4/30",
      microsoftPeeringConfig: { advertisedPublicPrefixes: ["5.5.0.0/24"], ...announced },
      ...changes,
    },
  };
}

const ipv6 = (changes: object = {}, announced: object = {}) => ({
  ipv6PeeringConfig: {
    primaryPeerAddressPrefix: "2a00:5::/126",
    secondaryPeerAddressPrefix: "2a00:5::4/126",
    microsoftPeeringConfig: { advertisedPublicPrefixes: ["2a00:6::/48"], ...announced },
    ...changes,
  },
});

const put = (api: Api, sent: object, circuit = "blue") =>
  api.call("customer", "PUT", pathOf(circuit), sent);

const advertised = `${config}.advertisedPublicPrefixes`;
const advertising = (...advertisedPublicPrefixes: readonly string[]) =>
  body({}, { advertisedPublicPrefixes });

test.each([
  ["no config", body({ microsoftPeeringConfig: null }), `InvalidParameter ${advertised}`],
  ["no prefix", advertising(), `InvalidParameter ${advertised}`],
  ["RFC 1918", advertising("10.1.0.0/24"), `PrefixNotPublic ${advertised}[0]`],
  ["the default route", advertising("0.0.0.0/0"), `PrefixNotPublic ${advertised}[0]`],
  ["a bogon", advertising("203.0.113.0/24"), `PrefixNotPublic ${advertised}[0]`],
  ["more than a bogon", advertising("203.0.0.0/16"), `PrefixNotPublic ${advertised}[0]`],
  ["multicast", advertising("224.1.0.0/24"), `PrefixNotPublic ${advertised}[0]`],
  ["host bits", advertising("5.5.0.1/24"), `InvalidParameter ${advertised}[0]`],
  ["a text", advertising("mine"), `InvalidParameter ${advertised}[0]`],
  ["IPv6 among IPv4", advertising("2a00:6::/48"), `InvalidParameter ${advertised}[0]`],
  [
    "201 prefixes",
    advertising(...Array.from({ length: 201 }, (_, index) => `5.6.${index}.0/24`)),
    `LimitExceeded ${advertised}`,
  ],
  ["the same twice", advertising("5.5.0.0/24", "5.5.0.128/25"), `PrefixInUse ${advertised}[1]`],
  [
    "a private link subnet",
    body({ primaryPeerAddressPrefix: "192.168.1.0/30" }),
    "PrefixNotPublic properties.primaryPeerAddressPrefix",
  ],
  [
    "a link subnet that is not a /30",
    body({ primaryPeerAddressPrefix: "5.4.0.0/29" }),
    "InvalidParameter properties.primaryPeerAddressPrefix",
  ],
  [
    "a link subnet in the announced space",
    body({ primaryPeerAddressPrefix: "5.5.0.0/30" }),
    "PrefixInUse properties.primaryPeerAddressPrefix",
  ],
  ["the cloud's AS", body({ peerASN: 12076 }), "AsnReserved properties.peerASN"],
  ["a reserved AS", body({ peerASN: 65516 }), "AsnReserved properties.peerASN"],
  ["a documentation AS", body({ peerASN: 64500 }), "AsnNotPublic properties.peerASN"],
  ["a reserved customer AS", body({}, { customerASN: 65520 }), `AsnReserved ${config}.customerASN`],
  [
    "a documentation customer AS",
    body({}, { customerASN: 65540 }),
    `AsnNotPublic ${config}.customerASN`,
  ],
  [
    "an unknown registry",
    body({}, { routingRegistryName: "MINE" }),
    `InvalidParameter ${config}.routingRegistryName`,
  ],
  ["legacy mode", body({}, { legacyMode: 1 }), `InvalidParameter ${config}.legacyMode`],
  [
    "no community",
    body({}, { advertisedCommunities: ["12076:70000"] }),
    `InvalidParameter ${config}.advertisedCommunities[0]`,
  ],
  [
    "proof of another prefix",
    body({}, { advertisedPublicPrefixInfo: [{ prefix: "5.6.0.0/24", signature: "AAAA" }] }),
    `InvalidParameter ${config}.advertisedPublicPrefixInfo[0].prefix`,
  ],
  [
    "a filter that is not there",
    body({ routeFilter: { id: filter } }),
    "InvalidResourceReference properties.routeFilter.id",
  ],
  [
    "IPv6 links that are not public",
    body(ipv6({ primaryPeerAddressPrefix: "fd00::/126" })),
    "PrefixNotPublic properties.ipv6PeeringConfig.primaryPeerAddressPrefix",
  ],
  [
    "IPv6 links that are not /126",
    body(ipv6({ primaryPeerAddressPrefix: "2a00:5::/64" })),
    "InvalidParameter properties.ipv6PeeringConfig.primaryPeerAddressPrefix",
  ],
  [
    "the IPv6 default route",
    body(ipv6({}, { advertisedPublicPrefixes: ["::/0"] })),
    `PrefixNotPublic ${config6}.advertisedPublicPrefixes[0]`,
  ],
  [
    "IPv6 for documentation",
    body(ipv6({}, { advertisedPublicPrefixes: ["2001:db8:1::/48"] })),
    `PrefixNotPublic ${config6}.advertisedPublicPrefixes[0]`,
  ],
  [
    "IPv6 without prefixes",
    body(ipv6({}, { advertisedPublicPrefixes: [] })),
    `InvalidParameter ${config6}.advertisedPublicPrefixes`,
  ],
])("%s is refused", async (_, sent, expected) => {
  await using api = await withCircuits();
  const answer = await put(api, sent);
  expect(refusalsIn(answer)).toEqual([expected]);
  expect(answer.status).toBe(400);
  expect(await api.store.read(pathOf("blue"))).toBeUndefined();
});

test("every reason is told at once, and the reason has a name", async () => {
  await using api = await withCircuits();
  const answer = await put(
    api,
    body(
      { peerASN: 64500, primaryPeerAddressPrefix: "10.0.0.0/30" },
      { advertisedPublicPrefixes: ["172.16.0.0/24", "192.0.2.0/24"], customerASN: 12076 },
    ),
  );
  expect([...refusalsIn(answer)].sort()).toEqual([
    "AsnNotPublic properties.peerASN",
    `AsnReserved ${config}.customerASN`,
    `PrefixNotPublic ${advertised}[0]`,
    `PrefixNotPublic ${advertised}[1]`,
    "PrefixNotPublic properties.primaryPeerAddressPrefix",
  ]);
  const text = JSON.stringify(answer.body);
  for (const reason of ["private (RFC 1918)", "for documentation (RFC 5737)"])
    expect(text).toContain(reason);
});

test("its tag is not the private peering's", async () => {
  await using api = await withCircuits();
  await make(api, at.peering("blue"), { body: good.peering() });
  const answer = await put(api, body({ vlanId: 101 }));
  expect([answer.status, ...refusalsIn(answer)]).toEqual([409, "VlanInUse properties.vlanId"]);
  expect((await put(api, body())).status).toBe(201);
});

test("it waits for its provider", async () => {
  await using api = startApi();
  await makeGroup(api);
  await make(api, at.circuit("blue"), { body: good.circuit() });
  expect(refusalsIn(await put(api, body()))).toEqual(["CircuitNotProvisioned properties"]);
});

test("link subnets are used once, and a customer announces a prefix over several circuits", async () => {
  await using api = await withCircuits("green");
  expect((await put(api, body())).status).toBe(201);
  const links = {
    primaryPeerAddressPrefix: "5.4.0.8/30",
    secondaryPeerAddressPrefix: "5.4.0.12/30",
  };
  expect(refusalsIn(await put(api, body(), "green"))).toEqual([
    "PrefixInUse properties.primaryPeerAddressPrefix",
    "PrefixInUse properties.secondaryPeerAddressPrefix",
  ]);
  expect((await put(api, body(links), "green")).status).toBe(201);
  const announced = body(links, { advertisedPublicPrefixes: ["5.4.0.0/29"] });
  expect(refusalsIn(await put(api, announced, "green"))).toEqual([`PrefixInUse ${advertised}[0]`]);
});

test("what it does not say stays, and what the platform says may be sent back", async () => {
  await using api = await withCircuits();
  const { body: made } = await put(api, body(ipv6()));
  const again = await put(api, made);
  expect([again.status, again.body["etag"]]).toEqual([200, made["etag"]]);
  expect(again.body["properties"]).toMatchObject({
    microsoftPeeringConfig: {
      advertisedPublicPrefixes: ["5.5.0.0/24"],
      advertisedPublicPrefixesState: "Configuring",
      customerASN: 0,
      legacyMode: 0,
      routingRegistryName: "NONE",
      advertisedPublicPrefixInfo: [
        {
          prefix: "5.5.0.0/24",
          validationId: expect.stringMatching(
            /^Azure-SKEY\|[0-9a-f-]{36}\|5\.5\.0\.0\/24\|ASN-3320$/,
          ),
          validationState: "Configuring",
        },
      ],
    },
  });
});

test("a family that is not configured stays as it is, as az leaves it out", async () => {
  await using api = await withCircuits();
  await make(api, filter, { body: { location: "westeurope", properties: {} } });
  const routeFilter = { id: filter };
  await put(api, body({ routeFilter }));
  const {
    primaryPeerAddressPrefix: _,
    secondaryPeerAddressPrefix: __,
    ...others
  } = body().properties as Record<string, unknown>;
  const { body: both } = await put(api, {
    properties: {
      ...others,
      ...ipv6({ routeFilter }),
      routeFilter: {},
      microsoftPeeringConfig: { customerASN: 1299 },
    },
  });
  expect(both["properties"]).toMatchObject({
    routeFilter,
    primaryPeerAddressPrefix: "5.4.0.0/30",
    microsoftPeeringConfig: { advertisedPublicPrefixes: ["5.5.0.0/24"], customerASN: 1299 },
    ipv6PeeringConfig: { routeFilter },
  });
  const { body: detached } = await put(api, {
    properties: {
      ...(body().properties as object),
      ipv6PeeringConfig: { microsoftPeeringConfig: {} },
    },
  });
  expect(detached["properties"]).not.toHaveProperty("routeFilter");
  expect(detached["properties"]).toMatchObject({
    ipv6PeeringConfig: {
      primaryPeerAddressPrefix: "2a00:5::/126",
      microsoftPeeringConfig: { advertisedPublicPrefixes: ["2a00:6::/48"] },
    },
  });
});

test("a filter of another location is refused, and one that is attached stays", async () => {
  await using api = await withCircuits();
  const elsewhere = at.network("routeFilters", "elsewhere");
  await make(api, filter, { body: { location: "westeurope", properties: {} } });
  await make(api, elsewhere, { body: { location: "eastus", properties: {} } });
  expect(refusalsIn(await put(api, body({ routeFilter: { id: elsewhere } })))).toEqual([
    "InvalidResourceLocation properties.routeFilter.id",
  ]);
  expect((await put(api, body({ routeFilter: { id: filter } }))).status).toBe(201);
  const gone = await api.call("customer", "DELETE", filter);
  expect([gone.status, ...refusalsIn(gone)]).toEqual([409, `ConflictError ${pathOf("blue")}`]);
  const shown = await api.call("customer", "GET", filter);
  expect(shown.body["properties"]).toMatchObject({ peerings: [{ id: pathOf("blue") }] });
});
