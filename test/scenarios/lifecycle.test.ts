/** Any order of orders, at any moment a crash: what is deleted leaves nothing (I7), nothing is given twice (I4). */
import fc from "fast-check";
import { expect, test } from "vitest";
import { ApiError } from "../../src/client/client.ts";
import { types } from "../../src/domain/types.ts";
import * as bodies from "../../src/main/demo/bodies.ts";
import { crossConnectionId } from "../../src/main/demo/order.ts";
import { World } from "../../src/world/world.ts";
import { assertNothingGivenTwice, assertNothingHeld, held } from "./world-holdings.ts";
import { variantNamed } from "./world-orders.ts";

const customers = ["exchange-l2", "exchange-l3", "ethernet", "direct-qinq"].map((name) => {
  const variant = variantNamed(name);
  return { variant, names: bodies.namesOf(variant, "11111111-1111-4111-8111-111111111111") };
});
type Customer = (typeof customers)[number];

const things = [
  "group",
  "virtualNetwork",
  "virtualMachine",
  "gateway",
  "circuit",
  "provisioning",
  "peering",
  "connection",
] as const;
type Thing = (typeof things)[number];

type Step =
  | { readonly kind: "put" | "delete"; readonly customer: number; readonly thing: Thing }
  | { readonly kind: "whole"; readonly customer: number }
  | { readonly kind: "wait"; readonly ms: number }
  | { readonly kind: "restart" }
  | { readonly kind: "die"; readonly transactions: number }
  | { readonly kind: "freeze" | "thaw"; readonly node: string };

const customer = fc.nat({ max: customers.length - 1 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: put("put") },
  { weight: 3, arbitrary: put("delete") },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("whole" as const), customer }) },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant("wait" as const), ms: fc.constantFrom(0, 40, 3_000) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("restart" as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("die" as const), transactions: fc.nat({ max: 12 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom("freeze" as const, "thaw" as const),
      node: fc.constantFrom("ams-primary", "fra-secondary", "cloud-host", "polder", "cedar-ce"),
    }),
  },
);

function put<Kind extends "put" | "delete">(kind: Kind) {
  return fc.record({ kind: fc.constant(kind), customer, thing: fc.constantFrom(...things) });
}

test("whatever was done in whatever order, deleting everything leaves nothing", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 30 }), async (steps) => {
      await using world = await World.start();
      await world.settle();
      const before = await held(world);
      for (const one of steps) await take(world, one);
      await recover(world);
      await assertNothingGivenTwice(world);
      await deleteAll(world);
      await assertNothingHeld(world, before);
    }),
    {
      numRuns: Number(process.env["LIFECYCLE_RUNS"] ?? 25),
      seed: Number(process.env["LIFECYCLE_SEED"] ?? 1),
    },
  );
}, 600_000);

async function take(world: World, step: Step): Promise<void> {
  switch (step.kind) {
    case "wait":
      return world.clock.advance(step.ms);
    case "restart":
      return world.restart();
    case "die":
      return world.dieAfter(step.transactions);
    case "freeze":
      return world.node(step.node).freeze();
    case "thaw":
      return world.node(step.node).thaw();
    case "whole":
      for (const thing of things) await ask(world, step.customer, { kind: "put", thing });
      return;
    default:
      return ask(world, step.customer, step);
  }
}

/** What is refused is refused; a server that died is started again. */
async function ask(
  world: World,
  index: number,
  { kind, thing }: { kind: "put" | "delete"; thing: Thing },
): Promise<void> {
  const customer = customers[index];
  if (customer === undefined) return;
  try {
    await (kind === "put" ? putThing : deleteThing)(world, customer, thing);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.status >= 500) await world.restart();
  }
}

async function putThing(world: World, { variant, names }: Customer, thing: Thing): Promise<void> {
  const { customer, provider } = world;
  switch (thing) {
    case "group":
      await customer.put(names.group, { location: variant.region });
      return;
    case "virtualNetwork":
      await customer.put(names.virtualNetwork(0), bodies.virtualNetwork(variant, 0));
      return;
    case "virtualMachine":
      await customer.put(names.virtualMachine(0), bodies.virtualMachine(variant, names, 0));
      return;
    case "gateway":
      await customer.put(names.gateway(0), bodies.gateway(variant, names, 0));
      return;
    case "circuit":
      if (variant.order.kind === "direct") await customer.put(names.port, bodies.ports(variant));
      await customer.put(names.circuit(0), bodies.circuit(variant, names));
      return;
    case "provisioning":
      if (variant.order.kind === "provider")
        await provider.put(await lineOf(world, { variant, names }), bodies.provisioned(variant));
      return;
    case "peering":
      if (variant.peeringBy === "customer")
        await customer.put(names.peering(0), bodies.peering(variant, 0));
      else
        await provider.put(
          `${await lineOf(world, { variant, names })}/peerings/AzurePrivatePeering`,
          bodies.peering(variant, 0),
        );
      return;
    case "connection":
      await customer.put(names.connection(0), bodies.connection(variant, names, 0));
  }
}

async function deleteThing(world: World, who: Customer, thing: Thing): Promise<void> {
  const { customer, provider } = world;
  const { variant, names } = who;
  switch (thing) {
    case "circuit":
      await customer.delete(names.circuit(0));
      if (variant.order.kind !== "direct") return;
      if ((await customer.find(names.port)) !== undefined)
        await customer.put(names.port, bodies.ports(variant, "Disabled"));
      await customer.delete(names.port);
      return;
    case "provisioning":
      if (variant.order.kind === "provider")
        await provider.put(await lineOf(world, who), {
          properties: { serviceProviderProvisioningState: "NotProvisioned" },
        });
      return;
    case "peering":
      if (variant.peeringBy === "customer") await customer.delete(names.peering(0));
      else await provider.delete(`${await lineOf(world, who)}/peerings/AzurePrivatePeering`);
      return;
    case "group":
      await customer.delete(names.group);
      return;
    default:
      await customer.delete(names[thing](0));
  }
}

/** The cross connection; one that is refused where there is no circuit. */
async function lineOf(world: World, { variant, names }: Customer): Promise<string> {
  const circuit = await world.customer.find(names.circuit(0));
  const key = String(circuit?.properties["serviceKey"] ?? "none");
  return crossConnectionId(world, variant, key);
}

async function recover(world: World): Promise<void> {
  for (const { name } of world.inventory.nodes) world.node(name).thaw();
  await world.restart();
  await world.settle();
  for (const row of await world.store.list({}))
    expect([row.id, row.provisioningState]).toEqual([row.id, "Succeeded"]);
}

/** In the order that the API accepts; what is not there is no matter. */
async function deleteAll(world: World): Promise<void> {
  for (const thing of [...things].reverse()) {
    for (let index = 0; index < customers.length; index += 1)
      await ask(world, index, { kind: "delete", thing });
    await world.settle();
  }
  expect((await world.store.list({ type: types.circuit })).map(({ id }) => id)).toEqual([]);
}
