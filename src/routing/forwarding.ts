/**
 * One packet's way through the fabric, instance by instance and wire by wire, to its disposition.
 *
 * RFC 1812 §5.2 (forwarding, time to live) and §5.3.7 (martian addresses).
 */
import { addressOf } from "../base/prefix.ts";
import type { Place, PortPlace } from "../fabric/probe.ts";
import { type ConvergedFabric, fibOf } from "./convergence.ts";
import { type Disposition, type MeterPass, placeKey, type TraceStep } from "./disposition.ts";
import { type FibPath, type Flow, lastResort, lookup, pathOfFlow } from "./fib.ts";
import type { InterfaceModel, VrfModel } from "./node-model.ts";
import { answered, type Translation, translatedBefore, translationOf } from "./source-nat.ts";
import {
  type FramePath,
  isInterfaceUp,
  type LegPlace,
  reachFromPort,
  reachOf,
  silentPortOn,
} from "./wiring.ts";

const TIME_TO_LIVE = 64;

export type PacketRequest = {
  readonly from: Place;
  readonly destination: string;
  /** Absent: the address of the interface that the packet leaves by. */
  readonly source?: string;
  readonly protocol: Flow["protocol"];
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** Of the whole packet, which nobody may cut in pieces; absent: one that passes everywhere. */
  readonly bytes?: number;
  /** What routers remember of the packet that this one answers. */
  readonly translations?: readonly Translation[];
  /** What routers remember of earlier packets of the same flow: its addresses stay, whichever way it takes. */
  readonly remembered?: readonly Translation[];
};

export type Forwarding = {
  readonly disposition: Disposition;
  /** Where it ended. */
  readonly at: { readonly node: string; readonly vrf?: string; readonly port?: string };
  /** Absent where not even a source address could be chosen. */
  readonly flow?: Flow;
  readonly trace: readonly TraceStep[];
  readonly meters: readonly MeterPass[];
  readonly translations: readonly Translation[];
  /** Of the interface that the packet was too large for. */
  readonly mtu?: number;
};

export function forwardPacket(fabric: ConvergedFabric, request: PacketRequest): Forwarding {
  const { from, destination, protocol, sourcePort, destinationPort } = request;
  const journey = new Journey(fabric, request);
  const vrf = fabric.wiring.state.nodes.get(from.node)?.vrfs.get(from.vrf);
  const source = request.source ?? (vrf && sourceAddress(fabric, from, { vrf, destination }));
  journey.trace.push({ kind: "vrf", ...from });
  if (vrf === undefined || source === undefined) return journey.end("noRoute", from);
  journey.flow = { source, destination, protocol, sourcePort, destinationPort };
  return journey.run({ node: from.node, vrf }, journey.flow);
}

/** A packet that comes in at a port with tags, as if whoever is cabled there had made it. */
export function injectPacket(
  fabric: ConvergedFabric,
  { at, tags }: { at: PortPlace; tags: readonly number[] },
  flow: Flow,
): readonly Forwarding[] {
  const reach = reachFromPort(fabric.wiring, at, tags);
  const ended = reach.losses.map((loss) => {
    const journey = new Journey(fabric);
    journey.cross(loss);
    return journey.end(loss.disposition, place(loss));
  });
  const delivered = reach.arrivals.map((arrival) => {
    const journey = new Journey(fabric);
    journey.flow = flow;
    const silent = silentPortOn(fabric.wiring, arrival);
    journey.cross(arrival);
    if (silent) return journey.end("droppedSilently", silent);
    journey.enter(arrival.at);
    return journey.run(arrival.at, flow);
  });
  return [...ended, ...delivered];
}

class Journey {
  readonly trace: TraceStep[] = [];
  readonly meters: MeterPass[] = [];
  flow: Flow | undefined;
  private readonly fabric: ConvergedFabric;
  private readonly answers: readonly Translation[];
  private readonly bytes: number;
  private readonly remembered: readonly Translation[];
  private readonly translations: Translation[] = [];

  constructor(
    fabric: ConvergedFabric,
    request: Pick<PacketRequest, "translations" | "remembered" | "bytes"> = {},
  ) {
    this.fabric = fabric;
    this.answers = request.translations ?? [];
    this.bytes = request.bytes ?? 0;
    this.remembered = request.remembered ?? [];
  }

  run(start: Omit<LegPlace, "interface"> & Partial<LegPlace>, sent: Flow): Forwarding {
    let here = start;
    let flow = sent;
    for (let left = TIME_TO_LIVE; left > 0; left -= 1) {
      const { node, vrf } = here;
      flow = answered(flow, here, this.answers);
      const at = { node, vrf: vrf.name };
      const refusal = this.refusedSource(here, flow);
      if (refusal !== undefined) return this.end(refusal, at);
      if (vrf.owners.has(flow.destination)) return this.end("delivered", at);
      const path = pathOfFlow(this.paths(here, flow), flow, placeKey(at));
      const model = path && vrf.interfaces.get(path.interface);
      if (path === undefined || model === undefined) return this.end("noRoute", at);
      const changed =
        translatedBefore(flow, { node, vrf }, this.remembered) ??
        translationOf(vrf, { node, interface: model.name }, flow);
      if (changed !== undefined) {
        this.translations.push(changed);
        flow = { ...flow, source: changed.outside };
      }
      this.flow = flow;
      const next = this.step({ node, vrf, interface: model }, path, flow);
      if ("disposition" in next) return next;
      here = next;
    }
    return this.end("loop", { node: here.node, vrf: here.vrf.name });
  }

  /** What comes from outside is not from here, and has a way back. Of IPv6 the kernel alone would let all pass. */
  private refusedSource(
    { node, vrf, interface: cameBy }: Omit<LegPlace, "interface"> & Partial<LegPlace>,
    { source }: Flow,
  ): Disposition | undefined {
    if (cameBy === undefined) return undefined;
    const isLookedAt = vrf.checksSources || !source.includes(":");
    if (isLookedAt && vrf.owners.has(source)) return "martianSource";
    const fib = vrf.checksSources ? fibOf(this.fabric, { node, vrf: vrf.name }) : undefined;
    const hasNoWayBack = fib !== undefined && lookup(fib, addressOf(source)) === undefined;
    return hasNoWayBack ? "unroutableSource" : undefined;
  }

  private paths(
    here: Omit<LegPlace, "interface"> & Partial<LegPlace>,
    flow: Flow,
  ): readonly FibPath[] {
    const fib = fibOf(this.fabric, { node: here.node, vrf: here.vrf.name });
    const destination = addressOf(flow.destination);
    if (fib === undefined) return [];
    const cameBy = here.interface?.name;
    return lookup(fib, destination)?.paths ?? lastResort(fib, here.vrf, { destination, cameBy });
  }

  end(disposition: Disposition, at: Forwarding["at"]): Forwarding {
    const { trace, meters, flow, translations } = this;
    return { disposition, at, trace, meters, translations, ...(flow && { flow }) };
  }

  cross(path: FramePath): void {
    const silent = silentPortOn(this.fabric.wiring, path);
    const stop = silent
      ? path.wires.findIndex(({ to }) => to.node === silent.node && to.port === silent.port)
      : path.wires.length;
    this.trace.push(...path.wires.slice(0, stop + 1));
    // Beyond a silent port no meter counts; which meters lie before it follows from the nodes crossed.
    const crossed = new Set(path.wires.slice(0, stop).map(({ to }) => to.node));
    const first = path.wires[0]?.from.node;
    this.meters.push(
      ...path.meters.filter(({ node }) => !silent || crossed.has(node) || node === first),
    );
  }

  enter({ node, vrf, interface: model }: LegPlace): void {
    this.trace.push({ kind: "vrf", node, vrf: vrf.name, interface: model.name });
  }

  /** Over one wire to the next instance, or to the packet's end. */
  private step(from: LegPlace, path: FibPath, flow: Flow): LegPlace | Forwarding {
    const { wiring } = this.fabric;
    const here = { node: from.node, vrf: from.vrf.name };
    if (!isInterfaceUp(wiring, from.node, from.interface)) return this.end("linkDown", here);
    const { mtu } = from.interface.source;
    if (this.bytes > mtu) return { ...this.end("tooLarge", here), mtu };
    const next = path.nextHop ?? flow.destination;
    const reach = reachOf(wiring, from);
    const arrival = reach.arrivals.find(({ at }) => ownsAddress(at.interface, next));
    if (arrival === undefined) {
      const loss = reach.losses[0];
      if (loss === undefined) return this.end("unresolvedNeighbor", here);
      this.cross(loss);
      const silent = silentPortOn(wiring, loss);
      return silent ? this.end("droppedSilently", silent) : this.end(loss.disposition, place(loss));
    }
    const silent = silentPortOn(wiring, arrival);
    this.cross(arrival);
    if (silent) return this.end("droppedSilently", silent);
    this.enter(arrival.at);
    return arrival.at;
  }
}

function ownsAddress({ addresses }: InterfaceModel, address: string): boolean {
  return addresses.some(({ text }) => text === address);
}

function place({ node, port }: { node: string; port?: string }): Forwarding["at"] {
  return port === undefined ? { node } : { node, port };
}

/** The egress interface's first address of the family, else the first of any interface. */
function sourceAddress(
  fabric: ConvergedFabric,
  from: Place,
  { vrf, destination }: { vrf: VrfModel; destination: string },
): string | undefined {
  if (vrf.owners.has(destination)) return destination;
  const target = addressOf(destination);
  const fib = fibOf(fabric, from);
  const path = fib && lookup(fib, target)?.paths[0];
  const model = path && vrf.interfaces.get(path.interface);
  if (model === undefined) return undefined;
  const own = [model, ...vrf.interfaces.values()].flatMap(({ addresses }) => addresses);
  return own.find(({ family }) => family === target.family)?.text;
}
