import { expect, test } from "vitest";
import {
  type Api,
  at,
  good,
  make,
  makeGroup,
  provision,
  refusalsIn,
  serviceKeyOf,
  startApi,
} from "../../../src/api/api-fixture.ts";

async function withCircuit(name = "blue"): Promise<{ api: Api; key: string }> {
  const api = startApi();
  await makeGroup(api);
  await make(api, at.circuit(name), { body: good.circuit() });
  return { api, key: await serviceKeyOf(api, name) };
}

test("a provider finds the circuit under its service key and provisions it", async () => {
  const { api, key } = await withCircuit();
  await using _ = api;
  const { body } = await api.call("provider", "GET", at.crossConnection(key.toUpperCase()));
  expect(body).toMatchObject({
    name: key,
    properties: {
      sTag: 1,
      bandwidthInMbps: 50,
      peeringLocation: "Amsterdam",
      primaryAzurePort: "ams-e1:nni0",
      secondaryAzurePort: "ams-e2:nni0",
      serviceProviderProvisioningState: "NotProvisioned",
      expressRouteCircuit: { id: at.circuit("blue") },
    },
  });
  const more = { serviceProviderNotes: "port 7" };
  const answer = await provision(api, key, "Provisioned", more);
  expect(answer.body["properties"]).toMatchObject({ handOff: "blue", ...more });
  const { body: circuit } = await api.call("customer", "GET", at.circuit("blue"));
  expect(circuit["properties"]).toMatchObject({
    serviceProviderProvisioningState: "Provisioned",
    serviceProviderNotes: "port 7",
  });
});

test("a hand-off is given once, kept while provisioned, and free again after", async () => {
  const { api, key } = await withCircuit("one");
  await using _ = api;
  await make(api, at.circuit("two"), { body: good.circuit() });
  await make(api, at.circuit("three"), { body: good.circuit() });
  const two = await serviceKeyOf(api, "two");
  const three = await serviceKeyOf(api, "three");
  const handOff = (answer: Awaited<ReturnType<typeof provision>>) =>
    answer.body["properties"]?.["handOff"];
  expect(handOff(await provision(api, key, "Provisioned", { handOff: "green" }))).toBe("green");
  const target = "HandOffUnavailable properties.handOff";
  const early = await provision(api, two, "NotProvisioned", { handOff: "blue" });
  expect(refusalsIn(early)).toEqual([target]);
  const taken = await provision(api, two, "Provisioned", { handOff: "green" });
  expect([taken.status, ...refusalsIn(taken)]).toEqual([409, target]);
  const unknown = await provision(api, two, "Provisioned", { handOff: "pink" });
  expect([unknown.status, ...refusalsIn(unknown)]).toEqual([400, target]);
  expect(handOff(await provision(api, two, "Provisioned"))).toBe("blue");
  expect(refusalsIn(await provision(api, three, "Provisioned"))).toEqual([target]);
  expect(refusalsIn(await provision(api, key, "Provisioned", { handOff: "blue" }))).toEqual([
    target,
  ]);
  expect(handOff(await provision(api, key, "Deprovisioning"))).toBe("green");
  expect(handOff(await provision(api, key, "NotProvisioned"))).toBeUndefined();
  expect(handOff(await provision(api, three, "Provisioned"))).toBe("green");
});

test("a state that cannot follow is refused", async () => {
  const { api, key } = await withCircuit();
  await using _ = api;
  const answer = await provision(api, key, "Deprovisioning");
  expect([answer.status, ...refusalsIn(answer)]).toEqual([
    409,
    "StateTransitionInvalid properties.serviceProviderProvisioningState",
  ]);
  expect(refusalsIn(await provision(api, key, "Done"))).toEqual([
    "InvalidParameter properties.serviceProviderProvisioningState",
  ]);
});

test("another circuit cannot be put in its place", async () => {
  const { api, key } = await withCircuit();
  await using _ = api;
  const expressRouteCircuit = { id: at.circuit("green") };
  const answer = await provision(api, key, "Provisioned", { expressRouteCircuit });
  expect(refusalsIn(answer)).toEqual(["ImmutableField properties.expressRouteCircuit.id"]);
});

test("a managed provider makes the peerings, and takes them away before it lets go", async () => {
  const { api, key } = await withCircuit();
  await using _ = api;
  await provision(api, key, "Provisioned");
  const path = `${at.crossConnection(key)}/peerings/AzurePrivatePeering`;
  const made = await api.call("provider", "PUT", path, good.peering());
  expect(made.status).toBe(201);
  expect(made.body).toMatchObject({ id: path, properties: { lastModifiedBy: "Provider" } });
  const operation = made.headers.get("azure-asyncoperation") ?? "";
  expect((await api.call("provider", "GET", operation)).body["status"]).toBe("InProgress");
  const { body: seen } = await api.call("customer", "GET", at.peering("blue"));
  expect(seen).toMatchObject({ id: at.peering("blue"), properties: { vlanId: 101 } });
  const list = await api.call("provider", "GET", `${at.crossConnection(key)}/peerings`);
  expect(list.body["value"]).toHaveLength(1);
  await api.settle();
  const refused = await provision(api, key, "NotProvisioned");
  expect([refused.status, ...refusalsIn(refused)]).toEqual([
    409,
    "ConflictError properties.serviceProviderProvisioningState",
  ]);
  expect((await api.call("provider", "DELETE", path)).status).toBe(202);
  await api.settle();
  expect((await provision(api, key, "NotProvisioned")).status).toBe(200);
});

test("it cannot be made or deleted by itself", async () => {
  const { api, key } = await withCircuit();
  await using _ = api;
  const body = { properties: { serviceProviderProvisioningState: "Provisioned" } };
  const unknown = await api.call("provider", "PUT", at.crossConnection("no-such-key"), body);
  expect(unknown.status).toBe(404);
  expect((await api.call("provider", "DELETE", at.crossConnection(key))).status).toBe(405);
});
