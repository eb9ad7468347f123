/**
 * A whole fabric in memory: nodes that become their intents in `routing/`, links that can be pulled or
 * go silent, and a time of its own that only `advance` moves.
 *
 * What depends on timers is computed at the moments when a timer ends; between two of them nothing
 * changes, so that an hour without an event costs nothing.
 */
import { invariant } from "../base/invariant.ts";
import type { Fragment, Intent, NodeName } from "../fabric/intent.ts";
import type { Cabling, PortPlace } from "../fabric/probe.ts";
import type { FabricNode, FragmentResult, Observation } from "../fabric/report.ts";
import type { FabricState } from "../routing/carrier.ts";
import { type ConvergedFabric, convergeFabric, fibOf } from "../routing/convergence.ts";
import { portKey } from "../routing/disposition.ts";
import type { Forwarding } from "../routing/forwarding.ts";
import { type NodeModel, nodeModel } from "../routing/node-model.ts";
import { createCounters, type SimulatedCounters } from "./simulated-counters.ts";
import { judgeFragments } from "./simulated-fragments.ts";
import {
  observeNeighbors,
  observePorts,
  observeRooms,
  observeRoutes,
  observeSessions,
} from "./simulated-observation.ts";

/** A stretch of time in which the fabric stayed as it was. */
export type Epoch = {
  readonly fromMs: number;
  readonly toMs: number;
  readonly fabric: ConvergedFabric;
};

export interface SimulatedFabric {
  readonly cabling: Cabling;
  /** One object for each name; throws for a node that is not in the cabling. */
  node(name: NodeName): FabricNode;
  /** Takes a node out: its intent is forgotten and its links lose carrier, until it converges again. */
  remove(name: NodeName): void;
  setPort(at: PortPlace, up: boolean): void;
  setSilence(at: PortPlace, silent: boolean): void;
  /** Virtual milliseconds since the fabric was made. */
  nowMs(): number;
  advance(ms: number): void;
  /** Advances until no timer is pending. */
  settle(): void;
  converged(): ConvergedFabric;
  /** Places whose routes have no stable solution, as `node/vrf`. */
  unstable(): readonly string[];
  /** Tells of every stretch of time that passes, until the function returned is called. */
  watch(listener: (epoch: Epoch) => void): () => void;
  /** Puts simulated packets on the meters they passed. */
  count(forwarding: Forwarding, packets: { count: number; bytes: number }): void;
}

export function createSimulatedFabric(cabling: Cabling): SimulatedFabric {
  return new FabricInMemory(cabling);
}

class FabricInMemory implements SimulatedFabric {
  readonly cabling: Cabling;
  private readonly counters = createCounters();
  private readonly handles = new Map<NodeName, SimulatedNode>();
  private readonly listeners = new Set<(epoch: Epoch) => void>();
  private state: FabricState;
  private current: ConvergedFabric | undefined;
  private isStale = true;
  private now = 0;

  constructor(cabling: Cabling) {
    this.cabling = cabling;
    const nodes = new Map<NodeName, NodeModel>();
    for (const node of cabling.nodes) nodes.set(node.name, nodeModel({ ...node, fragments: [] }));
    this.state = { cabling, nodes, unplugged: new Set(), silent: new Set() };
  }

  node(name: NodeName): FabricNode {
    const known = this.handles.get(name);
    if (known) return known;
    const cabled = this.cabling.nodes.find((node) => node.name === name);
    if (cabled === undefined) throw new Error(`Node ${name} is not in the cabling of this fabric.`);
    const handle = new SimulatedNode({
      name,
      cabling: this.cabling,
      counters: this.counters,
      converged: () => this.converged(),
      become: (fragments) => this.setNode(nodeModel({ ...cabled, fragments })),
    });
    this.handles.set(name, handle);
    return handle;
  }

  remove(name: NodeName): void {
    const nodes = new Map(this.state.nodes);
    nodes.delete(name);
    this.handles.delete(name);
    this.counters.keepMeters(name, new Set());
    this.happen({ nodes });
  }

  setPort(at: PortPlace, up: boolean): void {
    this.happen({ unplugged: toggled(this.state.unplugged, portKey(at), !up) });
  }

  setSilence(at: PortPlace, silent: boolean): void {
    this.happen({ silent: toggled(this.state.silent, portKey(at), silent) });
  }

  nowMs(): number {
    return this.now;
  }

  advance(ms: number): void {
    const target = this.now + ms;
    // Every stop before the target takes at least one session down.
    const stopsMax = this.converged().ends.size + 1;
    for (let stop = 0; this.now < target; stop += 1) {
      invariant(stop <= stopsMax, "each pending timer ends once");
      const fabric = this.converged();
      const toMs = Math.min(target, Math.max(this.now, fabric.nextChangeMs));
      for (const listener of this.listeners) listener({ fromMs: this.now, toMs, fabric });
      this.now = toMs;
      this.isStale = true;
    }
  }

  settle(): void {
    const stopsMax = this.converged().ends.size + 1;
    for (let stop = 0; stop <= stopsMax; stop += 1) {
      const { nextChangeMs } = this.converged();
      if (!Number.isFinite(nextChangeMs)) return;
      this.advance(Math.max(0, nextChangeMs - this.now));
    }
  }

  converged(): ConvergedFabric {
    if (this.current === undefined || this.isStale) {
      const previous = this.current && { previous: this.current };
      this.current = convergeFabric(this.state, { nowMs: this.now, ...previous });
      this.isStale = false;
    }
    return this.current;
  }

  unstable(): readonly string[] {
    return this.converged().unstable;
  }

  watch(listener: (epoch: Epoch) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  count(forwarding: Forwarding, packets: { count: number; bytes: number }): void {
    this.counters.count(forwarding, packets);
  }

  private setNode(model: NodeModel): void {
    this.change({ nodes: new Map(this.state.nodes).set(model.name, model) });
  }

  /** Not on demand as intents are: what stood before an event, and the event itself, must be seen. */
  private happen(part: Partial<FabricState>): void {
    this.converged();
    this.change(part);
    this.converged();
  }

  private change(part: Partial<FabricState>): void {
    this.state = { ...this.state, ...part };
    this.isStale = true;
  }
}

function toggled(set: ReadonlySet<string>, key: string, present: boolean): ReadonlySet<string> {
  const next = new Set(set);
  if (present) next.add(key);
  else next.delete(key);
  return next;
}

type NodeDependencies = {
  readonly name: NodeName;
  readonly cabling: Cabling;
  readonly counters: SimulatedCounters;
  readonly converged: () => ConvergedFabric;
  readonly become: (fragments: readonly Fragment[]) => void;
};

class SimulatedNode implements FabricNode {
  readonly name: NodeName;
  private readonly fabric: NodeDependencies;
  generation = 0;
  private held = new Map<string, { fragment: Fragment; text: string }>();

  constructor(dependencies: NodeDependencies) {
    this.name = dependencies.name;
    this.fabric = dependencies;
  }

  async converge(intent: Intent, signal: AbortSignal): Promise<readonly FragmentResult[]> {
    signal.throwIfAborted();
    if (intent.node !== this.name) {
      throw new Error(`Node ${this.name} refuses an intent that is for ${intent.node}.`);
    }
    if (intent.generation < this.generation) {
      throw new Error(
        `Node ${this.name} refuses generation ${intent.generation}: it holds ${this.generation}.`,
      );
    }
    this.generation = intent.generation;
    // An unchanged fragment stays the same object, which is how its derived state is found again.
    const fragments = intent.fragments.map((fragment) => {
      const text = JSON.stringify(fragment);
      const before = this.held.get(fragment.key);
      return before?.text === text ? before : { fragment, text };
    });
    this.held = new Map(fragments.map((entry) => [entry.fragment.key, entry]));
    const current = fragments.map(({ fragment }) => fragment);
    this.fabric.become(current);
    this.fabric.counters.keepMeters(this.name, metersOf(current));
    return judgeFragments(this.name, current, this.fabric.cabling);
  }

  async observe(signal: AbortSignal): Promise<Observation> {
    signal.throwIfAborted();
    const converged = this.fabric.converged();
    const node = converged.wiring.state.nodes.get(this.name);
    if (node === undefined) throw new Error(`Node ${this.name} is not there.`);
    const { counters } = this.fabric;
    return {
      sessions: observeSessions(converged, this.name),
      neighbors: observeNeighbors(converged, node),
      meters: counters.read(this.name, metersOf(node.fragments)),
      ports: observePorts(converged, node, counters.unknownTags(this.name)),
      rooms: observeRooms(converged, this.name),
    };
  }

  async routes(vrf: string, signal: AbortSignal) {
    signal.throwIfAborted();
    const fib = fibOf(this.fabric.converged(), { node: this.name, vrf });
    return fib ? observeRoutes(fib) : [];
  }
}

function metersOf(fragments: readonly Fragment[]): ReadonlySet<string> {
  const meters = new Set<string>();
  for (const fragment of fragments) {
    if (fragment.kind === "crossConnect") meters.add(fragment.meter);
    if (fragment.kind !== "vrf") continue;
    for (const one of fragment.interfaces) {
      if (one.kind !== "loopback" && one.meter !== undefined) meters.add(one.meter);
      if (one.kind === "subinterface" && one.part !== undefined) meters.add(one.part);
    }
  }
  return meters;
}
