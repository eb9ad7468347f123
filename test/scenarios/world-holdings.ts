/** What a world holds: rows, values given out, fragments, and what is on the nodes. */
import { expect } from "vitest";
import { types } from "../../src/domain/types.ts";
import type { World } from "../../src/world/world.ts";

export type Holdings = {
  readonly rows: readonly string[];
  readonly values: readonly string[];
  readonly fragments: readonly string[];
  readonly onNodes: readonly string[];
};

const pools = [
  "circuits",
  "virtualNetworks",
  "virtualNetworkGateways",
  "virtualMachines",
  "tunnelBlocks",
];

export async function held(world: World): Promise<Holdings> {
  const { store, inventory, fabric } = world;
  const pairs = [
    ...inventory.providers.flatMap(({ portPairs }) => portPairs),
    ...inventory.peeringLocations.flatMap(({ directPortPairs }) => directPortPairs),
  ].map(({ name }) => `stag/${name}`);
  const given = await Promise.all([...pools, ...pairs].map((pool) => store.allocations(pool)));
  const wanted = inventory.nodes.map(async ({ name }) =>
    (await store.fragmentOwners(name)).map(({ key, owner }) => `${name} ${key} of ${owner}`),
  );
  const there = [...fabric.converged().wiring.state.nodes.values()].flatMap(({ name, fragments }) =>
    fragments.map((fragment) => `${name} ${JSON.stringify(fragment)}`),
  );
  return {
    rows: (await store.list({})).map(({ id }) => id),
    values: given.flat().map(({ pool, value, owner }) => `${pool} ${value} of ${owner}`),
    fragments: (await Promise.all(wanted)).flat().sort(),
    onNodes: there.sort(),
  };
}

export async function assertNothingHeld(world: World, before: Holdings): Promise<void> {
  expect(await held(world)).toEqual(before);
  expect(await world.store.dirtyScopes(10)).toEqual([]);
}

/** I4, by what resources say that they have. */
export async function assertNothingGivenTwice({ store }: World): Promise<void> {
  const circuits = await store.list({ type: types.circuit });
  const networks = await store.list({ type: types.virtualNetwork });
  const claims = [
    ...circuits.map(({ assigned }) => `key ${String(assigned["serviceKey"])}`),
    ...circuits.map(
      ({ assigned }) => `tag ${String(assigned["portPair"])} ${String(assigned["stag"])}`,
    ),
    ...circuits.map(({ assigned }) => `circuit ${String(assigned["number"])}`),
    ...networks.map(({ assigned }) => `network ${String(assigned["number"])}`),
    ...(await store.list({ type: types.gateway })).map(
      ({ assigned }) => `gateway ${String(assigned["number"])}`,
    ),
    ...(await store.list({ type: types.virtualMachine })).map(
      ({ assigned }) => `machine ${String(assigned["number"])}`,
    ),
    ...(await store.list({ type: types.connection })).map(
      ({ assigned }) => `tunnels ${String(assigned["tunnelBlock"])}`,
    ),
    ...(await store.list({ type: types.crossConnection })).flatMap(({ assigned }) =>
      assigned["handOff"] === undefined ? [] : `hand-off ${String(assigned["handOff"])}`,
    ),
  ];
  expect(claims.filter((claim, index) => claims.indexOf(claim) !== index)).toEqual([]);
}

/** I3 and I7 from the other side: planning all of it again changes no node. */
export async function generationsOf(world: World): Promise<Readonly<Record<string, number>>> {
  const generations = world.inventory.nodes.map(
    async ({ name }) => [name, (await world.store.intentChange(name, 0))?.generation ?? 0] as const,
  );
  return Object.fromEntries(await Promise.all(generations));
}
