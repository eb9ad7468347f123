/**
 * Which ports are up: enabled, cabled, with a live other end, and not kept down by a provider who
 * forwards link loss (see `CrossConnectFragment.lossForwarding`).
 *
 * Ports kept down are the least fixed point from "none": what a node keeps down itself never counts as
 * a loss for that node, so that two ends which lose each other come back when the cause is gone.
 * A port carries the loss on only when *all* that uses it is lost: a shared trunk stays up for the rest.
 */
import type { CrossConnectEnd, CrossConnectFragment, NodeName } from "../fabric/intent.ts";
import type { Cabling, PortPlace } from "../fabric/probe.ts";
import { portKey } from "./disposition.ts";
import { type NodeModel, tunnelKey } from "./node-model.ts";

/** The whole fabric at one moment, as plain values. Ports are named `node:port`. */
export type FabricState = {
  readonly cabling: Cabling;
  /** Nodes that are there; one that is missing has no carrier on any port. */
  readonly nodes: ReadonlyMap<NodeName, NodeModel>;
  readonly unplugged: ReadonlySet<string>;
  readonly silent: ReadonlySet<string>;
};

export type Carrier = {
  isUp(port: PortPlace): boolean;
  otherEnd(port: PortPlace): PortPlace | undefined;
};

export function carrierOf(state: FabricState): Carrier {
  const links = linksOf(state.cabling);
  const kept = portsKeptDown(state, links);
  const dead = (port: PortPlace) => kept.has(portKey(port)) || isDisabled(state, port);
  return {
    otherEnd: (port) => links.get(portKey(port)),
    isUp: (port) => {
      const other = links.get(portKey(port));
      return other !== undefined && !dead(port) && !dead(other);
    },
  };
}

const linksByCabling = new WeakMap<Cabling, ReadonlyMap<string, PortPlace>>();

function linksOf(cabling: Cabling): ReadonlyMap<string, PortPlace> {
  const known = linksByCabling.get(cabling);
  if (known) return known;
  const links = new Map<string, PortPlace>();
  for (const [one, other] of cabling.links) {
    links.set(portKey(one), other);
    links.set(portKey(other), one);
  }
  linksByCabling.set(cabling, links);
  return links;
}

function isDisabled(state: FabricState, port: PortPlace): boolean {
  const node = state.nodes.get(port.node);
  return (
    node === undefined || node.disabledPorts.has(port.port) || state.unplugged.has(portKey(port))
  );
}

function portsKeptDown(
  state: FabricState,
  links: ReadonlyMap<string, PortPlace>,
): ReadonlySet<string> {
  const forwarders = [...state.nodes.values()].filter((node) =>
    node.connects.some((connect) => connect.lossForwarding),
  );
  const kept = new Set<string>();
  const isLost = (port: PortPlace) => {
    const other = links.get(portKey(port));
    return (
      other === undefined ||
      isDisabled(state, port) ||
      isDisabled(state, other) ||
      kept.has(portKey(other))
    );
  };
  for (let before = -1; before !== kept.size; ) {
    before = kept.size;
    for (const node of forwarders) {
      for (const port of node.ports.keys()) {
        if (losesAll(node, port, (end) => isEndLost({ node, end, forwarders, isLost }))) {
          kept.add(portKey({ node: node.name, port }));
        }
      }
    }
  }
  return kept;
}

/** Whether everything that uses the port forwards loss and has lost its other end. */
function losesAll(
  node: NodeModel,
  port: string,
  isEndLostHere: (end: CrossConnectEnd) => boolean,
): boolean {
  const use = node.ports.get(port);
  if (use === undefined || use.legs.size > 0 || use.segment !== undefined) return false;
  const sides = [...use.connects.values()];
  return (
    sides.length > 0 &&
    sides.every(
      ({ connect, end }) =>
        connect.lossForwarding &&
        isExclusive(connect.ends[end]) &&
        isEndLostHere(connect.ends[end === 0 ? 1 : 0]),
    )
  );
}

function isExclusive(end: CrossConnectEnd): boolean {
  return end.kind === "port" && end.exclusive;
}

type EndQuestion = {
  readonly node: NodeModel;
  readonly end: CrossConnectEnd;
  readonly forwarders: readonly NodeModel[];
  readonly isLost: (port: PortPlace) => boolean;
};

/** A tunnel is lost when the cross-connect at its far end says that its own port is. */
function isEndLost({ node, end, forwarders, isLost }: EndQuestion): boolean {
  if (end.kind === "port") return isLost({ node: node.name, port: end.port });
  const far = { vni: end.vni, local: end.remote, remote: end.local };
  return forwarders.some((other) => {
    const use = other.tunnels.get(tunnelKey(far));
    if (use?.kind !== "connect" || !use.connect.lossForwarding) return false;
    return isFarPortLost(other, use.connect, { near: use.end, isLost });
  });
}

function isFarPortLost(
  node: NodeModel,
  connect: CrossConnectFragment,
  { near, isLost }: { near: 0 | 1; isLost: (port: PortPlace) => boolean },
): boolean {
  const end = connect.ends[near === 0 ? 1 : 0];
  return end.kind === "port" && isLost({ node: node.name, port: end.port });
}
