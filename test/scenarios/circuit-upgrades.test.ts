import { expect, test } from "vitest";
import { at, good, make, makeGroup, makeProvisioned, startApi } from "../../src/api/api-fixture.ts";

async function upgrades(api: ReturnType<typeof startApi>, name: string): Promise<number[]> {
  const { body } = await api.call("customer", "GET", `${at.circuit(name)}/canUpgradeTo`);
  const value = body["value"] as unknown as { bandwidthInMbps: number }[];
  return value.map(({ bandwidthInMbps }) => bandwidthInMbps);
}

test("a circuit can be raised to what is sold and has room on its pair, and that holds when asked for", async () => {
  await using api = startApi();
  await makeGroup(api);
  await makeProvisioned(api, "blue");
  const offered = await upgrades(api, "blue");
  expect(offered.length).toBeGreaterThan(0);
  expect(Math.min(...offered)).toBeGreaterThan(50);
  const largest = Math.max(...offered);
  await make(api, at.circuit("blue"), { body: good.circuit(largest) });
  expect(await upgrades(api, "blue")).toEqual([]);
});

test("a circuit on ports of one's own can be raised to the sizes that the pair still takes", async () => {
  await using api = startApi();
  await makeGroup(api);
  await make(api, at.port("port"), { body: good.port() });
  await make(api, at.circuit("own"), { body: good.directCircuit("port", 2) });
  const offered = await upgrades(api, "own");
  expect(offered).toContain(5_000);
  expect(Math.max(...offered)).toBeLessThanOrEqual(20_000);
});

test("a tier that comes with the name of the former one, as az 2.45 sends it, is the new tier", async () => {
  await using api = startApi();
  await makeGroup(api);
  const circuit = at.circuit("blue");
  await make(api, circuit, { body: good.circuit() });
  const { body } = await api.call("customer", "GET", circuit);
  const { name, family } = body["sku"] as unknown as { name: string; family: string };
  await make(api, circuit, { body: { ...good.circuit(), sku: { name, family, tier: "Premium" } } });
  expect((await api.call("customer", "GET", circuit)).body["sku"]).toEqual({
    name: `Premium_${family}`,
    tier: "Premium",
    family,
  });
});
