/** Orders of the six variants on a world, by the bodies that the demo sends. */
import type { PendingOperation } from "../../src/client/client.ts";
import * as bodies from "../../src/main/demo/bodies.ts";
import { orderCircuit, type Parties, prepareCloud, takeAway } from "../../src/main/demo/order.ts";
import { type Variant, variants } from "../../src/main/demo/variants.ts";
import type { World } from "../../src/world/world.ts";

export type Ordered = { readonly variant: Variant; readonly names: bodies.Names };

export function variantNamed(name: string): Variant {
  const variant = variants.find((candidate) => candidate.name === name);
  if (variant === undefined) throw new Error(`there is no variant ${name}`);
  return variant;
}

export function partiesOf(world: World): Parties {
  return world;
}

/** Everything up to the connection, settled. */
export async function order(world: World, name: string): Promise<Ordered> {
  const ordered = await begin(world, name);
  await world.settle();
  return ordered;
}

/** Asked for and not waited for. */
export async function begin(world: World, name: string): Promise<Ordered> {
  const variant = variantNamed(name);
  const names = bodies.namesOf(variant, world.customerSubscription);
  await prepareCloud(partiesOf(world), variant, names);
  for (let index = 0; index < circuitsOf(variant); index += 1)
    await orderCircuit(partiesOf(world), variant, { names, index });
  return { variant, names };
}

export async function remove(world: World, { variant, names }: Ordered): Promise<void> {
  await takeAway(partiesOf(world), variant, names);
  await world.settle();
}

export function circuitsOf({ order: asked }: Variant): number {
  return asked.kind === "direct" ? asked.circuits : 1;
}

/** What is in progress can be read in the operation that the answer names. */
export async function statusOf(world: World, { statusUrl }: PendingOperation): Promise<string> {
  if (statusUrl === undefined) return "Succeeded";
  return (await world.operator.get<{ status: string }>(statusUrl)).status;
}
