/** Where a circuit finds room: port pairs of providers, and Direct port pairs. */
import type { PortPair } from "../fabric/inventory.ts";
import { numberAt, sameId, textAt } from "./fields.ts";
import { directBandwidthsGbps, limits } from "./limits.ts";
import { bandwidthMbpsOf } from "./links.ts";
import type { View } from "./resource.ts";
import type { StoredResource, StoreReader } from "./state.ts";
import { types } from "./types.ts";

/** Outer tags on one port pair, IEEE 802.1Q. */
export const stags = { from: 1, to: 4_094 } as const;

export function stagPool(portPair: string): string {
  return `stag/${portPair}`;
}

/** Sum of the bandwidths of the circuits on a pair, less the one that is asked about. */
export async function usedMbps(
  reader: StoreReader,
  portPair: string,
  exceptId = "",
): Promise<number> {
  const circuits = await reader.list({ type: types.circuit, portPair });
  return sumMbps(circuits.filter(({ id }) => !sameId(id, exceptId)));
}

export function sumMbps(circuits: readonly StoredResource[]): number {
  return circuits.reduce((sum, circuit) => sum + bandwidthMbpsOf(circuit), 0);
}

/** What a provider may sell on a pair. */
export function saleableMbps(pair: PortPair): number {
  return pair.bandwidthMbps * pair.overprovisionFactor;
}

export function pairsAt(
  { inventory }: Pick<View, "inventory">,
  provider: string,
  peeringLocation: string,
): readonly PortPair[] {
  const found = inventory.providers.find(({ name }) => name === provider);
  return found?.portPairs.filter((pair) => pair.peeringLocation === peeringLocation) ?? [];
}

/** Pairs with room for the bandwidth and a tag left, the emptiest first. */
export async function pairsWithRoom(
  view: View,
  asked: { provider: string; peeringLocation: string; bandwidthMbps: number },
): Promise<readonly PortPair[]> {
  const rooms: { pair: PortPair; left: number }[] = [];
  for (const pair of pairsAt(view, asked.provider, asked.peeringLocation)) {
    const circuits = await view.reader.list({ type: types.circuit, portPair: pair.name });
    const left = saleableMbps(pair) - sumMbps(circuits);
    // Every circuit of a provider holds one tag as long as its row is there.
    if (left >= asked.bandwidthMbps && circuits.length < stags.to) rooms.push({ pair, left });
  }
  return rooms.sort((one, other) => other.left - one.left).map(({ pair }) => pair);
}

/** Bandwidths in Mbps, above the circuit's own, for which its own pair of ports has room now. */
export async function upgradesOf(view: View, circuit: StoredResource): Promise<readonly number[]> {
  const now = bandwidthMbpsOf(circuit);
  const offer = "properties.serviceProviderProperties";
  const provider = textAt(circuit.desired, `${offer}.serviceProviderName`);
  const held = textAt(circuit.assigned, "portPair") ?? "";
  if (provider === undefined) return directUpgrades(view, circuit);
  const place = textAt(circuit.desired, `${offer}.peeringLocation`) ?? "";
  const pair = pairsAt(view, provider, place).find(({ name }) => name === held);
  const sold = view.inventory.providers.find(({ name }) => name === provider)?.bandwidthsMbps ?? [];
  if (pair === undefined) return [];
  const left = saleableMbps(pair) - (await usedMbps(view.reader, held, circuit.id));
  return sold.filter((mbps) => mbps > now && mbps <= left);
}

async function directUpgrades({ reader }: View, circuit: StoredResource): Promise<number[]> {
  const port = await reader.read(textAt(circuit.desired, "properties.expressRoutePort.id") ?? "");
  if (port === undefined) return [];
  const used = await usedMbps(reader, textAt(port.assigned, "portPair") ?? "", circuit.id);
  const left = directSaleableMbps(port) - used;
  return directBandwidths(port)
    .map((gbps) => gbps * 1_000)
    .filter((mbps) => mbps > bandwidthMbpsOf(circuit) && mbps <= left);
}

/** What may be sold on the pair of a Direct port. */
export function directSaleableMbps(port: StoredResource): number {
  return sizeGbps(port) * 1_000 * limits.directOverSubscription;
}

export function directBandwidths(port: StoredResource): readonly number[] {
  return directBandwidthsGbps(sizeGbps(port));
}

function sizeGbps(port: StoredResource): number {
  return numberAt(port.desired, "properties.bandwidthInGbps") ?? 0;
}
