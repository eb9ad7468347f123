/**
 * A node's fragments, parsed once and indexed for the walk of a frame.
 * What belongs to one VRF fragment is derived from that object alone and kept with it, so that a
 * change to one circuit leaves the models of all others the same objects.
 */
import {
  type Address,
  addressOf,
  networkOf,
  type Prefix,
  prefixOf,
  printAddress,
} from "../base/prefix.ts";
import type {
  CrossConnectFragment,
  Family,
  Fragment,
  NodeName,
  SourceNat,
  StaticRoute,
  VrfFragment,
  VrfInterface,
} from "../fabric/intent.ts";
import { checksSources } from "../fabric/source-check.ts";
import { type BgpModel, bgpModel } from "./bgp-model.ts";
import { parseFrrText } from "./frr-text.ts";

type InterfaceAddress = {
  /** The host's own address, printed. */
  readonly text: string;
  readonly family: Family;
  readonly network: Prefix;
};

export type InterfaceModel = {
  readonly name: string;
  readonly source: VrfInterface;
  readonly addresses: readonly InterfaceAddress[];
};

export type StaticModel = {
  readonly prefix: Prefix;
  readonly via: readonly Address[];
  readonly interface?: string;
  readonly lastResort: boolean;
  readonly isUnreachable: boolean;
};

export type VrfModel = {
  readonly name: string;
  readonly interfaces: ReadonlyMap<string, InterfaceModel>;
  /** The interface that owns an address. */
  readonly owners: ReadonlyMap<string, InterfaceModel>;
  /** Whether what comes from a source that has no route is dropped. */
  readonly checksSources: boolean;
  readonly routes: readonly StaticModel[];
  readonly bgp?: BgpModel;
  readonly nat: readonly SourceNat[];
  /** Lines of router text that were not understood, as sentences. */
  readonly complaints: readonly string[];
};

export type ConnectSide = { readonly connect: CrossConnectFragment; readonly end: 0 | 1 };
export type Leg = { readonly vrf: VrfModel; readonly interface: InterfaceModel };

/** Who takes the frames that arrive at a port. */
type PortUse = {
  readonly legs: ReadonlyMap<string, Leg>;
  readonly connects: ReadonlyMap<number | null, ConnectSide>;
  readonly segment?: string;
};

type TunnelUse = ({ readonly kind: "leg" } & Leg) | ({ readonly kind: "connect" } & ConnectSide);
type SegmentUse = { readonly ports: readonly string[]; readonly legs: readonly Leg[] };

export type NodeModel = {
  readonly name: NodeName;
  /** Whether the node runs BGP; every node forwards packets. */
  readonly routing: boolean;
  readonly fragments: readonly Fragment[];
  readonly vrfs: ReadonlyMap<string, VrfModel>;
  readonly ports: ReadonlyMap<string, PortUse>;
  readonly tunnels: ReadonlyMap<string, TunnelUse>;
  readonly segments: ReadonlyMap<string, SegmentUse>;
  readonly connects: readonly CrossConnectFragment[];
  readonly disabledPorts: ReadonlySet<string>;
};

type TunnelName = { readonly vni: number; readonly local: string; readonly remote: string };

export function tunnelKey({ vni, local, remote }: TunnelName): string {
  return `${vni}|${local}|${remote}`;
}

export function tagKey(tags: readonly number[]): string {
  return tags.join(".");
}

export function nodeModel(node: {
  name: NodeName;
  routing: boolean;
  fragments: readonly Fragment[];
}): NodeModel {
  const builder = new NodeBuilder();
  for (const fragment of node.fragments) builder.add(fragment);
  const { vrfs, ports, tunnels, segments, connects, disabledPorts } = builder;
  return { ...node, vrfs, ports, tunnels, segments, connects, disabledPorts };
}

type PortUseDraft = {
  readonly legs: Map<string, Leg>;
  readonly connects: Map<number | null, ConnectSide>;
  segment?: string;
};

class NodeBuilder {
  readonly vrfs = new Map<string, VrfModel>();
  readonly ports = new Map<string, PortUseDraft>();
  readonly tunnels = new Map<string, TunnelUse>();
  readonly segments = new Map<string, { ports: string[]; legs: Leg[] }>();
  readonly connects: CrossConnectFragment[] = [];
  readonly disabledPorts = new Set<string>();

  add(fragment: Fragment): void {
    switch (fragment.kind) {
      case "vrf":
        this.addVrf(vrfModel(fragment));
        return;
      case "crossConnect":
        this.addConnect(fragment);
        return;
      case "segment":
        this.segment(fragment.name).ports.push(...fragment.ports);
        for (const port of fragment.ports) this.port(port).segment = fragment.name;
        return;
      case "port":
        if (!fragment.enabled) this.disabledPorts.add(fragment.port);
    }
  }

  private addVrf(vrf: VrfModel): void {
    this.vrfs.set(vrf.name, vrf);
    for (const model of vrf.interfaces.values()) {
      const leg = { vrf, interface: model };
      const { source } = model;
      if (source.kind === "subinterface") this.port(source.port).legs.set(tagKey(source.tags), leg);
      if (source.kind === "tunnel") this.tunnels.set(tunnelKey(source), { kind: "leg", ...leg });
      if (source.kind === "segment") this.segment(source.segment).legs.push(leg);
    }
  }

  private addConnect(connect: CrossConnectFragment): void {
    this.connects.push(connect);
    for (const index of [0, 1] as const) {
      const end = connect.ends[index];
      if (end.kind === "port") this.port(end.port).connects.set(end.outer, { connect, end: index });
      else this.tunnels.set(tunnelKey(end), { kind: "connect", connect, end: index });
    }
  }

  private port(name: string) {
    const use: PortUseDraft = this.ports.get(name) ?? { legs: new Map(), connects: new Map() };
    this.ports.set(name, use);
    return use;
  }

  private segment(name: string) {
    const use = this.segments.get(name) ?? { ports: [], legs: [] };
    this.segments.set(name, use);
    return use;
  }
}

const vrfModels = new WeakMap<VrfFragment, VrfModel>();

/** The model of a VRF fragment; the same object for the same fragment. */
export function vrfModel(fragment: VrfFragment): VrfModel {
  const known = vrfModels.get(fragment);
  if (known) return known;
  const model = buildVrf(fragment);
  vrfModels.set(fragment, model);
  return model;
}

function buildVrf(fragment: VrfFragment): VrfModel {
  const text =
    fragment.frrText === undefined ? undefined : parseFrrText(fragment.frrText, fragment.name);
  const complaints = [...(text?.complaints ?? [])];
  const interfaces = new Map<string, InterfaceModel>();
  for (const source of fragment.interfaces) {
    const addresses = [...source.addresses, ...(text?.addresses.get(source.name) ?? [])];
    interfaces.set(source.name, {
      name: source.name,
      source,
      addresses: [...new Set(addresses)].map(interfaceAddress),
    });
  }
  for (const name of text?.addresses.keys() ?? []) {
    if (!interfaces.has(name))
      complaints.push(`Interface ${name} of the router text does not exist.`);
  }
  const owners = new Map<string, InterfaceModel>();
  for (const model of interfaces.values()) {
    for (const { text: address } of model.addresses) owners.set(address, model);
  }
  const bgp = fragment.bgp ? bgpModel(fragment.bgp) : text?.bgp;
  const routes = [...fragment.routes, ...(text?.routes ?? [])].map(staticModel);
  const { name, nat = [] } = fragment;
  const checked = checksSources(fragment);
  return {
    ...{ name, interfaces, owners, routes, nat, complaints, checksSources: checked },
    ...(bgp && { bgp }),
  };
}

function interfaceAddress(text: string): InterfaceAddress {
  const prefix = prefixOf(text);
  return { text: printAddress(prefix), family: prefix.family, network: networkOf(prefix) };
}

function staticModel(route: StaticRoute): StaticModel {
  return {
    prefix: networkOf(prefixOf(route.prefix)),
    via: route.via.map(addressOf),
    lastResort: route.lastResort === true,
    isUnreachable: route.unreachable === true,
    ...(route.interface !== undefined && { interface: route.interface }),
  };
}
