/**
 * Brings the speakers of one connected group to a stable set of routes.
 *
 * Speakers are activated one after another from a queue in a fixed order: each selects from what it
 * holds, and passes on what changed. The number of activations is bounded by a constant for each
 * speaker; a group that is still busy then has *no stable solution*, and is said to have none.
 *
 * RFC 4271 §9 (decision process, loop detection, next hop), RFC 4760 and RFC 8950 (both families over
 * one session), RFC 4486 (Cease for too many prefixes), RFC 4456 §2 (iBGP routes are not passed on to iBGP).
 */
import { addressOf, type Prefix, prefixContains, printPrefix } from "../base/prefix.ts";
import type { Family, VrfInterface } from "../fabric/intent.ts";
import {
  type BgpRoute,
  DEFAULT_LOCAL_PREFERENCE,
  LOCAL_WEIGHT,
  type Selection,
  selectPaths,
} from "./best-path.ts";
import type { BgpModel, NeighborModel } from "./bgp-model.ts";
import type { InterfaceModel } from "./node-model.ts";
import { applyPolicy } from "./policy.ts";
import { type Admission, admit, beyondRoom } from "./prefix-limit.ts";
import { arriving, leaving } from "./session-attributes.ts";

/** One direction-less half of an established session. */
export type LiveEnd = {
  readonly key: string;
  readonly speaker: string;
  readonly neighbor: NeighborModel;
  readonly interface: InterfaceModel;
  /** The end that hears this one; absent when nothing from here arrives there. */
  readonly peer?: string;
  /** Held from before and not renewed: nothing comes from the neighbour. */
  readonly frozen?: readonly BgpRoute[];
  /** The room of its neighbor on the node: what all ends in it take in is limited together. */
  readonly room?: { readonly key: string; readonly prefixes: number };
  /** Keys of what was taken in before: where a limit is passed, it is older than what is not. */
  readonly heldBefore?: () => ReadonlySet<string>;
};

export type Speaker = {
  readonly key: string;
  readonly bgp: BgpModel;
  /** Whether a next hop can be reached over what is connected or static. */
  readonly resolves: (nextHop: string) => boolean;
  readonly ends: readonly LiveEnd[];
};

export type GroupRoutes = {
  readonly selections: ReadonlyMap<string, ReadonlyMap<string, Selection>>;
  /** Accepted routes of each end, by key. */
  readonly received: ReadonlyMap<string, readonly BgpRoute[]>;
  /** What came to an end and was discarded, for it was beyond the limit. */
  readonly discarded: ReadonlyMap<string, readonly BgpRoute[]>;
  /** Ends that were torn down because too many prefixes came, and their other ends. */
  readonly overLimit: ReadonlySet<string>;
  readonly closedByPeer: ReadonlySet<string>;
  /** Speakers that would go on changing; empty when the group is stable. */
  readonly unstable: readonly string[];
};

const ACTIVATIONS_PER_SPEAKER_MAX = 64;

type Announcement = { readonly routes: readonly BgpRoute[]; readonly signature: string };

export function convergeGroup(speakers: readonly Speaker[]): GroupRoutes {
  return new Group(speakers).run();
}

class Group {
  private readonly speakers = new Map<string, Speaker>();
  private readonly ends = new Map<string, LiveEnd>();
  private readonly rooms = new Map<string, LiveEnd[]>();
  /** What each end's own limit leaves; a room may have no place for all of it. */
  private readonly admissions = new Map<string, Admission>();
  private readonly received = new Map<string, readonly BgpRoute[]>();
  private readonly discarded = new Map<string, readonly BgpRoute[]>();
  private readonly announced = new Map<string, string>();
  private readonly selections = new Map<string, ReadonlyMap<string, Selection>>();
  private readonly overLimit = new Set<string>();
  private readonly closedByPeer = new Set<string>();
  private readonly queue = new Set<string>();

  constructor(speakers: readonly Speaker[]) {
    for (const speaker of speakers) {
      this.speakers.set(speaker.key, speaker);
      this.queue.add(speaker.key);
      for (const end of speaker.ends) {
        this.ends.set(end.key, end);
        if (end.room) this.rooms.set(end.room.key, [...(this.rooms.get(end.room.key) ?? []), end]);
        if (end.frozen) {
          this.received.set(end.key, end.frozen);
          this.admissions.set(end.key, { admitted: end.frozen, discarded: [] });
        }
      }
    }
  }

  run(): GroupRoutes {
    const activationsMax = this.speakers.size * ACTIVATIONS_PER_SPEAKER_MAX;
    for (let activation = 0; activation < activationsMax && this.queue.size > 0; activation += 1) {
      const [key = ""] = this.queue;
      this.queue.delete(key);
      const speaker = this.speakers.get(key);
      if (speaker) this.activate(speaker);
    }
    const { selections, received, discarded, overLimit, closedByPeer } = this;
    const unstable = [...this.queue].sort();
    return { selections, received, discarded, overLimit, closedByPeer, unstable };
  }

  private activate(speaker: Speaker): void {
    const selections = this.select(speaker);
    this.selections.set(speaker.key, selections);
    for (const end of speaker.ends) {
      if (end.peer === undefined || this.isClosed(end.key)) continue;
      const { routes, signature } = announcement(speaker, end, selections);
      if (this.announced.get(end.key) === signature) continue;
      this.announced.set(end.key, signature);
      this.deliver(end.peer, routes);
    }
  }

  private select(speaker: Speaker): ReadonlyMap<string, Selection> {
    const candidates = new Map<string, BgpRoute[]>();
    const offer = (route: BgpRoute) => {
      const others = candidates.get(route.key);
      if (others) others.push(route);
      else candidates.set(route.key, [route]);
    };
    for (const prefix of speaker.bgp.networks) offer(localRoute(speaker, prefix));
    for (const end of speaker.ends) {
      for (const route of this.received.get(end.key) ?? []) {
        if (speaker.resolves(route.nextHop)) offer(route);
      }
    }
    const { maximumPaths, multipathRelax } = speaker.bgp;
    const selections = new Map<string, Selection>();
    for (const [key, routes] of candidates) {
      const family = routes[0]?.prefix.family ?? "ipv4";
      const limits = { maximumPaths: maximumPaths[family], multipathRelax };
      const selection = selectPaths(routes, limits);
      if (selection) selections.set(key, selection);
    }
    return selections;
  }

  private deliver(key: string, routes: readonly BgpRoute[]): void {
    const end = this.ends.get(key);
    const speaker = end && this.speakers.get(end.speaker);
    if (end === undefined || speaker === undefined || this.isClosed(key)) return;
    const held = routes
      .filter(({ path }) => !path.includes(speaker.bgp.asn))
      .flatMap((route) => accepted(speaker, end, route));
    const admission = admit(end.neighbor, held, end.heldBefore ?? (() => new Set()));
    if (admission === undefined) {
      this.close(end);
      return;
    }
    this.admissions.set(key, admission);
    const beyond = this.beyondRoomOf(end);
    this.take(end, beyond);
    this.queue.add(speaker.key);
    // What came here may leave no place for what came to others, or give one back.
    for (const other of this.rooms.get(end.room?.key ?? "") ?? [])
      if (this.take(other, beyond)) this.queue.add(other.speaker);
  }

  private beyondRoomOf({ room }: LiveEnd): ReadonlySet<string> {
    if (room === undefined) return new Set();
    const ends = this.rooms.get(room.key) ?? [];
    const offered = ends.flatMap(({ key }) => this.admissions.get(key)?.admitted ?? []);
    const heldBefore = () => new Set(ends.flatMap((end) => [...(end.heldBefore?.() ?? [])]));
    return beyondRoom(room.prefixes, offered, heldBefore);
  }

  /** Whether that changed what the end has taken in. */
  private take({ key }: LiveEnd, beyond: ReadonlySet<string>): boolean {
    const admission = this.admissions.get(key);
    if (admission === undefined || this.isClosed(key)) return false;
    const isBeyond = (route: BgpRoute) => beyond.has(route.key);
    const taken = admission.admitted.filter((route) => !isBeyond(route));
    const discarded = [...admission.discarded, ...admission.admitted.filter(isBeyond)];
    const before = this.received.get(key) ?? [];
    this.received.set(key, taken);
    if (discarded.length > 0) this.discarded.set(key, discarded);
    else this.discarded.delete(key);
    return taken.length !== before.length || taken.some((route, index) => route !== before[index]);
  }

  private close(end: LiveEnd): void {
    this.overLimit.add(end.key);
    this.received.delete(end.key);
    this.admissions.delete(end.key);
    this.queue.add(end.speaker);
    const peer = end.peer === undefined ? undefined : this.ends.get(end.peer);
    if (peer === undefined) return;
    this.closedByPeer.add(peer.key);
    this.received.delete(peer.key);
    this.queue.add(peer.speaker);
  }

  private isClosed(key: string): boolean {
    return this.overLimit.has(key) || this.closedByPeer.has(key);
  }
}

function accepted(speaker: Speaker, { neighbor }: LiveEnd, route: BgpRoute): readonly BgpRoute[] {
  const { family } = route.prefix;
  if (!neighbor.families.includes(family)) return [];
  const external = neighbor.remoteAsn !== speaker.bgp.asn;
  const marked = arriving(route, neighbor);
  if (marked === undefined) return [];
  const held = applyPolicy<BgpRoute>(neighbor.importPolicy[family], {
    ...marked,
    weight: 0,
    localPreference: external ? DEFAULT_LOCAL_PREFERENCE : route.localPreference,
    source: external ? "ebgp" : "ibgp",
    peerAddress: neighbor.address,
  });
  return held ? [held] : [];
}

function localRoute({ bgp }: Speaker, prefix: Prefix): BgpRoute {
  return {
    prefix,
    key: printPrefix(prefix),
    path: [],
    communities: [],
    weight: LOCAL_WEIGHT,
    localPreference: DEFAULT_LOCAL_PREFERENCE,
    source: "local",
    nextHop: "",
    routerId: bgp.routerId,
    peerAddress: "",
  };
}

function announcement(
  speaker: Speaker,
  end: LiveEnd,
  selections: ReadonlyMap<string, Selection>,
): Announcement {
  const routes: BgpRoute[] = [];
  const nextHops = ownNextHops(end);
  for (const { best } of selections.values()) {
    const route = exported(speaker, end, { best, ownNextHop: nextHops[best.prefix.family] });
    if (route) routes.push(route);
  }
  const signature = routes
    .map(
      ({ key, path, nextHop, communities, localPreference, onlyToCustomer = "" }) =>
        `${key} ${path} ${nextHop} ${communities} ${localPreference} ${onlyToCustomer}`,
    )
    .sort()
    .join("\n");
  return { routes, signature };
}

function exported(
  { bgp }: Speaker,
  { neighbor, interface: from }: LiveEnd,
  { best, ownNextHop }: { best: BgpRoute; ownNextHop: string | undefined },
): BgpRoute | undefined {
  const { family } = best.prefix;
  const external = neighbor.remoteAsn !== bgp.asn;
  if (!neighbor.families.includes(family)) return undefined;
  if (!external && best.source === "ibgp") return undefined;
  const isOwn = external || neighbor.nextHopSelf || best.source === "local";
  const nextHop = isOwn ? ownNextHop : best.nextHop;
  if (nextHop === undefined) return undefined;
  const permitted = applyPolicy(neighbor.exportPolicy[family], best);
  const sent = permitted && leaving(permitted, neighbor, bgp.asn);
  if (sent === undefined) return undefined;
  const path = external ? [neighbor.localAsn ?? bgp.asn, ...sent.path] : sent.path;
  const linkLocal = family === "ipv6" && isOwn ? linkLocalOf(from.source) : undefined;
  const { linkLocal: _others, ...route } = sent;
  return { ...route, path, nextHop, routerId: bgp.routerId, ...(linkLocal && { linkLocal }) };
}

/** Made from the hardware address (RFC 4291 appendix A); a tunnel's is the system's choice. */
function linkLocalOf(source: VrfInterface): string | undefined {
  if (!("mac" in source)) return undefined;
  const [first = "0", ...rest] = source.mac.split(":");
  const flipped = (Number.parseInt(first, 16) ^ 2).toString(16).padStart(2, "0");
  const bytes = [flipped, ...rest.slice(0, 2), "ff", "fe", ...rest.slice(2)];
  const words = [0, 2, 4, 6].map((at) => `${bytes[at]}${bytes[at + 1]}`);
  return `fe80::${words.join(":")}`;
}

/** The session's own address for its family; for the other family the interface's first one. */
function ownNextHops(end: LiveEnd): Readonly<Record<Family, string | undefined>> {
  const { addresses } = end.interface;
  const peer = addressOf(end.neighbor.address);
  const nextHop = (family: Family) => {
    const mine = addresses.filter((address) => address.family === family);
    return (mine.find(({ network }) => prefixContains(network, peer)) ?? mine[0])?.text;
  };
  return { ipv4: nextHop("ipv4"), ipv6: nextHop("ipv6") };
}
