/**
 * I2, I3, I7, I8: a server that is killed at any moment loses no acknowledged write, does nothing twice,
 * leaves nothing behind, and the circuits that stand carry every packet meanwhile.
 * `CAUSEWAY_CRASH_ROUNDS` and `CAUSEWAY_CRASH_SEED` for longer and other runs.
 */
import { copyFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { systemClock } from "../../src/base/clock.ts";
import { seededRandom } from "../../src/base/random.ts";
import { linuxProbe } from "../../src/drivers/linux-probe.ts";
import { argvIn } from "../../src/drivers/place-argv.ts";
import { run } from "../../src/drivers/run.ts";
import type { Place, Stream } from "../../src/fabric/probe.ts";
import { namesOf } from "../../src/main/demo/bodies.ts";
import { circuitsOf, orderCircuit, type Parties, prepareCloud } from "../../src/main/demo/order.ts";
import type { Variant } from "../../src/main/demo/variants.ts";
import {
  causeway,
  converged,
  partiesOf,
  ServerProcess,
  snapshotLab,
  until,
  variantNamed,
} from "./lab-server.ts";
import { cancel, establishments, type Ordered, order, resets, sessionsUp } from "./orders.ts";
import { broken, Recorded } from "./recorded-client.ts";

const ROUNDS = Number(process.env["CAUSEWAY_CRASH_ROUNDS"] ?? 4);
const SEED = Number(process.env["CAUSEWAY_CRASH_SEED"] ?? 20_260);
const KILL_WITHIN_MS = 1500;
const A = variantNamed("exchange-l2");
/** On the same edges as A: the one on the same NNI, the other two circuits on the Direct ports beside it. */
const OTHERS = [variantNamed("exchange-l3"), variantNamed("direct-qinq")];
const ROUTERS = ["ams-primary", "ams-secondary", "cloud-host", "alder-ce"];

let server: ServerProcess;
let lab = "";
let standing: Ordered;
let before: readonly string[] = [];

beforeAll(async () => {
  server = await ServerProcess.create();
  await server.start();
  lab = await server.lab();
  const parties = await partiesOf(server.data);
  await converged(parties);
  [standing] = (await order(parties, A)) as [Ordered];
  await sessionsUp(lab, { nodes: ROUTERS, count: 16 });
  before = await snapshotLab(lab);
});

afterAll(() => server?.[Symbol.asyncDispose]());

test(`killed ${ROUNDS} times while it orders or deletes, it loses nothing and disturbs nobody`, async () => {
  const chance = seeded(SEED);
  await using watch = await watchStanding();
  for (let round = 0; round < ROUNDS; round += 1) {
    const delayMs = Math.floor(chance() * KILL_WITHIN_MS);
    const where = `round ${round} of seed ${SEED}, killed after ${delayMs} ms`;
    const recorded =
      round % 2 === 0 ? await killWhileOrdering(delayMs) : await killWhileDeleting(delayMs);
    if (round % 3 === 2) await killWhileStarting(Math.floor(chance() * KILL_WITHIN_MS));
    await server.start();
    const parties = await partiesOf(server.data);
    await converged(parties);
    expect(await broken(parties, recorded), where).toEqual([]);
    await watch.undisturbed(where);
    if (round % 2 === 0) await orderedOnce(parties, recorded, where);
    for (const variant of OTHERS) await cancel(parties, variant);
    await sameAsBefore(where);
  }
  await watch.noneLost();
}, 600_000);

test("stopping and starting the server loses no packet and resets no session", async () => {
  await using watch = await watchStanding();
  const { code } = await causeway(["stop", "--data", server.data]);
  expect(code).toBe(0);
  await systemClock.sleep(1000);
  await server.start();
  await converged(await partiesOf(server.data));
  await watch.undisturbed("after the start");
  await watch.noneLost();
  await sameAsBefore("after the start");
});

test("a delete in the middle of provisioning leaves nothing", async () => {
  const chance = seeded(SEED + 1);
  const parties = await partiesOf(server.data);
  for (const variant of OTHERS) {
    const ordering = begin(parties, variant);
    await systemClock.sleep(Math.floor(chance() * 800));
    // What is still being written is refused or goes with the rest; the second call is for the rest.
    await cancel(parties, variant).catch(() => {});
    await ordering;
    await cancel(parties, variant);
  }
  await converged(parties);
  await sameAsBefore("after the deletes");
});

test("an older copy of the data folder is refused, and becomes the network when that is meant", async () => {
  await causeway(["stop", "--data", server.data]);
  const store = join(server.data, "store.sqlite");
  const copy = `${store}.copy`;
  await copyStore(store, copy);
  await server.start();
  const [variant] = OTHERS as [Variant];
  await using watch = await watchStanding();
  await order(await partiesOf(server.data), variant);
  const ordered = await snapshotLab(lab);
  await causeway(["stop", "--data", server.data]);
  await copyStore(copy, store);
  await expect(server.start()).rejects.toThrow(/older than the network.*start with --restored/s);
  expect(await snapshotLab(lab)).toEqual(ordered);

  await server.start({ more: ["--restored"] });
  const parties = await partiesOf(server.data);
  await converged(parties);
  // What was ordered since is gone; what is in both goes on, its sessions too.
  await sameAsBefore("after the older copy");
  await watch.undisturbed("after the older copy");
  await watch.noneLost();
  await causeway(["stop", "--data", server.data]);
  // It is the newest again.
  await server.start();
  await converged(await partiesOf(server.data));
});

/** Orders until the server is gone; what it acknowledged is in `recorded`. */
async function begin(parties: Parties, variant: Variant, recorded = new Recorded()): Promise<void> {
  const names = namesOf(variant, parties.customerSubscription);
  const told = recorded.of(parties);
  try {
    await prepareCloud(told, variant, names);
    for (let index = 0; index < circuitsOf(variant); index += 1)
      await orderCircuit(told, variant, { names, index });
  } catch {
    // The server was killed, or what is being deleted refused.
  }
}

async function killWhileOrdering(delayMs: number): Promise<Recorded> {
  const parties = await partiesOf(server.data);
  const recorded = new Recorded();
  const ordering = OTHERS.map((variant) => begin(parties, variant, recorded));
  await systemClock.sleep(delayMs);
  await server.kill();
  await Promise.all(ordering);
  return recorded;
}

async function killWhileDeleting(delayMs: number): Promise<Recorded> {
  const parties = await partiesOf(server.data);
  await Promise.all(OTHERS.map((variant) => order(parties, variant)));
  const recorded = new Recorded();
  const told = recorded.of(parties);
  const deleting = OTHERS.map((variant) => cancel(told, variant).catch(() => {}));
  await systemClock.sleep(delayMs);
  await server.kill();
  await Promise.all(deleting);
  return recorded;
}

async function killWhileStarting(delayMs: number): Promise<void> {
  const starting = server.start().catch(() => {});
  await systemClock.sleep(delayMs);
  await server.kill();
  await starting;
}

/** The same requests again: the same circuits, none twice, no tag twice. */
async function orderedOnce(parties: Parties, recorded: Recorded, where: string): Promise<void> {
  const again = (await Promise.all(OTHERS.map((variant) => order(parties, variant)))).flat();
  for (const { circuitId, serviceKey } of again) {
    const first = recorded.written.get(circuitId)?.answer.properties["serviceKey"];
    expect(serviceKey, where).toBe(first ?? serviceKey);
  }
  const circuits = await parties.customer.list(
    `/subscriptions/${parties.customerSubscription}/providers/Microsoft.Network/expressRouteCircuits`,
  );
  expect(circuits.length, where).toBe(1 + again.length);
  const onNni = again.filter(({ variant }) => variant.order.kind === "provider");
  expect(
    onNni.map(({ stag }) => stag),
    where,
  ).not.toContain(standing.stag);
}

async function sameAsBefore(where: string): Promise<void> {
  let now: readonly string[] = [];
  const lines = (from: readonly string[], without: readonly string[]) => {
    const known = new Set(without);
    return from.filter((line) => !known.has(line));
  };
  await until(
    "nothing is left",
    async () => {
      now = await snapshotLab(lab);
      return lines(now, before).length + lines(before, now).length === 0 ? true : undefined;
    },
    10_000,
  ).catch(() => {});
  expect({ left: lines(now, before), lost: lines(before, now) }, where).toEqual({
    left: [],
    lost: [],
  });
}

type StandingWatch = AsyncDisposable & {
  undisturbed(where: string): Promise<void>;
  noneLost(): Promise<void>;
};

/** Circuit A: a datagram every millisecond, echoed, and how often its sessions were established. */
async function watchStanding(): Promise<StandingWatch> {
  const sessions = await establishments(lab, ROUTERS);
  const places: readonly Place[] = [A.onPremises, standing.machine];
  const overrunBefore = await overruns(places);
  const ends = new AbortController();
  const stream: Stream = await linuxProbe({ lab, clock: systemClock }).stream({
    from: A.onPremises,
    to: standing.machine,
    address: standing.machine.ipv4,
    intervalMs: 1,
    flows: 1,
    signal: ends.signal,
  });
  return {
    async [Symbol.asyncDispose]() {
      ends.abort();
    },
    async undisturbed(where) {
      expect(resets(sessions, await establishments(lab, ROUTERS)), where).toEqual([]);
    },
    async noneLost() {
      const { sent, received, blackoutMs } = await stream.stop();
      // What found the program's own buffer full had arrived: this machine is busy, not the network.
      const overrun = (await overruns(places)) - overrunBefore;
      expect(sent).toBeGreaterThan(1000);
      expect(sent - received - overrun, `${sent} sent, pause ${blackoutMs} ms`).toBeLessThanOrEqual(
        0,
      );
    },
  };
}

/** Datagrams that came to a socket whose buffer was full (`RcvbufErrors`, RFC 4113 counts them as errors). */
async function overruns(places: readonly Place[]): Promise<number> {
  const counts = places.map(async (place) => {
    const argv = argvIn(lab, place, ["cat", "/proc/net/snmp"]);
    const text = await run({ argv, why: "read UDP counters" });
    const [heads = [], values = []] = text
      .split("\n")
      .filter((line) => line.startsWith("Udp:"))
      .map((line) => line.split(" "));
    return Number(values[heads.indexOf("RcvbufErrors")] ?? 0);
  });
  return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
}

/** Numbers from 0 to 1, the same for the same seed. */
function seeded(seed: number): () => number {
  const random = seededRandom(seed);
  return () => Buffer.from(random.bytes(2)).readUInt16LE() / 65_536;
}

async function copyStore(from: string, to: string): Promise<void> {
  for (const tail of ["-wal", "-shm"]) await rm(`${to}${tail}`, { force: true });
  await copyFile(from, to);
}
