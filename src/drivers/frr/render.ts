/**
 * The routing configuration that a node's fragments ask for, in the words of FRR 8.4. Pure. Lines are
 * written as `show running-config` prints them, so that what agrees compares equal.
 * RFC 4271 (BGP-4), RFC 8212 (no policy, no routes), RFC 5880 (BFD), RFC 2385 (TCP MD5), RFC 4760 (families),
 * RFC 5082 (GTSM), RFC 9234 (roles).
 */
import { createHash } from "node:crypto";
import { perObject } from "../../base/per-object.ts";
import {
  type BfdTimers,
  type Bgp,
  BURST_FACTOR,
  type Family,
  type Fragment,
  type Neighbor,
  type PolicyRule,
  type PrefixMatch,
  type VrfFragment,
} from "../../fabric/intent.ts";
import { canonicalNetwork } from "../netns/state.ts";
import { type Block, parseConfig, within } from "./blocks.ts";

/** A session that was ended for its limit is tried again, as often as the prefixes may have become fewer. */
const afterMinutes = "restart 1";

/** Applies changed policies by itself, with route refresh and without a reset (RFC 2918). */
const policyDelay = "bgp route-map delay-timer 1";

/**
 * By `vrf address family`: entries of what a session must not take in beside its policy, or `overrun`
 * where bgpd's own limit has to end it.
 */
export type Gates = ReadonlyMap<string, readonly PrefixMatch[] | "overrun">;

export function renderFragments(fragments: readonly Fragment[], gates: Gates = new Map()): Block[] {
  const vrfs = fragments.filter((fragment) => fragment.kind === "vrf");
  const routing = vrfs.filter(({ bgp, frrText }) => bgp !== undefined || frrText !== undefined);
  if (routing.length === 0) return [];
  const head: Block = {
    fragment: routing[0]?.key ?? "",
    daemon: "bgpd",
    head: policyDelay,
    lines: [],
  };
  return [head, ...uniqueBlocks(routing.flatMap((vrf) => renderVrf(vrf, gates)))];
}

/** One `bfd` profile serves all sessions with its timers. */
function uniqueBlocks(blocks: readonly Block[]): Block[] {
  const byHead = new Map<string, Block>();
  for (const block of blocks) {
    const id = `${block.daemon} ${block.head}`;
    const there = byHead.get(id);
    const lines = () => [...new Set([...(there?.lines ?? []), ...block.lines])];
    byHead.set(id, there === undefined ? block : { ...there, lines: lines() });
  }
  return [...byHead.values()];
}

/** Nearly all VRFs have no gates nearly always, and one has not changed when another comes. */
const renderOpen = perObject((fragment: VrfFragment) => render(fragment, new Map()));

function renderVrf(fragment: VrfFragment, gates: Gates): readonly Block[] {
  return gates.size === 0 ? renderOpen(fragment) : render(fragment, gates);
}

function render(fragment: VrfFragment, gates: Gates): readonly Block[] {
  if (fragment.frrText !== undefined) return parseConfig(fragment.frrText, fragment.key);
  const { bgp } = fragment;
  if (bgp === undefined) return [];
  const profiles = bgp.neighbors.flatMap(({ bfd }) => (bfd === undefined ? [] : [bfd]));
  return [
    ...profiles.map((bfd) => profileBlock(fragment.key, bfd)),
    ...bgp.neighbors.flatMap((neighbor) => policyBlocks(fragment, neighbor)),
    ...gateBlocks(fragment, gates),
    routerBlock(fragment, gates, bgp),
  ];
}

/** Last, everything else passes. */
const lastSequence = 65_535;

function gateBlocks({ key, name, bgp }: VrfFragment, gates: Gates): Block[] {
  return (bgp?.neighbors ?? []).flatMap(({ address, families }) =>
    families.flatMap((family): Block[] => {
      const gate = gates.get(`${name} ${address} ${family}`);
      if (gate === undefined || gate === "overrun") return [];
      const list = `${family === "ipv4" ? "ip" : "ipv6"} prefix-list ${gateName(address, gate)}`;
      const block = (line: string): Block => ({
        ...{ fragment: key, daemon: "bgpd", head: `${list} ${line}`, lines: [] },
      });
      return [
        ...gate.map((match, index) => block(`seq ${5 * (index + 1)} deny ${matchText(match)}`)),
        block(`seq ${lastSequence} permit any`),
      ];
    }),
  );
}

/** Named by what it says: bgpd looks at its routes again when another list is named, not when one changes. */
function gateName(address: string, gate: readonly PrefixMatch[]): string {
  const digest = createHash("sha256")
    .update(JSON.stringify([address, gate]))
    .digest("hex");
  return `gate-${digest.slice(0, 12)}`;
}

function routerBlock({ key, name }: VrfFragment, gates: Gates, bgp: Bgp): Block {
  const vrf = name === "default" ? "" : ` vrf ${name}`;
  const { neighbors } = bgp;
  return {
    fragment: key,
    daemon: "bgpd",
    head: `router bgp ${bgp.asn}${vrf}`,
    lines: [
      `bgp router-id ${bgp.routerId}`,
      "no bgp default ipv4-unicast",
      "bgp bestpath as-path multipath-relax",
      // Else the route that came first stays the best of equals, and the same fabric takes other ways another day.
      "bgp bestpath compare-routerid",
      "no bgp network import-check",
      // Else the first routes of a session wait a second for company.
      "coalesce-time 0",
      ...neighbors.flatMap(neighborLines),
      ...familyLines(bgp, "ipv4", gatesOf(gates, name)),
      ...familyLines(bgp, "ipv6", gatesOf(gates, name)),
    ],
  };
}

function neighborLines(neighbor: Neighbor): string[] {
  const at = `neighbor ${neighbor.address}`;
  const { bfd, password } = neighbor;
  return [
    `${at} remote-as ${neighbor.remoteAsn}`,
    ...(neighbor.localAsn === undefined
      ? []
      : [`${at} local-as ${neighbor.localAsn} no-prepend replace-as`]),
    ...(neighbor.description === "" ? [] : [`${at} description ${neighbor.description}`]),
    ...(neighbor.enabled ? [] : [`${at} shutdown`]),
    ...(bfd === undefined ? [] : [`${at} bfd`, `${at} bfd profile ${profileName(bfd)}`]),
    ...(password === undefined ? [] : [`${at} password ${password}`]),
    ...roleLines(neighbor),
    ...(neighbor.ttlSecurityHops === undefined
      ? []
      : [`${at} ttl-security hops ${neighbor.ttlSecurityHops}`]),
    `${at} advertisement-interval 0`,
    `${at} timers ${neighbor.keepaliveSeconds} ${neighbor.holdSeconds}`,
    `${at} timers connect 1`,
  ];
}

function roleLines({ address, role }: Neighbor): string[] {
  if (role === undefined) return [];
  return [`neighbor ${address} local-role ${role.name}${role.strict ? " strict-mode" : ""}`];
}

type GateOf = (address: string, family: Family) => readonly PrefixMatch[] | "overrun" | undefined;

function gatesOf(gates: Gates, vrf: string): GateOf {
  return (address, family) => gates.get(`${vrf} ${address} ${family}`);
}

/** Lines of an address family carry its name in front: see `blocks.ts`. */
function familyLines(bgp: Bgp, family: Family, gateOf: GateOf): string[] {
  const neighbors = bgp.neighbors.filter(({ families }) => families.includes(family));
  const networks = bgp.networks.filter((prefix) => prefix.includes(":") === (family === "ipv6"));
  if (neighbors.length === 0 && networks.length === 0) return [];
  const lines = [
    ...networks.map((prefix) => `network ${canonicalNetwork(prefix)}`),
    ...neighbors.flatMap((neighbor) => {
      const at = `neighbor ${neighbor.address}`;
      return [
        `${at} activate`,
        ...(neighbor.remoteAsn === bgp.asn ? [`${at} next-hop-self`] : []),
        ...(neighbor.asOverride === true ? [`${at} as-override`] : []),
        ...(neighbor.removePrivateAs === true ? [`${at} remove-private-AS all`] : []),
        // What was heard is kept: another policy is in force at once, and need not be asked for again,
        // which takes a second (RFC 2918).
        `${at} soft-reconfiguration inbound`,
        ...limitLines(neighbor, family, gateOf(neighbor.address, family)),
        `${at} route-map ${mapName(neighbor, { direction: "in", family })} in`,
        `${at} route-map ${mapName(neighbor, { direction: "out", family })} out`,
      ];
    }),
    `maximum-paths ${bgp.maximumPaths}`,
    // Of its own accord FRR takes as many ways within an autonomous system as it was built for.
    `maximum-paths ibgp ${bgp.maximumPaths}`,
  ];
  return lines.map((line) => `address-family ${family} unicast${within}${line}`);
}

/**
 * FRR 8.4 knows only the end of a session for a limit. Where the newest are discarded instead, bgpd keeps
 * what it refused, so that it can be told, and ends the session only for a burst.
 */
function limitLines(
  { address, beyondMaximum, maximumPrefixes }: Neighbor,
  family: Family,
  gate: ReturnType<GateOf>,
): string[] {
  const at = `neighbor ${address}`;
  const limit = maximumPrefixes?.[family];
  const most =
    beyondMaximum !== "discard" || gate === "overrun" ? limit : limit && BURST_FACTOR * limit;
  return [
    ...(most === undefined ? [] : [`${at} maximum-prefix ${most} ${afterMinutes}`]),
    ...(gate === undefined || gate === "overrun"
      ? []
      : [`${at} prefix-list ${gateName(address, gate)} in`]),
  ];
}

type PolicyPlace = { readonly direction: "in" | "out"; readonly family: Family };

/** Named by what it says: hundreds of circuits share one policy, and FRR is slow with many. */
function mapName(
  { importPolicy, exportPolicy }: Neighbor,
  { direction, family }: PolicyPlace,
): string {
  const rules = direction === "in" ? importPolicy : exportPolicy;
  const digest = createHash("sha256").update(JSON.stringify(rules)).digest("hex");
  return `${direction}-${family}-${digest.slice(0, 10)}`;
}

function policyBlocks(fragment: VrfFragment, neighbor: Neighbor): Block[] {
  const blocks: Block[] = [];
  for (const family of neighbor.families) {
    for (const direction of ["in", "out"] as const) {
      const rules = direction === "in" ? neighbor.importPolicy : neighbor.exportPolicy;
      const name = mapName(neighbor, { direction, family });
      blocks.push(...ruleBlocks(fragment.key, { name, family, rules }));
    }
  }
  return blocks;
}

function ruleBlocks(
  fragment: string,
  { name, family, rules }: { name: string; family: Family; rules: readonly PolicyRule[] },
): Block[] {
  const ip = family === "ipv4" ? "ip" : "ipv6";
  const blocks: Block[] = [];
  rules.forEach((rule, index) => {
    const sequence = (index + 1) * 10;
    const list = `${name}.${sequence}`;
    const prefixes = rule.prefixes?.filter(
      ({ prefix }) => prefix.includes(":") === (family === "ipv6"),
    );
    if (prefixes?.length === 0) return;
    prefixes?.forEach((match, at) => {
      const head = `${ip} prefix-list ${list} seq ${(at + 1) * 5} permit ${matchText(match)}`;
      blocks.push({ fragment, daemon: "bgpd", head, lines: [] });
    });
    const match = prefixes === undefined ? [] : [`match ${ip} address prefix-list ${list}`];
    rule.communities?.forEach((community, at) => {
      const head = `bgp community-list standard ${list} seq ${(at + 1) * 5} permit ${community}`;
      blocks.push({ fragment, daemon: "bgpd", head, lines: [] });
    });
    if (rule.communities !== undefined) match.push(`match community ${list}`);
    blocks.push({
      fragment,
      daemon: "bgpd",
      head: `route-map ${name} ${rule.action} ${sequence}`,
      lines: [...match, ...setLines(rule)],
    });
  });
  // A route-map that does not exist denies nothing in FRR: the default is written out.
  blocks.push({ fragment, daemon: "bgpd", head: `route-map ${name} deny 65535`, lines: [] });
  return blocks;
}

function setLines(rule: PolicyRule): string[] {
  const { setWeight, setLocalPreference, prepend, addCommunities } = rule;
  return [
    ...(prepend === undefined || prepend.length === 0
      ? []
      : [`set as-path prepend ${prepend.join(" ")}`]),
    ...(addCommunities === undefined || addCommunities.length === 0
      ? []
      : [`set community ${[...addCommunities].sort(byCommunity).join(" ")} additive`]),
    ...(setLocalPreference === undefined ? [] : [`set local-preference ${setLocalPreference}`]),
    ...(setWeight === undefined ? [] : [`set weight ${setWeight}`]),
  ];
}

/** FRR keeps communities sorted by number. */
function byCommunity(one: string, other: string): number {
  const number = (text: string) => {
    const [high = "0", low = "0"] = text.split(":");
    return Number(high) * 65_536 + Number(low);
  };
  return number(one) - number(other);
}

function matchText({ prefix, ge, le }: PrefixMatch): string {
  const length = Number(prefix.split("/")[1]);
  const lower = ge === undefined || ge <= length ? "" : ` ge ${ge}`;
  const upper = le === undefined || le <= length ? "" : ` le ${le}`;
  return `${canonicalNetwork(prefix)}${lower}${upper}`;
}

function profileName({ intervalMs, multiplier }: BfdTimers): string {
  return `every-${intervalMs}-times-${multiplier}`;
}

/** FRR prints only what differs from its defaults: 300 ms, three times. */
function profileBlock(fragment: string, bfd: BfdTimers): Block {
  const { intervalMs, multiplier } = bfd;
  const at = `profile ${profileName(bfd)}`;
  return {
    fragment,
    daemon: "bfdd",
    head: "bfd",
    lines: [
      at,
      ...(multiplier === 3 ? [] : [`${at}${within}detect-multiplier ${multiplier}`]),
      ...(intervalMs === 300
        ? []
        : [
            `${at}${within}transmit-interval ${intervalMs}`,
            `${at}${within}receive-interval ${intervalMs}`,
          ]),
    ],
  };
}
