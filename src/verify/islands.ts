/**
 * The parts of a fabric that have nothing to say to each other. Routing instances that hear one another are of one
 * island; the nodes' own tables, which carry everybody's tunnels, belong to all and join none. What fails is felt in
 * the islands whose frames cross it, and each can be computed without the others.
 */
import type { Fragment, NodeName } from "../fabric/intent.ts";
import type { PortPlace } from "../fabric/probe.ts";
import type { FabricState } from "../routing/carrier.ts";
import { placeKey } from "../routing/disposition.ts";
import { type NodeModel, nodeModel, type VrfModel } from "../routing/node-model.ts";
import { reachOf, type Wiring, wiringOf } from "../routing/wiring.ts";

export type Island = {
  /** `node/vrf` of each routing instance. */
  readonly places: ReadonlySet<string>;
  readonly nodes: ReadonlySet<NodeName>;
  /** Cables that its frames cross, by one of their ends. */
  readonly cables: readonly (readonly [PortPlace, PortPlace])[];
  readonly state: FabricState;
};

const NODE_TABLES = "default";

type Draft = {
  readonly places: Set<string>;
  readonly nodes: Set<NodeName>;
  readonly cables: Map<string, readonly [PortPlace, PortPlace]>;
  /** Names of the meters that its frames pass: so a switch's lines are found. */
  readonly meters: Set<string>;
};

export function islandsOf(state: FabricState): Island[] {
  const wiring = wiringOf(state);
  const drafts = new Map<string, Draft>();
  for (const { name: node, vrfs } of state.nodes.values()) {
    for (const vrf of vrfs.values()) {
      if (vrf.name !== NODE_TABLES) explore(wiring, { node, vrf }, drafts);
    }
  }
  const fragmentsOf = fragmentIndex(state);
  return [...new Set(drafts.values())].map((draft) => island(state, draft, fragmentsOf));
}

function explore(
  wiring: Wiring,
  { node, vrf }: { node: NodeName; vrf: VrfModel },
  drafts: Map<string, Draft>,
): void {
  const key = placeKey({ node, vrf: vrf.name });
  let mine = drafts.get(key) ?? emptyDraft();
  mine.places.add(key);
  mine.nodes.add(node);
  drafts.set(key, mine);
  for (const model of vrf.interfaces.values()) {
    const { arrivals, losses } = reachOf(wiring, { node, vrf, interface: model });
    for (const path of [...arrivals, ...losses]) {
      for (const { from, to } of path.wires) {
        mine.nodes.add(from.node).add(to.node);
        const ends = [from, to].sort((one, other) => (nameOf(one) < nameOf(other) ? -1 : 1));
        mine.cables.set(ends.map(nameOf).join(" "), ends as [PortPlace, PortPlace]);
      }
      for (const { meter } of path.meters) mine.meters.add(meter);
    }
    for (const { at } of arrivals) {
      if (at.vrf.name === NODE_TABLES) continue;
      mine = merged(mine, drafts, placeKey({ node: at.node, vrf: at.vrf.name }));
    }
  }
}

function merged(mine: Draft, drafts: Map<string, Draft>, other: string): Draft {
  const there = drafts.get(other);
  if (there === mine) return mine;
  if (there === undefined) {
    mine.places.add(other);
    drafts.set(other, mine);
    return mine;
  }
  for (const place of there.places) {
    mine.places.add(place);
    drafts.set(place, mine);
  }
  for (const node of there.nodes) mine.nodes.add(node);
  for (const meter of there.meters) mine.meters.add(meter);
  for (const [name, ends] of there.cables) mine.cables.set(name, ends);
  return mine;
}

function emptyDraft(): Draft {
  return { places: new Set(), nodes: new Set(), cables: new Map(), meters: new Set() };
}

/** Of each node what is everybody's, what belongs to a place, and the lines by their meter. */
type FragmentIndex = ReadonlyMap<
  NodeName,
  {
    readonly always: readonly Fragment[];
    readonly vrfs: ReadonlyMap<string, Fragment>;
    readonly lines: ReadonlyMap<string, readonly Fragment[]>;
  }
>;

function fragmentIndex({ nodes }: FabricState): FragmentIndex {
  return new Map(
    [...nodes.values()].map(({ name, fragments }) => {
      const vrfs = new Map<string, Fragment>();
      const lines = new Map<string, Fragment[]>();
      const always: Fragment[] = [];
      for (const fragment of fragments) {
        if (fragment.kind === "vrf" && fragment.name !== NODE_TABLES) {
          vrfs.set(placeKey({ node: name, vrf: fragment.name }), fragment);
        } else if (fragment.kind === "crossConnect") {
          lines.set(fragment.meter, [...(lines.get(fragment.meter) ?? []), fragment]);
        } else always.push(fragment);
      }
      return [name, { always, vrfs, lines }];
    }),
  );
}

function island(whole: FabricState, draft: Draft, index: FragmentIndex): Island {
  const nodes = new Map<NodeName, NodeModel>();
  for (const name of draft.nodes) {
    const parts = index.get(name);
    const routing = whole.nodes.get(name)?.routing ?? false;
    const vrfs = [...draft.places].flatMap((place) => parts?.vrfs.get(place) ?? []);
    const lines = [...draft.meters].flatMap((meter) => parts?.lines.get(meter) ?? []);
    nodes.set(
      name,
      nodeModel({ name, routing, fragments: [...(parts?.always ?? []), ...vrfs, ...lines] }),
    );
  }
  const cables = [...draft.cables.values()];
  const cabling = {
    nodes: [...nodes.values()].map(({ name, routing }) => ({ name, routing })),
    links: cables,
  };
  const { unplugged, silent } = whole;
  return {
    ...{ places: draft.places, nodes: draft.nodes, cables },
    state: { cabling, nodes, unplugged, silent },
  };
}

function nameOf({ node, port }: PortPlace): string {
  return `${node}:${port}`;
}
