/** A rehearsal says what would come of a write, and leaves the world as it was. */
import { expect, test } from "vitest";
import { ApiError } from "../../src/client/client.ts";
import { planDeletion } from "../../src/client/deletion.ts";
import { World } from "../../src/world/world.ts";
import { order } from "./world-orders.ts";

const dry = (path: string) => `${path}?causeway-dryRun=true`;

type Rehearsed = {
  readonly change: string;
  readonly resource: { readonly properties: Record<string, unknown> };
  readonly nodes: readonly { node: string; fragment: string; change: string }[];
};

test("a rehearsed write tells the nodes' part of it, and changes nothing", async () => {
  await using world = await World.start();
  const { names } = await order(world, "exchange-l2");
  const circuit = names.circuit(0);
  const before = await world.customer.get(circuit);
  const generations = await generationsOf(world);

  const body = structuredClone(before) as { properties: Record<string, unknown> };
  Object.assign(body.properties, {
    serviceProviderProperties: {
      ...(body.properties["serviceProviderProperties"] as object),
      bandwidthInMbps: 100,
    },
  });
  const { body: answer } = await world.customer.put<Rehearsed>(dry(circuit), body);
  expect(answer.change).toBe("updated");
  expect(answer.resource.properties).toMatchObject({
    serviceProviderProperties: { bandwidthInMbps: 100 },
  });
  const touched = answer.nodes.map(({ node, change }) => `${node} ${change}`);
  expect(touched).toEqual(expect.arrayContaining(["ams-primary changed", "ams-secondary changed"]));

  const unchanged = await world.customer.put<Rehearsed>(dry(circuit), before);
  expect([unchanged.body.change, unchanged.body.nodes]).toEqual(["unchanged", []]);

  const gone = await world.customer.delete(dry(names.virtualMachine(0)));
  const removed = (gone.body as Rehearsed).nodes.map(({ change }) => change);
  expect(removed).toContain("removed");

  expect(await world.customer.get(circuit)).toEqual(before);
  expect(await generationsOf(world)).toEqual(generations);
});

test("a rehearsed write is refused as the write would be, and what is only read is read", async () => {
  await using world = await World.start();
  const { names } = await order(world, "exchange-l2");
  const refused = async (work: Promise<unknown>) => {
    const error = await work.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    return error instanceof ApiError ? error.code : error;
  };
  expect(await refused(world.customer.delete(dry(names.gateway(0))))).toBe("ConflictError");
  const arp = `${names.peering(0)}/arpTables/primary`;
  const { body } = await world.customer.post<{ value: unknown[] }>(dry(arp), {});
  expect(body.value).toHaveLength(2);
});

test("a rehearsed deployment tells the nodes' part of all its resources together, and changes nothing", async () => {
  await using world = await World.start();
  const { names } = await order(world, "exchange-l2");
  const generations = await generationsOf(world);
  const standing = await world.customer.get(names.circuit(0));
  const name = standing.name;
  const wider = {
    ...(standing.properties["serviceProviderProperties"] as object),
    bandwidthInMbps: 100,
  };
  const ours = { apiVersion: "2025-05-01", location: standing.location };
  const template = {
    resources: [
      {
        ...ours,
        type: "Microsoft.Network/expressRouteCircuits",
        ...{ name, sku: Reflect.get(standing, "sku") },
        properties: { serviceProviderProperties: wider },
      },
      {
        ...{ ...ours, type: "Microsoft.Compute/virtualMachines", name: "second" },
        properties: { subnet: { id: `${names.virtualNetwork(0)}/subnets/servers` } },
      },
    ],
  };
  const place = `${names.group}/providers/Microsoft.Resources/deployments/tried`;
  const { body } = await world.customer.put<Rehearsed & { resources: object[] }>(dry(place), {
    properties: { mode: "Incremental", template },
  });
  expect(body.resources).toEqual(
    expect.arrayContaining([
      { id: names.circuit(0), change: "updated" },
      { id: expect.stringContaining("/virtualMachines/second"), change: "created" },
    ]),
  );
  const touched = body.nodes.map(({ node, change }) => `${node} ${change}`);
  expect(touched).toEqual(expect.arrayContaining(["ams-primary changed", "ams-secondary changed"]));
  expect(touched.filter((one) => one.endsWith(" added"))).not.toEqual([]);
  expect(await world.customer.get(names.circuit(0))).toEqual(standing);
  expect(await generationsOf(world)).toEqual(generations);
});

test("a deletion is planned in the order that holds, and says who has to act first", async () => {
  await using world = await World.start();
  const { names } = await order(world, "exchange-l2");
  const plan = await planDeletion(world.customer, names.circuit(0));
  expect(plan.steps).toEqual([names.connection(0), names.circuit(0)]);
  expect(plan.waits).toEqual([
    { id: names.circuit(0), why: expect.stringContaining("deprovision") },
  ]);
});

test("tags by themselves are rehearsed too", async () => {
  await using world = await World.start();
  const { names } = await order(world, "exchange-l2");
  const circuit = names.circuit(0);
  const tags = `${circuit}/providers/Microsoft.Resources/tags/default`;
  const { body } = await world.customer.put<Rehearsed>(dry(tags), {
    properties: { tags: { step: "tried" } },
  });
  expect(body.change).toBe("updated");
  expect((await world.customer.get(circuit)).tags ?? {}).toEqual({});
});

async function generationsOf(world: World): Promise<unknown> {
  const { value } = await world.operator.get<{
    value: { name: string; generationWanted?: number }[];
  }>("/causeway/nodes");
  return value.map(({ name, generationWanted }) => [name, generationWanted]);
}
