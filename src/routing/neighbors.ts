/**
 * Which addresses on its wires a routing instance has resolved.
 *
 * RFC 826 (ARP), RFC 4861 §7.2 (neighbour solicitation): a request must arrive and its answer come back.
 */
import { type Address, addressOf, prefixContains, printAddress } from "../base/prefix.ts";
import type { NodeName } from "../fabric/intent.ts";
import type { InterfaceModel, VrfModel } from "./node-model.ts";
import { isInterfaceUp, type LegPlace, reachOf, silentPortOn, type Wiring } from "./wiring.ts";

export type NeighborEntry = {
  readonly interface: InterfaceModel;
  readonly address: string;
  /** Who answers; absent while unresolved. */
  readonly owner?: LegPlace;
};

/** The addresses that the instance needs on its wires: BGP neighbours and static next hops. */
export function neighborEntries(
  wiring: Wiring,
  node: NodeName,
  vrf: VrfModel,
): readonly NeighborEntry[] {
  const wanted = new Set([
    ...(vrf.bgp?.neighbors ?? []).map(({ address }) => addressOf(address)),
    ...vrf.routes.flatMap(({ via }) => via),
  ]);
  const entries = new Map<string, NeighborEntry>();
  for (const address of wanted) {
    for (const model of vrf.interfaces.values()) {
      if (model.source.kind === "loopback") continue;
      const match = model.addresses.find(({ network }) => prefixContains(network, address));
      if (match === undefined) continue;
      const entry = resolveNeighbor(wiring, { node, vrf, interface: model }, address);
      entries.set(`${model.name} ${entry.address}`, entry);
    }
  }
  return [...entries.values()];
}

function resolveNeighbor(wiring: Wiring, from: LegPlace, address: Address): NeighborEntry {
  const text = printAddress(address);
  const unresolved = { interface: from.interface, address: text };
  if (!isInterfaceUp(wiring, from.node, from.interface)) return unresolved;
  const asked = reachOf(wiring, from).arrivals.find(({ at }) =>
    at.interface.addresses.some((own) => own.text === text),
  );
  if (asked === undefined || silentPortOn(wiring, asked)) return unresolved;
  const answered = reachOf(wiring, asked.at).arrivals.find(
    ({ at }) => at.node === from.node && at.interface === from.interface,
  );
  if (answered === undefined || silentPortOn(wiring, answered)) return unresolved;
  return { ...unresolved, owner: asked.at };
}
