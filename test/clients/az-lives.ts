/**
 * The installed az, unchanged, lives through a circuit's whole life in several variants, all at once in one lab of real
 * nodes, and the lab's packets are looked at between its steps.
 */
import { afterAll, beforeAll, expect, test } from "vitest";
import { azCommand } from "../../src/main/az.ts";
import { whyNotLinux } from "../../src/main/commands/context.ts";
import type { Variant } from "../../src/main/demo/variants.ts";
import { converged, type LabServer, startLabServer, variantNamed } from "../linux/lab-server.ts";
import * as life from "./az-life.ts";
import * as looks from "./az-looks.ts";
import { publicServices } from "./az-public.ts";
import { type AzShell, shellAs, shellOfGuest } from "./az-shell.ts";

const why =
  (await azCommand()) === undefined
    ? "az is not installed; apt-get install azure-cli"
    : await whyNotLinux();
const minutes = 60_000;

let server: LabServer;
let shells: readonly AzShell[] = [];
let before: readonly string[] = [];
const lives = new Map<string, Promise<void>>();
const standing = new Map<string, PromiseWithResolvers<void>>();
const joined = new Map<string, PromiseWithResolvers<void>>();
/** Whose circuit each is joined with: one of the other metro. */
let joinedWith: Readonly<Record<string, string>> = {};

/** Of all that are named; each that is a key is joined with the other's circuit. */
export function testLives(pairs: Readonly<Record<string, string>>): void {
  joinedWith = pairs;
  const variants = Object.entries(pairs).flat().map(variantNamed);
  beforeAll(() => begin(variants), 10 * minutes);
  afterAll(end, 10 * minutes);
  const skipped = why === undefined ? "" : ` (skipped: ${why})`;
  for (const { name } of variants)
    test.skipIf(why !== undefined)(
      `az lives through ${name}${skipped}`,
      () => lives.get(name),
      // All of them go on at once: the first is asked for while the last is still under way.
      30 * minutes,
    );
  test.skipIf(why !== undefined)(
    "nothing is left of them on any node",
    async () => {
      await Promise.all(lives.values());
      await converged(server.parties);
      const after = await server.backend.snapshot();
      expect(after.filter((line) => !before.includes(line))).toEqual([]);
    },
    6 * minutes,
  );
}

async function begin(variants: readonly Variant[]): Promise<void> {
  if (why !== undefined) return;
  server = await startLabServer();
  before = await server.backend.snapshot();
  const data = server.folder.path;
  // One after the other: each writes the bundle of authorities.
  shells = [
    await shellAs(data, "customer"),
    await shellOfGuest(data, "guest"),
    await shellAs(data, "provider"),
  ];
  for (const { name } of variants) {
    for (const gate of [standing, joined]) {
      const opened = Promise.withResolvers<void>();
      opened.promise.catch(() => {});
      gate.set(name, opened);
    }
  }
  for (const variant of variants) {
    const lived = live(variant);
    lived.catch((error: unknown) => {
      for (const gate of [standing, joined]) gate.get(variant.name)?.reject(error);
    });
    lives.set(variant.name, lived);
  }
}

async function end(): Promise<void> {
  await Promise.allSettled(lives.values());
  for (const shell of shells) await shell[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
}

async function live(variant: Variant): Promise<void> {
  const [customer, guest, provider] = shells.map(({ az }) => az);
  if (customer === undefined || guest === undefined || provider === undefined) return;
  const one = { server, customer, guest, provider, variant, group: `life-${variant.name}` };
  const [circuit, own, theirs] = await Promise.all([
    life.order(one),
    life.cloud(one, customer, 20),
    life.cloud(one, guest, 40),
  ]);
  await life.provision(one, circuit, "Provisioned");
  await life.peer(one, circuit);
  standing.get(variant.name)?.resolve();
  await life.connect(one, customer, { id: circuit.id });
  await life.reaches(one, own, "connected");
  await looks.tables(one, circuit);
  await looks.share(one, circuit, theirs);
  await looks.change(one, own);
  await looks.switchOff(one, own);
  await publicServices(one, circuit);
  await join(one);
  await life.reaches(one, own, "after all that");
  await looks.end(one, circuit, own);
}

/** The one of a pair joins when the other stands, and the other waits for it before it goes. */
async function join(one: life.Life): Promise<void> {
  const { name } = one.variant;
  const other = joinedWith[name];
  if (other !== undefined) {
    await standing.get(other)?.promise;
    await looks.join(one, { group: `life-${other}` });
    joined.get(name)?.resolve();
    return;
  }
  const [joiner = ""] = Object.entries(joinedWith).find(([, to]) => to === name) ?? [];
  await joined.get(joiner)?.promise;
}
