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

async function withCircuit(): Promise<Api> {
  const api = startApi();
  await makeGroup(api);
  await makeProvisioned(api, "blue");
  return api;
}

const put = (api: Api, changes: object, circuit = "blue") =>
  api.call("customer", "PUT", at.peering(circuit), good.peering(changes));

test.each([
  ["a VLAN of 0", { vlanId: 0 }, "InvalidParameter properties.vlanId"],
  ["a VLAN of 4095", { vlanId: 4095 }, "InvalidParameter properties.vlanId"],
  ["a VLAN as text", { vlanId: "101" }, "InvalidParameter properties.vlanId"],
  ["AS 0", { peerASN: 0 }, "InvalidParameter properties.peerASN"],
  ["an AS beyond 32 bits", { peerASN: 4294967296 }, "InvalidParameter properties.peerASN"],
  ["the cloud's AS", { peerASN: 12076 }, "AsnReserved properties.peerASN"],
  ["the gateways' AS", { peerASN: 65515 }, "AsnReserved properties.peerASN"],
  ["a reserved AS", { peerASN: 65520 }, "AsnReserved properties.peerASN"],
  [
    "a subnet that is not a /30",
    { primaryPeerAddressPrefix: "192.168.100.128/29" },
    "InvalidParameter properties.primaryPeerAddressPrefix",
  ],
  [
    "host bits in a subnet",
    { secondaryPeerAddressPrefix: "192.168.100.133/30" },
    "InvalidParameter properties.secondaryPeerAddressPrefix",
  ],
  [
    "the same subnet twice",
    { secondaryPeerAddressPrefix: "192.168.100.128/30" },
    "PeeringInvalid properties.secondaryPeerAddressPrefix",
  ],
  [
    "one subnet alone",
    { secondaryPeerAddressPrefix: null },
    "InvalidParameter properties.secondaryPeerAddressPrefix",
  ],
  [
    "the second subnet alone",
    { primaryPeerAddressPrefix: null },
    "InvalidParameter properties.primaryPeerAddressPrefix",
  ],
  [
    "no subnet at all",
    { primaryPeerAddressPrefix: "", secondaryPeerAddressPrefix: null },
    "InvalidParameter properties.primaryPeerAddressPrefix",
  ],
  ["a long key", { sharedKey: "a".repeat(26) }, "InvalidParameter properties.sharedKey"],
  ["a key with signs", { sharedKey: "secret!" }, "InvalidParameter properties.sharedKey"],
  [
    "IPv6 that is not /126",
    {
      ipv6PeeringConfig: {
        primaryPeerAddressPrefix: "fd00::/64",
        secondaryPeerAddressPrefix: "fd00::4/126",
      },
    },
    "InvalidParameter properties.ipv6PeeringConfig.primaryPeerAddressPrefix",
  ],
  [
    "the same IPv6 subnet twice",
    {
      ipv6PeeringConfig: {
        primaryPeerAddressPrefix: "fd00::/126",
        secondaryPeerAddressPrefix: "fd00::/126",
      },
    },
    "PeeringInvalid properties.ipv6PeeringConfig.secondaryPeerAddressPrefix",
  ],
  [
    "a type that is not its name",
    { peeringType: "MicrosoftPeering" },
    "InvalidParameter properties.peeringType",
  ],
  [
    "public prefixes on private peering",
    { microsoftPeeringConfig: { advertisedPublicPrefixes: ["1.0.0.0/24"] } },
    "NotOffered properties.microsoftPeeringConfig",
  ],
  [
    "a route filter for IPv6 on private peering",
    {
      ipv6PeeringConfig: {
        primaryPeerAddressPrefix: "fd00::/126",
        secondaryPeerAddressPrefix: "fd00::4/126",
        routeFilter: { id: at.network("routeFilters", "x") },
      },
    },
    "NotOffered properties.ipv6PeeringConfig.routeFilter",
  ],
  [
    "an option that there is not",
    { causeway: { colour: "blue" } },
    "UnknownField properties.causeway.colour",
  ],
  [
    "BFD faster than edges speak",
    { causeway: { bfd: { intervalMs: 10 } } },
    "InvalidParameter properties.causeway.bfd.intervalMs",
  ],
  [
    "a limit above the tier's",
    { causeway: { prefixLimit: { ipv4: 5_000 } } },
    "LimitExceeded properties.causeway.prefixLimit.ipv4",
  ],
  [
    "a list with host bits",
    { causeway: { importPrefixes: [{ prefix: "10.0.0.1/8" }] } },
    "InvalidParameter properties.causeway.importPrefixes[0].prefix",
  ],
  [
    "a list that cannot match",
    { causeway: { exportPrefixes: [{ prefix: "10.0.0.0/16", le: 8 }] } },
    "PrefixListInvalid properties.causeway.exportPrefixes[0]",
  ],
  ["an unknown state", { state: "On" }, "InvalidParameter properties.state"],
])("%s is refused", async (_, changes, expected) => {
  await using api = await withCircuit();
  const answer = await put(api, changes);
  expect(refusalsIn(answer)).toEqual([expected]);
  expect(answer.status).toBe(400);
  expect(JSON.stringify(answer.body)).not.toContain("secret!");
});

test("what a schema refuses and what a rule refuses is told at once", async () => {
  await using api = await withCircuit();
  const answer = await put(api, {
    vlanId: 5000,
    peerASN: 65515,
    colour: "blue",
    secondaryPeerAddressPrefix: "192.168.100.128/30",
  });
  expect([answer.status, ...refusalsIn(answer)].sort()).toEqual([
    400,
    "AsnReserved properties.peerASN",
    "InvalidParameter properties.vlanId",
    "PeeringInvalid properties.secondaryPeerAddressPrefix",
    "UnknownField properties.colour",
  ]);
});

test("AzurePublicPeering is not offered", async () => {
  await using api = await withCircuit();
  const name = "AzurePublicPeering";
  const path = `${at.circuit("blue")}/peerings/${name}`;
  const answer = await api.call("customer", "PUT", path, good.peering({ peeringType: name }));
  expect(refusalsIn(answer)).toEqual(["NotOffered properties.peeringType"]);
});

test("another name is refused with the names there are", async () => {
  await using api = await withCircuit();
  const answer = await api.call("customer", "PUT", `${at.circuit("blue")}/peerings/mine`, {
    properties: { ...good.peering().properties, peeringType: "mine" },
  });
  expect(refusalsIn(answer)[0]).toBe("InvalidResourceName name");
});

test("a peering waits for its provider", async () => {
  await using api = startApi();
  await makeGroup(api);
  await make(api, at.circuit("blue"), { body: good.circuit() });
  const answer = await put(api, {});
  expect([answer.status, ...refusalsIn(answer)]).toEqual([409, "CircuitNotProvisioned properties"]);
});

test("subnets must not overlap a network that is linked", async () => {
  await using api = await withCircuit();
  await put(api, {});
  await make(api, at.vnet("vnet"), { body: good.vnet("10.1.0.0/16") });
  await make(api, at.gateway("gw"), { body: good.gateway() });
  await make(api, at.connection("link"), { body: good.connection() });
  const answer = await put(api, { primaryPeerAddressPrefix: "10.1.9.0/30" });
  expect(refusalsIn(answer)).toEqual(["PeeringInvalid properties.primaryPeerAddressPrefix"]);
});

test("on a Dot1Q port a tag serves one peering, with QinQ each circuit has all tags", async () => {
  await using api = startApi();
  await makeGroup(api);
  for (const [port, encapsulation] of [
    ["port", "Dot1Q"],
    ["nested", "QinQ"],
  ] as const) {
    await make(api, at.port(port), { body: good.port(encapsulation) });
    await make(api, at.circuit(`${port}-a`), { body: good.directCircuit(port, 1) });
    await make(api, at.circuit(`${port}-b`), { body: good.directCircuit(port, 1) });
    await make(api, at.peering(`${port}-a`), { body: good.peering() });
  }
  expect(refusalsIn(await put(api, {}, "port-b"))).toEqual(["VlanInUse properties.vlanId"]);
  expect((await put(api, {}, "nested-b")).status).toBe(201);
});

test("one family can be written without the other, and null takes IPv6 away", async () => {
  await using api = await withCircuit();
  await put(api, {});
  const ipv6PeeringConfig = {
    primaryPeerAddressPrefix: "fd00:1::/126",
    secondaryPeerAddressPrefix: "fd00:1::4/126",
  };
  const blank = { primaryPeerAddressPrefix: null, secondaryPeerAddressPrefix: null };
  const both = await put(api, { ...blank, ipv6PeeringConfig });
  expect(both.body["properties"]).toMatchObject({
    primaryPeerAddressPrefix: "192.168.100.128/30",
    ipv6PeeringConfig,
  });
  const kept = await put(api, { vlanId: 102 });
  expect(kept.body["properties"]).toMatchObject({ vlanId: 102, ipv6PeeringConfig });
  const gone = await put(api, { ipv6PeeringConfig: null });
  expect(gone.body["properties"]).not.toHaveProperty("ipv6PeeringConfig");
});

test("all that is wrong with options is told at once", async () => {
  await using api = await withCircuit();
  const causeway = {
    gtsm: "yes",
    role: "Peer",
    maximumLength: { ipv4: 33 },
    prefixLimit: { mode: "Drop" },
  };
  expect([...refusalsIn(await put(api, { causeway, peerASN: 12076 }))].sort()).toEqual([
    "AsnReserved properties.peerASN",
    "InvalidParameter properties.causeway.gtsm",
    "InvalidParameter properties.causeway.maximumLength.ipv4",
    "InvalidParameter properties.causeway.prefixLimit.mode",
    "InvalidParameter properties.causeway.role",
  ]);
});

test("options stay where a client does not know them, and null takes them away", async () => {
  await using api = await withCircuit();
  const causeway = { gtsm: true, importPrefixes: [] };
  expect((await put(api, { causeway })).body["properties"]).toMatchObject({ causeway });
  const kept = await put(api, { vlanId: 102 });
  expect(kept.body["properties"]).toMatchObject({ vlanId: 102, causeway });
  const other = await put(api, { causeway: { bogons: "Refuse" } });
  expect(other.body["properties"]).toMatchObject({ causeway: { bogons: "Refuse" } });
  expect(JSON.stringify(other.body)).not.toContain("gtsm");
  const gone = await put(api, { causeway: null });
  expect(gone.body["properties"]).not.toHaveProperty("causeway");
});

test("the key is sealed at rest, never answered, kept when absent and removed when empty", async () => {
  await using api = await withCircuit();
  const keyAtRest = async () => {
    const row = await api.store.read(at.peering("blue"));
    return JSON.parse(JSON.stringify(row?.desired)).properties.sharedKey as string | undefined;
  };
  const written = await put(api, { sharedKey: "opensesame" });
  expect(JSON.stringify(written.body)).not.toContain("opensesame");
  expect(written.body["properties"]).not.toHaveProperty("sharedKey");
  const sealed = await keyAtRest();
  expect(sealed).toMatch(/^sealed:/);
  const { body: same } = await put(api, { sharedKey: "opensesame" });
  expect(same["etag"]).toEqual(written.body["etag"]);
  await put(api, { vlanId: 200 });
  expect(await keyAtRest()).toBe(sealed);
  await put(api, { sharedKey: "another" });
  expect(await keyAtRest()).not.toBe(sealed);
  await put(api, { sharedKey: "" });
  expect(await keyAtRest()).toBeUndefined();
});

test("a peering in use by a connection is not deleted", async () => {
  await using api = await withCircuit();
  await put(api, {});
  await make(api, at.vnet("vnet"), { body: good.vnet() });
  await make(api, at.gateway("gw"), { body: good.gateway() });
  await make(api, at.connection("link"), { body: good.connection() });
  const answer = await api.call("customer", "DELETE", at.peering("blue"));
  expect([answer.status, ...refusalsIn(answer)]).toEqual([
    409,
    `ConflictError ${at.connection("link")}`,
  ]);
});
