import { expect, test } from "vitest";
import { type Api, at, good, make, makeGroup, startApi } from "../api-fixture.ts";

const subnet = `${at.vnet("vnet")}/subnets/apps`;

async function ready(): Promise<Api> {
  const api = startApi();
  await makeGroup(api);
  const addressSpace = { addressPrefixes: ["10.1.0.0/16", "fd00::/48"] };
  await make(api, at.vnet("vnet"), {
    body: { location: "westeurope", properties: { addressSpace } },
  });
  const properties = { addressPrefixes: ["10.1.1.0/24", "fd00:0:0:1::/64"] };
  await make(api, subnet, { body: { properties } });
  return api;
}

test("an address is free until a machine has it, however it is written", async () => {
  await using api = await ready();
  const ask = async (address: string) => {
    const word = `${at.vnet("vnet")}/CheckIPAddressAvailability?ipAddress=${address}`;
    const { body } = await api.call("customer", "GET", word);
    return [body["available"], body["isPlatformReserved"]];
  };
  const spellings = ["10.1.1.5", "fd00:0:0:1::5", "FD00::1:0:0:0:5"];
  for (const address of spellings)
    expect([address, ...(await ask(address))]).toEqual([address, true, false]);
  const machine = { location: "westeurope", properties: { subnet: { id: subnet } } };
  await make(api, at.machine("vm"), { body: machine });
  for (const address of spellings)
    expect([address, ...(await ask(address))]).toEqual([address, false, false]);
  expect(await ask("10.1.1.4")).toEqual([false, true]);
});

test("a subnet names what stands in it as that names itself, and counts its addresses", async () => {
  await using api = await ready();
  const vnet = at.vnet("other");
  await make(api, vnet, { body: good.vnet("10.2.0.0/16") });
  const body = good.gateway("other");
  const { properties } = await make(api, at.gateway("gw"), { body });
  const held = await api.call("customer", "GET", `${vnet}/subnets/GatewaySubnet`);
  const [configuration] = Object(properties?.["ipConfigurations"]);
  expect(held.body["properties"]).toMatchObject({ ipConfigurations: [{ id: configuration.id }] });
  const { body: usages } = await api.call("customer", "GET", `${vnet}/usages`);
  const counts = Object.fromEntries(
    Object(usages["value"]).map((one: { id: string; currentValue: number; limit: number }) => [
      one.id.split("/").at(-1),
      [one.currentValue, one.limit],
    ]),
  );
  expect(counts).toEqual({ default: [0, 250], GatewaySubnet: [2, 26] });
});
