/**
 * Planning: pure functions from inventory and desired state to fragments, one owner at a time.
 *
 * An owner is the scope that a change belongs to (one circuit, one virtual network, one Direct port,
 * the inventory itself). What an owner wants is planned whole; the store keeps the difference, so a
 * change to one circuit changes its fragments and no others.
 */
import { type Fragment, type MacSec, type NodeName, SIDES } from "../fabric/intent.ts";
import type { Inventory } from "../fabric/inventory.ts";
import type { CircuitView } from "./circuit-view.ts";
import { planEdge } from "./edge.ts";
import { macOf } from "./names.ts";
import { planProvider } from "./provider.ts";
import { planPublicEdge } from "./public-peering.ts";

export type OwnedFragment = { readonly node: NodeName; readonly fragment: Fragment };

/** All that a circuit asks of the operator's and the provider's nodes. */
export function planCircuit(inventory: Inventory, circuit: CircuitView): OwnedFragment[] {
  const edges = SIDES.flatMap((side) => planEdge(inventory, circuit, side) ?? []);
  const publicEdges = SIDES.flatMap((side) => planPublicEdge(inventory, circuit, side) ?? []);
  return [...edges, ...publicEdges, ...planProvider(inventory, circuit)];
}

/** What stands whatever is ordered: the underlay that tunnels run over. */
export function planUnderlay(inventory: Inventory): OwnedFragment[] {
  const addressed = inventory.nodes.flatMap(({ name, underlay }) =>
    underlay === undefined
      ? []
      : [
          {
            node: name,
            fragment: {
              kind: "vrf",
              key: "underlay",
              name: "default",
              interfaces: [
                {
                  kind: "subinterface",
                  name: underlay.port,
                  port: underlay.port,
                  tags: [],
                  mac: macOf(`${name}:${underlay.port}`),
                  addresses: [underlay.address],
                  mtu: inventory.underlayMtu,
                },
              ],
              routes: [],
            },
          } satisfies OwnedFragment,
        ],
  );
  const transits = inventory.nodes
    .filter(({ role }) => role === "transit")
    .map(
      ({ name }): OwnedFragment => ({
        node: name,
        fragment: {
          kind: "segment",
          key: "transit",
          name: "transit",
          ports: portsOf(inventory, name),
          mtu: inventory.underlayMtu,
        },
      }),
    );
  return [...addressed, ...transits];
}

/** The ports of a node, as its links name them. */
export function portsOf(inventory: Inventory, node: string): string[] {
  return inventory.links.flatMap(({ ends }) =>
    ends.filter((end) => end.startsWith(`${node}:`)).map((end) => end.slice(node.length + 1)),
  );
}

/** A customer's own pair of ports: their administrative state, and their keys where they have some. */
export type DirectPortView = {
  readonly node: string;
  readonly port: string;
  readonly enabled: boolean;
  readonly macSec?: MacSec;
};

export function planDirectPort(ports: readonly DirectPortView[]): OwnedFragment[] {
  return ports.map(({ node, port, ...state }) => ({
    node,
    fragment: { kind: "port", key: portKey(port), port, ...state },
  }));
}

export function portKey(port: string): string {
  return `port/${port}`;
}
