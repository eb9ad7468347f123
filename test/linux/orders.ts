/** Circuits of the demo's variants, ordered on a server under test, and what their routers say of them. */
import type { PendingOperation } from "../../src/client/client.ts";
import { daemonPid } from "../../src/drivers/frr/daemons.ts";
import { FrrDriver } from "../../src/drivers/frr/frr.ts";
import { nodePaths } from "../../src/drivers/places.ts";
import type { Place } from "../../src/fabric/probe.ts";
import { namesOf } from "../../src/main/demo/bodies.ts";
import {
  addressesOf,
  circuitsOf,
  orderCircuit,
  type Parties,
  prepareCloud,
  takeAway,
} from "../../src/main/demo/order.ts";
import { type Variant, variants } from "../../src/main/demo/variants.ts";
import { metroVariants } from "../scenarios/metro-orders.ts";
import { until } from "./lab-server.ts";

export type Ordered = {
  readonly variant: Variant;
  readonly index: number;
  readonly circuitId: string;
  readonly serviceKey: string;
  readonly stag: number | undefined;
  readonly machine: Place & { readonly ipv4: string; readonly ipv6: string };
};

/** Everything that a variant needs, until the nodes have it. */
export async function order(parties: Parties, variant: Variant): Promise<readonly Ordered[]> {
  const names = namesOf(variant, parties.customerSubscription);
  await prepareCloud(parties, variant, names);
  const indexes = Array.from({ length: circuitsOf(variant) }, (_, index) => index);
  const pending: PendingOperation[] = [];
  for (const index of indexes)
    pending.push(...(await orderCircuit(parties, variant, { names, index })));
  await Promise.all(pending.map((each) => parties.operator.waitFor(each)));
  return Promise.all(indexes.map((index) => orderedCircuit(parties, variant, index)));
}

export async function orderedCircuit(
  parties: Parties,
  variant: Variant,
  index: number,
): Promise<Ordered> {
  const names = namesOf(variant, parties.customerSubscription);
  const { value } = await parties.operator.get<{
    value: readonly (Place & { resourceId: string })[];
  }>("/causeway/places");
  const machineId = names.virtualMachine(index);
  const place = value.find(({ resourceId }) => resourceId === machineId);
  if (place === undefined) throw new Error(`${machineId} is nowhere`);
  const { properties } = await parties.customer.get(names.circuit(index));
  const stag = properties["stag"];
  return {
    variant,
    index,
    circuitId: names.circuit(index),
    serviceKey: String(properties["serviceKey"]),
    stag: typeof stag === "number" ? stag : undefined,
    machine: { node: place.node, vrf: place.vrf, ...(await addressesOf(parties, machineId)) },
  };
}

/** Takes away what was ordered of a variant, as far as the order came. */
export async function cancel(parties: Parties, variant: Variant): Promise<void> {
  const names = namesOf(variant, parties.customerSubscription);
  if ((await parties.customer.find(names.group)) === undefined) return;
  if ((await parties.customer.find(names.port)) === undefined && variant.order.kind === "direct")
    await parties.customer.waitFor(await parties.customer.delete(names.group));
  else await takeAway(parties, variant, names);
}

type NeighborJson = {
  readonly bgpState: string;
  readonly connectionsEstablished: number;
  readonly lastResetDueTo?: string;
  readonly peerBfdInfo?: { readonly status: string };
};

async function neighborsOf(
  lab: string,
  nodes: readonly string[],
): Promise<ReadonlyMap<string, NeighborJson>> {
  const found = new Map<string, NeighborJson>();
  for (const node of nodes) {
    const paths = nodePaths(lab, node);
    if ((await daemonPid(paths, "bgpd")) === undefined) continue;
    const text = await new FrrDriver(paths).ask("bgpd", "show bgp vrf all neighbors json");
    const vrfs = JSON.parse(text) as Record<string, Record<string, NeighborJson | string | number>>;
    for (const [vrf, neighbors] of Object.entries(vrfs))
      for (const [address, neighbor] of Object.entries(neighbors))
        if (typeof neighbor === "object") found.set(`${node} ${vrf} ${address}`, neighbor);
  }
  return found;
}

/** How often each BGP session of these nodes was established, by `node vrf neighbor`; those that are now. */
export async function establishments(
  lab: string,
  nodes: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const up = [...(await neighborsOf(lab, nodes))].filter(
    ([, { bgpState }]) => bgpState === "Established",
  );
  return new Map(up.map(([key, { connectionsEstablished }]) => [key, connectionsEstablished]));
}

/** BFD comes up a moment after BGP; a loss in that moment is found by the hold time alone, after minutes. */
const isGuarded = ({ bgpState, peerBfdInfo }: NeighborJson) =>
  bgpState === "Established" && (peerBfdInfo === undefined || peerBfdInfo.status === "Up");

/** Waits until that many sessions are established and watched, or all that there are, and says which are not. */
export async function sessionsUp(
  lab: string,
  { nodes, count }: { nodes: readonly string[]; count?: number },
): Promise<void> {
  let down: readonly string[] = [];
  await until("every session is up and watched", async () => {
    const found = [...(await neighborsOf(lab, nodes))];
    const others = found.filter(([, neighbor]) => !isGuarded(neighbor));
    down = others.map(
      ([key, { bgpState, lastResetDueTo, peerBfdInfo }]) =>
        `${key} ${bgpState}, BFD ${peerBfdInfo?.status ?? "off"}, ${lastResetDueTo ?? "new"}`,
    );
    const isAll = found.length === (count ?? Math.max(found.length, 1));
    return isAll && down.length === 0 ? true : undefined;
  }).catch((error: Error) => {
    throw new Error(`${error.message}: ${down.join("; ")}`);
  });
}

/** The sessions that were reset or lost between two looks. */
export function resets(
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
): string[] {
  return [...before].filter(([key, count]) => after.get(key) !== count).map(([key]) => key);
}

/** Takes away all that the customer ordered of any variant, whatever was connected to it. */
export async function cancelAll(parties: Parties): Promise<void> {
  const { customer, customerSubscription } = parties;
  const all = `/subscriptions/${customerSubscription}/providers/Microsoft.Network/connections`;
  const connections = await customer.list(all);
  const deleted = await Promise.all(connections.map(({ id }) => customer.delete(id)));
  await Promise.all(deleted.map((each) => customer.waitFor(each)));
  for (const variant of [...variants, ...metroVariants]) await cancel(parties, variant);
}
