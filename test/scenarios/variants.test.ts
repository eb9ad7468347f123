import { expect, test } from "vitest";
import type { Side } from "../../src/fabric/intent.ts";
import { HOST_ADDRESSES, variants } from "../../src/main/demo/variants.ts";
import { World } from "../../src/world/world.ts";
import { circuitsOf, order, remove, variantNamed } from "./world-orders.ts";

test.each(variants.map(({ name }) => name))("%s is ordered, carries and goes", async (name) => {
  await using world = await World.start();
  await world.settle();
  const before = world.fabric.converged().ends.size;
  const ordered = await order(world, name);
  const { variant, names } = ordered;
  for (let index = 0; index < circuitsOf(variant); index += 1) {
    for (const side of ["primary", "secondary"] as const)
      expect(await sessionStates(world, names.peering(index), side)).toEqual([
        "Established",
        "Established",
      ]);
    const machine = await world.customer.get(names.virtualMachine(index));
    const { privateIPAddresses } = machine.properties as { privateIPAddresses: string[] };
    expect(privateIPAddresses).toHaveLength(2);
    for (const address of privateIPAddresses)
      expect(await ping(world, variant.onPremises, address)).toEqual({ sent: 3, received: 3 });
    const [place] = (
      await world.operator.get<{ value: { resourceId: string; node: string; vrf: string }[] }>(
        "/causeway/places",
      )
    ).value.filter(({ resourceId }) => resourceId === machine.id);
    for (const address of Object.values(HOST_ADDRESSES))
      expect(await ping(world, place ?? { node: "", vrf: "" }, address)).toEqual({
        sent: 3,
        received: 3,
      });
    expect(await tagsSeen(world, name, privateIPAddresses[0] ?? "")).toEqual(
      await tagsOrdered(world, name, names.circuit(index)),
    );
  }
  await remove(world, ordered);
  expect(world.fabric.converged().ends.size).toBe(before);
});

async function sessionStates(world: World, peering: string, side: Side): Promise<string[]> {
  type Rows = { value: { as: number; statePfxRcd: string }[] };
  const { body } = await world.customer.post<Rows>(`${peering}/routeTablesSummary/${side}`);
  return body.value
    .filter(({ as }) => as === 65010 || as === 65020)
    .map(({ statePfxRcd }) => (/^\d+$/.test(statePfxRcd) ? "Established" : statePfxRcd));
}

function ping(world: World, from: { node: string; vrf: string }, to: string) {
  return world.probe.ping({ from, to, count: 3, intervalMs: 10, timeoutMs: 1000 });
}

/** Tags of the machine's traffic on both hand-offs, each kind once. */
async function tagsSeen(world: World, name: string, address: string): Promise<string[]> {
  const { handOff, onPremises } = variantNamed(name);
  const captures = [handOff.primary, handOff.secondary].map((at) =>
    world.probe.captureTags({ at, source: HOST_ADDRESSES.ipv4, count: 4, timeoutMs: 1000 }),
  );
  const ends = new AbortController();
  const stream = await world.probe.stream({
    from: onPremises,
    to: { node: "cloud-host", vrf: "" },
    address,
    intervalMs: 1,
    flows: 32,
    signal: ends.signal,
  });
  await world.clock.advance(200);
  await stream.stop();
  const frames = (await Promise.all(captures)).map((tags) => tags.map(String));
  expect(frames.map((tags) => tags.length > 0)).toEqual([true, true]);
  return [...new Set(frames.flat())];
}

async function tagsOrdered(world: World, name: string, circuit: string): Promise<string[]> {
  const { stag } = (await world.customer.get(circuit)).properties;
  return [String(name === "direct-dot1q" ? [100] : [stag, 100])];
}
