/** A BGP speaker as the engine reads it: from an intent's own words, or from a router's text. */
import { addressOf, networkOf, type Prefix, prefixOf, printAddress } from "../base/prefix.ts";
import type { BfdTimers, Bgp, BgpRole, Family, Neighbor, SharedRoom } from "../fabric/intent.ts";
import { type PolicyModel, policyModel } from "./policy.ts";

export type Role = { readonly name: BgpRole; readonly strict: boolean };

export type NeighborModel = {
  readonly address: string;
  readonly remoteAsn: number;
  /** What this end calls itself to the neighbor, where it is not the speaker's own. */
  readonly localAsn?: number;
  readonly enabled: boolean;
  readonly families: readonly Family[];
  readonly password?: string;
  readonly bfd?: BfdTimers;
  readonly holdSeconds: number;
  readonly maximumPrefixes: Partial<Record<Family, number>>;
  /** Of a neighbor of the same AS; others always hear so. */
  readonly nextHopSelf: boolean;
  readonly beyondMaximum: "tearDown" | "discard";
  readonly room?: SharedRoom;
  readonly isTtlSecure: boolean;
  readonly role?: Role;
  readonly overridesAs: boolean;
  readonly removesPrivateAs: boolean;
  readonly importPolicy: Readonly<Record<Family, PolicyModel>>;
  readonly exportPolicy: Readonly<Record<Family, PolicyModel>>;
};

export type BgpModel = {
  readonly asn: number;
  readonly routerId: string;
  readonly networks: readonly Prefix[];
  readonly maximumPaths: Readonly<Record<Family, number>>;
  readonly multipathRelax: boolean;
  readonly neighbors: readonly NeighborModel[];
};

export function bgpModel(bgp: Bgp): BgpModel {
  return {
    asn: bgp.asn,
    routerId: bgp.routerId,
    networks: bgp.networks.map((text) => networkOf(prefixOf(text))),
    maximumPaths: { ipv4: bgp.maximumPaths, ipv6: bgp.maximumPaths },
    multipathRelax: true,
    neighbors: bgp.neighbors.map(neighborModel),
  };
}

function neighborModel(neighbor: Neighbor): NeighborModel {
  const importPolicy = policyModel(neighbor.importPolicy);
  const exportPolicy = policyModel(neighbor.exportPolicy);
  return {
    address: printAddress(addressOf(neighbor.address)),
    remoteAsn: neighbor.remoteAsn,
    ...(neighbor.localAsn !== undefined && { localAsn: neighbor.localAsn }),
    enabled: neighbor.enabled,
    families: neighbor.families,
    ...(neighbor.password !== undefined && { password: neighbor.password }),
    ...(neighbor.bfd && { bfd: neighbor.bfd }),
    holdSeconds: neighbor.holdSeconds,
    maximumPrefixes: neighbor.maximumPrefixes ?? {},
    nextHopSelf: true,
    beyondMaximum: neighbor.beyondMaximum ?? "tearDown",
    ...(neighbor.room && { room: neighbor.room }),
    isTtlSecure: neighbor.ttlSecurityHops !== undefined,
    ...(neighbor.role && { role: neighbor.role }),
    overridesAs: neighbor.asOverride === true,
    removesPrivateAs: neighbor.removePrivateAs === true,
    importPolicy: { ipv4: importPolicy, ipv6: importPolicy },
    exportPolicy: { ipv4: exportPolicy, ipv6: exportPolicy },
  };
}
