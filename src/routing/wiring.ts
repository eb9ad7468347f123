/**
 * Who hears whom: walks a frame from an interface through ports, tags, cross-connects, tunnels and
 * segments to every interface that accepts it. A silent port is passed and shown in the path, because
 * loss without a signal is a matter of time; whoever forwards a packet looks for it there.
 *
 * Tags are compared as numbers: both EtherTypes are 0x8100 at a hand-off. An exact combination of
 * tags on a port goes before a cross-connect on the outer tag, and that before one of the whole port.
 * The underlay of tunnels uses connected and static routes of the nodes' own tables, no BGP.
 *
 * RFC 7348 (VXLAN), IEEE 802.1Q (tags, stacked).
 */
import { addressOf } from "../base/prefix.ts";
import type { CrossConnectEnd, NodeName } from "../fabric/intent.ts";
import type { PortPlace } from "../fabric/probe.ts";
import { type Carrier, carrierOf, type FabricState } from "./carrier.ts";
import { type Disposition, type MeterPass, placeKey, type WireStep } from "./disposition.ts";
import { type Fib, localFib, lookup, pathOfFlow } from "./fib.ts";
import {
  type ConnectSide,
  type InterfaceModel,
  type Leg,
  type NodeModel,
  tagKey,
  tunnelKey,
  type VrfModel,
} from "./node-model.ts";

export type LegPlace = {
  readonly node: NodeName;
  readonly vrf: VrfModel;
  readonly interface: InterfaceModel;
};

export type FramePath = {
  readonly wires: readonly WireStep[];
  readonly meters: readonly MeterPass[];
};
export type Arrival = FramePath & { readonly at: LegPlace };
type Loss = FramePath & {
  readonly disposition: Disposition;
  readonly node: NodeName;
  readonly port?: string;
};
export type Reach = { readonly arrivals: readonly Arrival[]; readonly losses: readonly Loss[] };

export type Wiring = {
  readonly state: FabricState;
  readonly carrier: Carrier;
  readonly reaches: Map<string, Reach>;
  readonly locals: Map<string, Fib>;
};

/** More wires than any frame of a sane fabric crosses. */
const WIRES_MAX = 64;
const UNDERLAY_HOPS_MAX = 16;
const noPath: FramePath = { wires: [], meters: [] };

export function wiringOf(state: FabricState): Wiring {
  return { state, carrier: carrierOf(state), reaches: new Map(), locals: new Map() };
}

/** Whether an interface may send: a subinterface follows its port, all else is always up. */
export function isInterfaceUp(wiring: Wiring, node: NodeName, { source }: InterfaceModel): boolean {
  return source.kind !== "subinterface" || wiring.carrier.isUp({ node, port: source.port });
}

export function localFibOf(wiring: Wiring, node: NodeName, vrf: VrfModel): Fib {
  const key = placeKey({ node, vrf: vrf.name });
  const known = wiring.locals.get(key);
  if (known) return known;
  const fib = localFib(vrf, (model) => isInterfaceUp(wiring, node, model));
  wiring.locals.set(key, fib);
  return fib;
}

/** Everything that a frame sent from an interface arrives at. */
export function reachOf(wiring: Wiring, from: LegPlace): Reach {
  const key = `${placeKey({ node: from.node, vrf: from.vrf.name })}/${from.interface.name}`;
  const known = wiring.reaches.get(key);
  if (known) return known;
  // Held while the walk goes on: an underlay that runs over its own tunnel reaches nothing.
  wiring.reaches.set(key, { arrivals: [], losses: [] });
  const walk = new FrameWalk(wiring);
  walk.send(from);
  wiring.reaches.set(key, walk.reach);
  return walk.reach;
}

/** Where a frame ends that comes in at a port with tags, whoever sent it. */
export function reachFromPort(wiring: Wiring, at: PortPlace, tags: readonly number[]): Reach {
  const walk = new FrameWalk(wiring);
  walk.receive(at, tags, noPath);
  return walk.reach;
}

/** The first silent port that a path crosses. */
export function silentPortOn({ state }: Wiring, { wires }: FramePath): PortPlace | undefined {
  if (state.silent.size === 0) return undefined;
  return wires.find(({ to }) => state.silent.has(`${to.node}:${to.port}`))?.to;
}

type TunnelName = { readonly vni: number; readonly local: string; readonly remote: string };

class FrameWalk {
  readonly reach: { arrivals: Arrival[]; losses: Loss[] } = { arrivals: [], losses: [] };
  private readonly wiring: Wiring;

  constructor(wiring: Wiring) {
    this.wiring = wiring;
  }

  send({ node, interface: model }: LegPlace): void {
    const { source } = model;
    if (source.kind === "subinterface") {
      const counted = metered(
        noPath,
        node,
        source.meter && { meter: source.meter, direction: "out" },
      );
      const path = metered(counted, node, source.part && { meter: source.part, direction: "out" });
      this.transmit({ node, port: source.port }, source.tags, path);
    } else if (source.kind === "tunnel") {
      const path = metered(noPath, node, source.meter && { meter: source.meter, direction: "out" });
      this.enterTunnel(node, source, { tags: [], path });
    } else if (source.kind === "segment") {
      const path = metered(noPath, node, source.meter && { meter: source.meter, direction: "in" });
      this.flood(node, source.segment, { except: model, path });
    }
  }

  receive(at: PortPlace, tags: readonly number[], path: FramePath): void {
    const node = this.wiring.state.nodes.get(at.node);
    const use = node?.ports.get(at.port);
    if (node === undefined || use === undefined) {
      this.lose("unknownTag", at, path);
      return;
    }
    const leg = use.legs.get(tagKey(tags));
    const [outer, ...inner] = tags;
    const connect = outer === undefined ? undefined : use.connects.get(outer);
    const whole = use.connects.get(null);
    if (leg) this.arrive(node.name, leg, path);
    else if (connect) this.cross(node, connect, { tags: inner, path });
    else if (whole) this.cross(node, whole, { tags, path });
    else if (use.segment !== undefined && tags.length === 0) {
      this.flood(node.name, use.segment, { except: at.port, path });
    } else this.lose("unknownTag", at, path);
  }

  private transmit(from: PortPlace, tags: readonly number[], path: FramePath): void {
    const to = this.wiring.carrier.otherEnd(from);
    if (to === undefined || !this.wiring.carrier.isUp(from)) {
      this.lose("linkDown", from, path);
      return;
    }
    if (path.wires.length >= WIRES_MAX) {
      this.lose("loop", from, path);
      return;
    }
    const wire: WireStep = { kind: "wire", from, to, tags, encapsulated: false };
    this.receive(to, tags, { ...path, wires: [...path.wires, wire] });
  }

  private arrive(node: NodeName, leg: Leg, path: FramePath): void {
    const { source } = leg.interface;
    const meter = source.kind === "loopback" ? undefined : source.meter;
    const direction = source.kind === "segment" ? "out" : "in";
    const part = source.kind === "subinterface" ? source.part : undefined;
    const at = { node, vrf: leg.vrf, interface: leg.interface };
    const counted = metered(path, node, meter && { meter, direction });
    this.reach.arrivals.push({
      at,
      ...metered(counted, node, part && { meter: part, direction }),
    });
  }

  /** `tags` are what is left after this end took its outer tag off. */
  private cross(
    node: NodeModel,
    { connect, end }: ConnectSide,
    { tags, path }: { tags: readonly number[]; path: FramePath },
  ): void {
    const other = connect.ends[end === 0 ? 1 : 0];
    const direction = isInbound(connect.ends, end) ? "in" : "out";
    const passed = metered(path, node.name, { meter: connect.meter, direction });
    if (other.kind === "tunnel") this.enterTunnel(node.name, other, { tags, path: passed });
    else {
      const outgoing = other.outer === null ? tags : [other.outer, ...tags];
      this.transmit({ node: node.name, port: other.port }, outgoing, passed);
    }
  }

  private enterTunnel(
    node: NodeName,
    tunnel: TunnelName,
    { tags, path }: { tags: readonly number[]; path: FramePath },
  ): void {
    const underlay = underlayPath(this.wiring, node, tunnel);
    const far = underlay && this.wiring.state.nodes.get(underlay.node);
    const use = far?.tunnels.get(
      tunnelKey({ vni: tunnel.vni, local: tunnel.remote, remote: tunnel.local }),
    );
    if (underlay === undefined || far === undefined || use === undefined) {
      this.lose("tunnelUnreachable", { node }, path);
      return;
    }
    const wires = [...path.wires, ...underlay.wires];
    if (wires.length >= WIRES_MAX) {
      this.lose("loop", { node }, path);
      return;
    }
    if (use.kind === "connect") this.cross(far, use, { tags, path: { ...path, wires } });
    else if (tags.length === 0) this.arrive(far.name, use, { ...path, wires });
    else this.lose("unknownTag", { node: far.name }, { ...path, wires });
  }

  private flood(
    node: NodeName,
    name: string,
    { except, path }: { except: InterfaceModel | string; path: FramePath },
  ): void {
    const segment = this.wiring.state.nodes.get(node)?.segments.get(name);
    for (const leg of segment?.legs ?? []) {
      if (leg.interface !== except) this.arrive(node, leg, path);
    }
    for (const port of segment?.ports ?? []) {
      // A frame that would come back to a node it crossed is a circle: bridges here have no spanning tree.
      const seen = path.wires.some((wire) => wire.from.node === node && wire.from.port === port);
      if (seen) this.lose("loop", { node, port }, path);
      else if (port !== except) this.transmit({ node, port }, [], path);
    }
  }

  private lose(disposition: Disposition, at: { node: NodeName; port?: string }, path: FramePath) {
    this.reach.losses.push({ ...path, ...at, disposition });
  }
}

function metered(
  path: FramePath,
  node: NodeName,
  pass: { meter: string; direction: "in" | "out" } | "" | undefined,
): FramePath {
  return pass ? { ...path, meters: [...path.meters, { node, ...pass }] } : path;
}

/** "In" comes from the port where the other end is a tunnel, else from the first end. */
function isInbound(ends: readonly [CrossConnectEnd, CrossConnectEnd], end: 0 | 1): boolean {
  if (ends[0].kind === ends[1].kind) return end === 0;
  return ends[end].kind === "port";
}

/** The wires from a tunnel's local address to the node that owns its remote one. */
function underlayPath(
  wiring: Wiring,
  from: NodeName,
  { vni, local, remote }: TunnelName,
): { node: NodeName; wires: readonly WireStep[] } | undefined {
  const wires: WireStep[] = [];
  const destination = addressOf(remote);
  const flow = {
    source: local,
    destination: remote,
    protocol: "udp",
    sourcePort: vni,
    destinationPort: 4789,
  } as const;
  let node = from;
  if (!wiring.state.nodes.get(from)?.vrfs.get("default")?.owners.has(local)) return undefined;
  for (let hop = 0; hop < UNDERLAY_HOPS_MAX; hop += 1) {
    const vrf = wiring.state.nodes.get(node)?.vrfs.get("default");
    if (vrf === undefined) return undefined;
    if (vrf.owners.has(remote)) return { node, wires };
    const entry = lookup(localFibOf(wiring, node, vrf), destination);
    const path = entry && pathOfFlow(entry.paths, flow, node);
    const model = path && vrf.interfaces.get(path.interface);
    if (path === undefined || model === undefined) return undefined;
    const next = path.nextHop ?? remote;
    const reach = reachOf(wiring, { node, vrf, interface: model });
    const arrival = reach.arrivals.find(({ at }) =>
      at.interface.addresses.some(({ text }) => text === next),
    );
    if (arrival === undefined) return undefined;
    wires.push(...arrival.wires.map((wire) => ({ ...wire, encapsulated: true })));
    node = arrival.at.node;
  }
  return undefined;
}
