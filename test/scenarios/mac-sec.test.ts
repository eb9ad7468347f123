/** Keys of a Direct port's links on their way to the edges: one link after the other, and what is told of them. */
import { expect, test } from "vitest";
import type { WireResource } from "../../src/client/client.ts";
import type { MacSec } from "../../src/fabric/intent.ts";
import { World } from "../../src/world/world.ts";
import { order } from "./world-orders.ts";

const secrets: Readonly<Record<string, string>> = {
  "ckn-1": "0a01",
  "ckn-2": "0a02",
  "ckn-3": "0a03",
  "ckn-4": "0a04",
  "cak-1": "11".repeat(16),
  "cak-2": "22".repeat(16),
  "cak-3": "33".repeat(16),
  "cak-4": "44".repeat(16),
};

const vault = {
  read: async (_: string, identifier: string) => secrets[identifier.split("/").at(-1) ?? ""],
};

const edges = ["ams-primary", "ams-secondary"] as const;

/** Both links with keys of these numbers, or without. */
function links(...numbers: readonly (number | undefined)[]) {
  return numbers.map((number, index) => ({
    name: `link${index + 1}`,
    properties: {
      adminState: "Enabled",
      macSecConfig:
        number === undefined
          ? {}
          : {
              cknSecretIdentifier: `https://keys.example.net/secrets/ckn-${number}`,
              cakSecretIdentifier: `https://keys.example.net/secrets/cak-${number}`,
            },
    },
  }));
}

async function start() {
  const world = await World.start({ secrets: vault });
  const { names } = await order(world, "direct-qinq");
  const write = async (...numbers: readonly (number | undefined)[]) => {
    const held: WireResource = await world.customer.get(names.port);
    const properties = { ...held.properties, links: links(...numbers) };
    return world.customer.put(names.port, { ...held, properties });
  };
  return { world, port: names.port, write };
}

/** Names of the keys that each edge is asked to know, the preferred one marked. */
async function asked(world: World): Promise<readonly string[]> {
  return Promise.all(
    edges.map(async (edge) => {
      const intent = await world.store.intentChange(edge, 0);
      const ports = intent?.upserts.filter((fragment) => fragment.kind === "port") ?? [];
      return ports.map((fragment) => shown(fragment.macSec)).join();
    }),
  );
}

/** Sealed at rest: told apart by the order in which they were first seen. */
const seen = new Map<string, number>();
function shown(macSec: MacSec | undefined): string {
  if (macSec === undefined) return "none";
  return macSec.keys
    .map(({ slot, ckn, cak }) => {
      expect([ckn, cak].every((text) => text.startsWith("sealed:"))).toBe(true);
      if (!seen.has(ckn)) seen.set(ckn, seen.size + 1);
      return `${seen.get(ckn)}${slot === macSec.preferred ? "*" : ""}`;
    })
    .join(" ");
}

async function states(world: World, port: string) {
  const { properties } = await world.customer.get<{
    properties: {
      links: { properties: { causewayMacSec?: { state: string; reason?: string } } }[];
    };
  }>(port);
  return properties.links.map(({ properties: { causewayMacSec } }) => causewayMacSec?.state);
}

test("keys come to one link after the other, and the second waits for the first", async () => {
  const { world, port, write } = await start();
  await using _ = world;
  expect(await asked(world)).toEqual(["none", "none"]);

  await write(1, 2);
  await world.settle();
  expect(await asked(world)).toEqual(["1*", "2*"]);
  expect(await states(world, port)).toEqual(["NotCarried", "NotCarried"]);

  // The first edge does not answer: the second link keeps what it has, for as long as that takes.
  world.node("ams-primary").freeze();
  const pending = await write(3, 4);
  await world.clock.advance(20_000);
  expect(await asked(world)).toEqual(["1 3*", "2*"]);
  expect(await states(world, port)).toEqual(["NotCarried", "Pending"]);
  world.node("ams-primary").thaw();
  await world.settle();
  expect(await asked(world)).toEqual(["1 3*", "2 4*"]);
  await world.customer.waitFor(pending);
  expect(await states(world, port)).toEqual(["NotCarried", "NotCarried"]);

  await write(undefined, undefined);
  await world.settle();
  expect(await asked(world)).toEqual(["none", "none"]);
  expect(await states(world, port)).toEqual([undefined, undefined]);
});

test("a key that the first edge fails to take leaves the second link alone, and the port says why", async () => {
  const { world, port, write } = await start();
  await using _ = world;
  await write(1, 2);
  await world.settle();
  const before = await asked(world);
  world.node("ams-primary").fail("port/", "the card refuses the key");
  await write(3, 4);
  await world.clock.advance(90_000);
  const after = await asked(world);
  expect([after[0] === before[0], after[1]]).toEqual([false, before[1]]);
  const { properties } = await world.customer.get(port);
  expect(properties).toMatchObject({
    provisioningState: "Failed",
    causewayError: { message: expect.stringContaining("the card refuses the key") },
  });

  // Right again, also by another control plane: what each link was told is in the store.
  await world.restart();
  world.node("ams-primary").fail();
  await world.settle();
  expect((await asked(world))[1]).not.toBe(before[1]);
  expect(await states(world, port)).toEqual(["NotCarried", "NotCarried"]);
});

test("the reason is told, and the circuits on the port go on", async () => {
  const { world, port, write } = await start();
  await using _ = world;
  await write(1, 2);
  await world.settle();
  const { properties } = await world.customer.get(port);
  expect(properties).toMatchObject({
    provisioningState: "Succeeded",
    links: [
      {
        properties: {
          causewayMacSec: { state: "NotCarried", reason: "simulated nodes encrypt nothing" },
        },
      },
      { properties: { causewayMacSec: { state: "NotCarried" } } },
    ],
  });
  const nodes = await Promise.all(
    edges.map((edge) => world.node(edge).observe(AbortSignal.timeout(10_000))),
  );
  const sessions = nodes.flatMap((node) => node.sessions.filter(({ vrf }) => vrf.startsWith("c-")));
  expect(sessions.length).toBeGreaterThan(0);
  expect(sessions.filter(({ state }) => state !== "Established")).toEqual([]);
});
