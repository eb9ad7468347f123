/** Bodies within the limit of bytes that hold far too many of something. */
import { expect, test } from "vitest";
import { at, good, make, makeGroup, refusalsIn, startApi } from "../../../src/api/api-fixture.ts";
import { reasonsMax } from "../../../src/domain/errors.ts";

const many = <Item>(count: number, make: (n: number) => Item) =>
  Array.from({ length: count }, (_, n) => make(n));
const fields = (count: number) => Object.fromEntries(many(count, (n) => [`f${n}`, 1]));
const location = "westeurope";
const vnet = (changes: object) => ({
  location,
  properties: { ...good.vnet().properties, ...changes },
});
const bodies: [string, string, object][] = [
  [
    "unknown fields",
    at.circuit("blue"),
    { ...good.circuit(), properties: { ...good.circuit().properties, ...fields(80_000) } },
  ],
  ["unknown fields at the top", at.vnet("v"), { ...good.vnet(), ...fields(80_000) }],
  ["tags", at.vnet("v"), { ...good.vnet(), tags: fields(80_000) }],
  [
    "text tags",
    at.vnet("v"),
    { ...good.vnet(), tags: Object.fromEntries(many(60_000, (n) => [`f${n}`, "x"])) },
  ],
  [
    "prefixes",
    at.vnet("v"),
    vnet({
      addressSpace: {
        addressPrefixes: many(50_000, (n) => `10.${(n >> 8) & 255}.${n & 255}.0/24`),
      },
      subnets: [],
    }),
  ],
  [
    "wrong prefixes",
    at.vnet("v"),
    vnet({ addressSpace: { addressPrefixes: many(100_000, () => 1) } }),
  ],
  [
    "subnets",
    at.vnet("v"),
    vnet({
      subnets: many(14_000, (n) => ({
        name: `s${n}`,
        properties: { addressPrefix: `10.1.${(n >> 4) & 255}.${(n & 15) * 16}/28` },
      })),
    }),
  ],
  ["nameless subnets", at.vnet("v"), vnet({ subnets: many(300_000, () => ({})) })],
  [
    "peerings",
    at.circuit("blue"),
    {
      ...good.circuit(),
      properties: {
        ...good.circuit().properties,
        peerings: many(50_000, (n) => ({ name: `p${n}` })),
      },
    },
  ],
  [
    "ip configurations",
    at.gateway("gw"),
    {
      ...good.gateway(),
      properties: { ...good.gateway().properties, ipConfigurations: many(300_000, () => ({})) },
    },
  ],
  ["zones", at.network("publicIPAddresses", "a"), { location, zones: many(300_000, () => 1) }],
  [
    "links",
    at.port("port"),
    { ...good.port(), properties: { ...good.port().properties, links: many(300_000, () => ({})) } },
  ],
];
// Each took minutes in which nobody else was served, or an answer many times as large, when it was let.
test.each(bodies)(
  "a body full of %s is answered before it holds others up, and briefly",
  async (_, path, body) => {
    await using api = startApi();
    await makeGroup(api);
    await make(api, at.network("routeFilters", "f"), { body: { location, properties: {} } });
    const { status, body: answer } = await api.call("customer", "PUT", path, body);
    expect(status).toBe(400);
    expect(answer["error"]?.["details"]?.length).toBeLessThanOrEqual(reasonsMax);
    expect(JSON.stringify(answer).length).toBeLessThan(100_000);
    expect(await api.store.read(path)).toBeUndefined();
  },
);

test("what stands in a network already may be sent back, however much it is", async () => {
  await using api = startApi();
  await makeGroup(api);
  const subnets = (from: number, count: number) =>
    many(count, (n) => ({
      name: `s${from + n}`,
      properties: { addressPrefix: `10.1.${(from + n) >> 4}.${((from + n) & 15) * 16}/28` },
    }));
  const whole = await make(api, at.vnet("v"), { body: vnet({ subnets: subnets(0, 500) }) });
  expect(whole["properties"]?.["subnets"]).toHaveLength(500);
  const next = `${at.vnet("v")}/subnets/s500`;
  await make(api, next, { body: subnets(500, 1)[0] });
  const { body } = await api.call("customer", "GET", at.vnet("v"));
  expect((await api.call("customer", "PUT", at.vnet("v"), body)).status).toBe(200);
  const more = await api.call("customer", "PUT", at.vnet("v"), vnet({ subnets: subnets(0, 502) }));
  expect(refusalsIn(more)).toEqual(["LimitExceeded properties.subnets"]);
});
