/**
 * What each single failure would do: one cable pulled, one node gone, for every cable and node that carries anything.
 * Timers are over when it is judged: what a loss of a second does, packets tell (docs/benchmarks.md, blackout).
 */
import type { NodeName } from "../fabric/intent.ts";
import type { Place, PortPlace } from "../fabric/probe.ts";
import type { FabricState } from "../routing/carrier.ts";
import { type ConvergedFabric, convergeFabric } from "../routing/convergence.ts";
import { placeKey, portKey } from "../routing/disposition.ts";
import { forwardPacket } from "../routing/forwarding.ts";
import { type Island, islandsOf } from "./islands.ts";

/** That a circuit carries: packets from a place to an address, and the answers back. */
export type Demand = {
  readonly circuit: string;
  readonly from: Place;
  readonly source: string;
  readonly address: string;
};

export type Failure =
  | { readonly kind: "cable"; readonly ends: readonly [PortPlace, PortPlace] }
  | { readonly kind: "node"; readonly node: NodeName };

export type FailureVerdict = {
  readonly failure: Failure;
  /** Circuits whose frames cross what failed. */
  readonly felt: readonly string[];
  /** Those of them that carry nothing any more; not those whose own end is what failed. */
  readonly lost: readonly string[];
};

export type FailureReport = {
  readonly verdicts: readonly FailureVerdict[];
  /** Circuits that carry nothing as it is. */
  readonly broken: readonly string[];
};

/** Enough that each of two equal ways is taken. */
const FLOWS = 8;
/** Sessions end one after the other; more rounds than a fabric has timers in a row. */
const ROUNDS_MAX = 16;

export function judgeSingleFailures(state: FabricState, demands: readonly Demand[]): FailureReport {
  const verdicts = new Map<string, { failure: Failure; felt: string[]; lost: string[] }>();
  const broken: string[] = [];
  const byPlace = Map.groupBy(demands, ({ from }) => placeKey(from));
  for (const island of islandsOf(state)) {
    const own = [...island.places].flatMap((place) => byPlace.get(place) ?? []);
    if (own.length === 0) continue;
    const whole = settled(island.state);
    const carried = own.filter((demand) => isCarried(whole, demand));
    broken.push(...own.filter((one) => !carried.includes(one)).map(({ circuit }) => circuit));
    for (const failure of failuresOf(island)) {
      const verdict = verdicts.get(nameOf(failure)) ?? { failure, felt: [], lost: [] };
      verdicts.set(nameOf(failure), verdict);
      const others = carried.filter(({ from }) => !isOwnEnd(failure, from));
      const after = settled(failed(island.state, failure), whole);
      verdict.felt.push(...carried.map(({ circuit }) => circuit));
      for (const demand of others) if (!isCarried(after, demand)) verdict.lost.push(demand.circuit);
    }
  }
  return { verdicts: [...verdicts.values()], broken };
}

function failuresOf({ cables, nodes }: Island): Failure[] {
  return [
    ...cables.map((ends) => ({ kind: "cable" as const, ends })),
    ...[...nodes].map((node) => ({ kind: "node" as const, node })),
  ];
}

function nameOf(failure: Failure): string {
  return failure.kind === "node" ? `node ${failure.node}` : failure.ends.map(portKey).join(" ");
}

function isOwnEnd(failure: Failure, { node }: Place): boolean {
  return failure.kind === "node" && failure.node === node;
}

function failed(state: FabricState, failure: Failure): FabricState {
  if (failure.kind === "cable") {
    return { ...state, unplugged: new Set([...state.unplugged, ...failure.ends.map(portKey)]) };
  }
  const nodes = new Map(state.nodes);
  nodes.delete(failure.node);
  return { ...state, nodes };
}

/** When nothing happens any more by itself. */
function settled(state: FabricState, before?: ConvergedFabric): ConvergedFabric {
  let fabric = convergeFabric(state, {
    nowMs: before?.nowMs ?? 0,
    ...(before && { previous: before }),
  });
  for (let round = 0; round < ROUNDS_MAX && Number.isFinite(fabric.nextChangeMs); round += 1) {
    fabric = convergeFabric(state, { nowMs: fabric.nextChangeMs, previous: fabric });
  }
  return fabric;
}

function isCarried(fabric: ConvergedFabric, { from, source, address }: Demand): boolean {
  for (let flow = 0; flow < FLOWS; flow += 1) {
    const packet = { protocol: "udp" as const, sourcePort: 40_000 + flow, destinationPort: 7 };
    const there = forwardPacket(fabric, { from, source, destination: address, ...packet });
    const { disposition, at, flow: sent } = there;
    if (disposition !== "delivered" || at.vrf === undefined || sent === undefined) return false;
    const back = forwardPacket(fabric, {
      from: { node: at.node, vrf: at.vrf },
      source: sent.destination,
      destination: sent.source,
      protocol: sent.protocol,
      sourcePort: sent.destinationPort,
      destinationPort: sent.sourcePort,
    });
    if (back.disposition !== "delivered" || back.at.node !== from.node) return false;
  }
  return true;
}
