/** Keys of a Direct port's links: what is refused, what is kept, and what nobody reads. */
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

const vault = (name: string) => `https://keys.example.net/secrets/${name}`;
const hex = (digit: string, digits: number) => digit.repeat(digits);

const held: Record<string, string> = {
  "ckn-1": "0a01",
  "ckn-2": "0a02",
  "ckn-3": "0a03",
  // The same name as ckn-1 where names are filled up.
  "ckn-1-long": "0A0100",
  "ckn-odd": "0a0",
  "ckn-long": hex("a", 66),
  "cak-128": hex("1", 32),
  "cak-128-other": hex("2", 32),
  "cak-256": hex("3", 64),
  "cak-short": hex("4", 30),
  "cak-words": "not a key at all, but a sentence",
};

async function withPort(secrets: Record<string, string> | undefined = held): Promise<Api> {
  const read = async (subscriptionId: string, identifier: string) =>
    subscriptionId === customerSubscription
      ? secrets?.[identifier.split("/").at(-1) ?? ""]
      : undefined;
  const api = startApi(secrets === undefined ? {} : { secrets: { read } });
  await makeGroup(api);
  await make(api, at.port("port"), { body: good.port() });
  return api;
}

type Keys = { ckn?: string; cak?: string; cipher?: string };

const config = ({ ckn, cak, cipher }: Keys) => ({
  ...(ckn === undefined ? {} : { cknSecretIdentifier: vault(ckn) }),
  ...(cak === undefined ? {} : { cakSecretIdentifier: vault(cak) }),
  ...(cipher === undefined ? {} : { cipher }),
});

const linkOf = (name: string, keys: Keys) => ({
  name,
  properties: { macSecConfig: config(keys) },
});

function portWith(...links: object[]) {
  return { ...good.port(), properties: { ...good.port().properties, links } };
}

const one = (keys: Keys) => portWith(linkOf("link1", keys));
const good128 = { ckn: "ckn-1", cak: "cak-128" };
const field = (name: string, link = 0) =>
  `properties.links[${link}].properties.macSecConfig.${name}`;
const ckn = field("cknSecretIdentifier");
const cak = field("cakSecretIdentifier");

test.each<[string, Keys, string[]]>([
  ["a CAK without its name", { cak: "cak-128" }, [`MacSecKeyInvalid ${ckn}`]],
  ["a name without its CAK", { ckn: "ckn-1" }, [`MacSecKeyInvalid ${cak}`]],
  ["a name of odd length", { ...good128, ckn: "ckn-odd" }, [`MacSecKeyInvalid ${ckn}`]],
  ["a name of 66 digits", { ...good128, ckn: "ckn-long" }, [`MacSecKeyInvalid ${ckn}`]],
  ["a CAK of 30 digits", { ...good128, cak: "cak-short" }, [`MacSecKeyInvalid ${cak}`]],
  ["a CAK of words", { ...good128, cak: "cak-words" }, [`MacSecKeyInvalid ${cak}`]],
  [
    "a CAK too short for the cipher",
    { ...good128, cipher: "GcmAesXpn256" },
    [`MacSecKeyInvalid ${field("cipher")}`],
  ],
  [
    "a CAK too long for the cipher",
    { ckn: "ckn-1", cak: "cak-256", cipher: "GcmAesXpn128" },
    [`MacSecKeyInvalid ${field("cipher")}`],
  ],
  ["an unknown cipher", { ...good128, cipher: "Des" }, [`InvalidParameter ${field("cipher")}`]],
  [
    "secrets that are not there",
    { ckn: "none", cak: "none" },
    [`InvalidResourceReference ${ckn}`, `InvalidResourceReference ${cak}`],
  ],
  [
    "both parts wrong",
    { ckn: "ckn-odd", cak: "cak-short" },
    [`MacSecKeyInvalid ${ckn}`, `MacSecKeyInvalid ${cak}`],
  ],
])("%s is refused, and nothing changes", async (_, keys, expected) => {
  await using api = await withPort();
  const answer = await api.call("customer", "PUT", at.port("port"), one(keys));
  expect(refusalsIn(answer)).toEqual(expected);
  for (const name of Object.values(keys)) {
    const secret = held[name];
    if (secret !== undefined) expect(JSON.stringify(answer.body)).not.toContain(secret);
  }
  const { body } = await api.call("customer", "GET", at.port("port"));
  expect(link(body, 0)).toMatchObject({ macSecConfig: none });
});

const none = { sciState: "Disabled", cipher: "GcmAes128" };

function link(body: Awaited<ReturnType<Api["call"]>>["body"], index: number) {
  return body["properties"]?.["links"]?.[index]?.["properties"];
}

test("every refusal of both links and of the port comes at once", async () => {
  await using api = await withPort();
  const body = portWith(
    { name: "link1", properties: { macSecConfig: { cknSecretIdentifier: "file:///etc/key" } } },
    linkOf("link2", { ckn: "ckn-odd", cak: "cak-128", cipher: "Des" }),
  );
  const changed = { ...body, properties: { ...body.properties, encapsulation: "Dot1Q" } };
  expect(refusalsIn(await api.call("customer", "PUT", at.port("port"), changed))).toEqual([
    `InvalidParameter ${ckn}`,
    `InvalidParameter ${field("cipher", 1)}`,
    `MacSecKeyInvalid ${field("cknSecretIdentifier", 1)}`,
    "ImmutableField properties.encapsulation",
  ]);
});

test("without a store of secrets a key is refused, and the message says what is missing", async () => {
  await using api = startApi();
  await makeGroup(api);
  const answer = await api.call("customer", "PUT", at.port("port"), one(good128));
  expect(refusalsIn(answer)).toEqual([
    `InvalidResourceReference ${ckn}`,
    `InvalidResourceReference ${cak}`,
  ]);
  expect(JSON.stringify(answer.body)).toContain("--secrets FILE");
});

test("each link has names of its own, whatever they are filled up with", async () => {
  await using api = await withPort();
  for (const name of ["ckn-1", "ckn-1-long"]) {
    const both = portWith(
      linkOf("link1", good128),
      linkOf("link2", { ckn: name, cak: "cak-128-other" }),
    );
    expect(refusalsIn(await api.call("customer", "PUT", at.port("port"), both))).toEqual([
      `MacSecKeyInUse ${field("cknSecretIdentifier", 1)}`,
    ]);
  }
  await make(api, at.port("port"), { body: one(good128) });
  const other = portWith(linkOf("link2", { ckn: "ckn-1", cak: "cak-128-other" }));
  expect(refusalsIn(await api.call("customer", "PUT", at.port("port"), other))).toEqual([
    `MacSecKeyInUse ${ckn}`,
  ]);
});

test("another CAK needs another name", async () => {
  await using api = await withPort();
  await make(api, at.port("port"), { body: one(good128) });
  const changed = one({ ckn: "ckn-1", cak: "cak-128-other" });
  expect(refusalsIn(await api.call("customer", "PUT", at.port("port"), changed))).toEqual([
    `MacSecKeyInUse ${ckn}`,
  ]);
});

test("a new key takes the other slot, and an older one can come back", async () => {
  await using api = await withPort();
  const slots = async (keys: Keys) => {
    await make(api, at.port("port"), { body: one(keys) });
    const { body } = await api.call("customer", "GET", at.port("port"));
    const read = body["properties"]?.["links"]?.[0] as unknown as {
      properties: {
        causewayMacSec?: { keys: { slot: number; use: string; cknSecretIdentifier: string }[] };
      };
    };
    return read.properties.causewayMacSec?.keys.map(
      ({ slot, use, cknSecretIdentifier: id }) => `${slot} ${id.split("/").at(-1)} ${use}`,
    );
  };
  expect(await slots(good128)).toEqual(["0 ckn-1 Preferred"]);
  const second = { ckn: "ckn-2", cak: "cak-128-other" };
  expect(await slots(second)).toEqual(["0 ckn-1 StillKnown", "1 ckn-2 Preferred"]);
  expect(await slots(second)).toEqual(["0 ckn-1 StillKnown", "1 ckn-2 Preferred"]);
  expect(await slots({ ckn: "ckn-3", cak: "cak-128" })).toEqual([
    "0 ckn-3 Preferred",
    "1 ckn-2 StillKnown",
  ]);
  expect(await slots(second)).toEqual(["0 ckn-3 StillKnown", "1 ckn-2 Preferred"]);
  const wider = { ckn: "ckn-1", cak: "cak-256", cipher: "GcmAes256" };
  expect(await slots(wider)).toEqual(["0 ckn-1 Preferred"]);
  expect(await slots({})).toBeUndefined();
});

test("what is read can be sent back, also when the secrets are gone", async () => {
  const secrets = { ...held };
  await using api = await withPort(secrets);
  await make(api, at.port("port"), { body: one(good128) });
  const { body } = await api.call("customer", "GET", at.port("port"));
  expect(link(body, 0)?.["macSecConfig"]).toEqual({ ...none, ...config(good128) });
  for (const name of Object.keys(secrets)) delete secrets[name];
  const again = await api.call("customer", "PUT", at.port("port"), body);
  expect([again.status, again.body["etag"]]).toEqual([200, body["etag"]]);
  await make(api, at.port("port"), { body: good.port() });
  const kept = await api.call("customer", "GET", at.port("port"));
  expect(kept.body["etag"]).toEqual(body["etag"]);
});
