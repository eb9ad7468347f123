/** All variants at once in one lab, each with its circuits and machines, as every feature finds them. */
import { rm } from "node:fs/promises";
import { systemClock } from "../../src/base/clock.ts";
import { ApiError, type Client } from "../../src/client/client.ts";
import { nodePaths } from "../../src/drivers/places.ts";
import { namespaceOfVrf } from "../../src/drivers/vrf-slots.ts";
import { SIDES } from "../../src/fabric/intent.ts";
import type { SessionObservation } from "../../src/fabric/report.ts";
import * as bodies from "../../src/main/demo/bodies.ts";
import { crossConnectionId, type Parties } from "../../src/main/demo/order.ts";
import { HOST_ADDRESSES, type Variant } from "../../src/main/demo/variants.ts";
import { type Up, up } from "../../src/main/up.ts";
import { circuitVrf } from "../../src/plan/names.ts";
import { converged, partiesOf, removeLab, temporaryFolder, until } from "../linux/lab-server.ts";
import { establishments, type Ordered, order, resets } from "../linux/orders.ts";

/** Generous: others may use the machine. */
export const WITHIN_MS = 90_000;
const WAIT = { timeoutMs: WITHIN_MS };

/** A server in this process and its lab; it can be started again. */
export class Fabric implements AsyncDisposable {
  readonly data: string;
  readonly lab: string;
  running: Up;
  parties: Parties;

  private constructor(at: { data: string; lab: string; running: Up; parties: Parties }) {
    this.data = at.data;
    this.lab = at.lab;
    this.running = at.running;
    this.parties = at.parties;
  }

  static async raise(): Promise<Fabric> {
    const data = await temporaryFolder();
    try {
      const running = await start(data);
      const parties = await partiesOf(data);
      await converged(parties);
      const lab = (await running.folder.readLab()) ?? "";
      return new Fabric({ data, lab, running, parties });
    } catch (error) {
      await removeLab(data);
      throw error;
    }
  }

  async restart(): Promise<void> {
    await this.running.stop();
    this.running = await start(this.data);
    this.parties = await partiesOf(this.data);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.running.stop();
    await removeLab(this.data);
    await rm(this.data, { recursive: true, force: true });
  }
}

function start(data: string): Promise<Up> {
  return up({ data, listen: "127.0.0.1:0", nodes: "linux" }, { say: () => {} });
}

export type Standing = {
  readonly fabric: Fabric;
  readonly variant: Variant;
  readonly names: bodies.Names;
  readonly circuits: readonly Ordered[];
  readonly first: Ordered;
  /** Every variant of this run. */
  readonly all: readonly string[];
};

export async function stand(
  fabric: Fabric,
  variant: Variant,
  all: readonly string[],
): Promise<Standing> {
  const names = bodies.namesOf(variant, fabric.parties.customerSubscription);
  const circuits = await order(fabric.parties, variant);
  const [first] = circuits;
  if (first === undefined) throw new Error(`nothing was ordered of ${variant.name}`);
  const standing = { fabric, variant, names, circuits, first, all };
  await carries(standing);
  return standing;
}

export const customerOf = ({ fabric }: Standing): Client => fabric.parties.customer;

/** Writes and waits until the nodes have it. */
export async function write(client: Client, path: string, body: unknown): Promise<void> {
  await client.waitFor(await client.put(path, body), WAIT);
}

export async function remove(client: Client, path: string): Promise<void> {
  await client.waitFor(await client.delete(path), WAIT);
}

/** Where the private peering is written, and by whom. */
export function peeringOf({ fabric, variant, names, first }: Standing): {
  client: Client;
  path: string;
} {
  const { parties } = fabric;
  if (variant.peeringBy === "customer") return { client: parties.customer, path: names.peering(0) };
  const line = crossConnectionId(parties, variant, first.serviceKey);
  return { client: parties.provider, path: `${line}/peerings/AzurePrivatePeering` };
}

/** The first circuit's private peering with these changes, while `work` runs, and then as it was. */
export async function withPeering(
  standing: Standing,
  changes: object,
  work: () => Promise<void>,
): Promise<void> {
  const { client, path } = peeringOf(standing);
  const { properties } = bodies.peering(standing.variant, 0) as { properties: object };
  await write(client, path, { properties: { ...properties, ...changes } });
  try {
    await work();
  } finally {
    await write(client, path, { properties: { ...properties, causeway: null } });
  }
}

/** A provider's circuit with another bandwidth. */
export async function ratedAt(standing: Standing, mbps: number): Promise<void> {
  const customer = customerOf(standing);
  const at = standing.names.circuit(0);
  const { properties, ...rest } = await customer.get(at);
  const held = properties["serviceProviderProperties"];
  const serviceProviderProperties = { ...Object(held), bandwidthInMbps: mbps };
  const body = { ...rest, properties: { ...properties, serviceProviderProperties } };
  await customer.waitFor(await customer.put(at, body), { timeoutMs: 60_000 });
}

export async function received(
  { fabric, variant }: Standing,
  to: string,
  { count = 3, from = variant.onPremises } = {},
): Promise<number> {
  const ping = { from, to, count, intervalMs: 50, timeoutMs: 500 };
  return (await fabric.running.backend.probe.ping(ping)).received;
}

/** Both families both ways, every packet. */
export async function carries(standing: Standing, ordered = standing.first): Promise<void> {
  const { machine } = ordered;
  const ways = [
    { to: machine.ipv4 },
    { to: machine.ipv6 },
    { to: HOST_ADDRESSES.ipv4, from: machine },
    { to: HOST_ADDRESSES.ipv6, from: machine },
  ];
  for (const { to, ...from } of ways)
    await seen(`${to} answers`, async () => (await received(standing, to, from)) === 3);
}

export async function carriesNot(standing: Standing, ordered = standing.first): Promise<void> {
  for (const to of [ordered.machine.ipv4, ordered.machine.ipv6])
    await seen(`${to} is silent`, async () => (await received(standing, to, { count: 2 })) === 0);
}

/** A table of a node. */
export async function post<Value>(client: Client, path: string): Promise<Value> {
  return patiently(path, async () => (await client.post<Value>(path)).body);
}

export function statsOf(
  standing: Standing,
  path: string,
): Promise<Readonly<Record<string, number>>> {
  return patiently(path, () => customerOf(standing).get(`${path}/stats`));
}

/** Asks again while the server says that a node cannot be read just now. */
function patiently<Value>(path: string, read: () => Promise<Value>): Promise<Value> {
  const look = async () => {
    try {
      return await read();
    } catch (error) {
      if (error instanceof ApiError && error.status === 503) return undefined;
      throw error;
    }
  };
  return until(`${path} is answered`, look, WITHIN_MS);
}

/** Waits for it. */
export async function seen(what: string, look: () => Promise<boolean>): Promise<void> {
  await until(what, async () => ((await look()) ? true : undefined), WITHIN_MS);
}

const INTERVAL_MS = 80;
const FLOWS = 32;

/**
 * For how long a stream between both ends lost its packets while the work was done. Counted in packets: on a busy
 * machine the sender stands still too, and that is no loss.
 */
export async function underStream(
  { fabric, variant, first }: Standing,
  work: () => Promise<void>,
): Promise<{ lostMs: number }> {
  const ends = new AbortController();
  const { machine } = first;
  try {
    const stream = await fabric.running.backend.probe.stream({
      ...{ from: variant.onPremises, to: machine, address: machine.ipv4 },
      ...{ intervalMs: INTERVAL_MS, flows: FLOWS, signal: ends.signal },
    });
    await systemClock.sleep(300);
    await work();
    await systemClock.sleep(300);
    const { sent, received } = await stream.stop();
    if (received === 0) throw new Error("nothing of the stream came back");
    return { lostMs: ((sent - received) * INTERVAL_MS) / FLOWS };
  } finally {
    ends.abort();
  }
}

/** The circuit's sessions on an edge, as the node reports them. */
export async function sessionsAt(
  { fabric, variant, first }: Standing,
  side: "primary" | "secondary",
): Promise<readonly SessionObservation[]> {
  const at = variant.handOff[side].node;
  const node = fabric.running.backend.nodes.find(({ name }) => name === at);
  const observed = await node?.observe(AbortSignal.timeout(30_000));
  const vrf = circuitVrf(first.serviceKey);
  return observed?.sessions.filter((session) => session.vrf === vrf) ?? [];
}

/** The far end is waited for too: the next fault has to find both links whole. */
export async function whole(standing: Standing): Promise<void> {
  for (const side of SIDES)
    await seen(`${side}: every session is up and watched`, async () => {
      const found = await sessionsAt(standing, side);
      return (
        found.length >= 4 &&
        found.every(({ state, bfd }) => state === "Established" && bfd === "Up")
      );
    });
}

/** Which sessions of the first circuit's edges were reset by the work. */
export async function resetsBy(
  { fabric, variant, first }: Standing,
  work: () => Promise<void>,
): Promise<readonly string[]> {
  const nodes = [variant.handOff.primary.node, variant.handOff.secondary.node];
  const vrf = circuitVrf(first.serviceKey);
  const own = nodes.map((node) => `${node} ${namespaceOfVrf(nodePaths(fabric.lab, node), vrf)} `);
  const look = () => establishments(fabric.lab, nodes);
  const before = await look();
  await work();
  const lost = resets(before, await look());
  return lost.filter((key) => own.some((start) => key.startsWith(start)));
}
