import type { BfdTimers } from "../../fabric/intent.ts";

/**
 * What a customer's router needs to know of a circuit, and the list of templates that say it in a
 * router's own words. A template is one file and its test.
 */
export type RouterConfigRequest = {
  /** VRF on the customer's router; absent for the main tables. */
  readonly vrf?: string;
  /**
   * Name of the policies, where VRFs that announce the same share them: FRR takes seconds for each of
   * hundreds of route-maps. Else every VRF has its own.
   */
  readonly policy?: string;
  readonly asn: number;
  readonly cloudAsn: number;
  readonly routerId?: string;
  /** Prefixes to announce. */
  readonly networks: readonly string[];
  readonly links: readonly RouterLink[];
  /** The peering to public services; the prefixes above are none of its. */
  readonly publicPart?: PublicRouterPart;
};

export type PublicRouterPart = { readonly links: readonly PublicRouterLink[] };

/** What is announced may differ from link to link: a pool on each, or one on both. */
export type PublicRouterLink = RouterLink & {
  /** The customer's number here, where it is another than the router's. */
  readonly asn: number;
  readonly networks: readonly string[];
};

export type RouterLink = {
  readonly side: "primary" | "secondary";
  readonly circuit: string;
  /** Physical port, and the name of the subinterface on it. */
  readonly port: string;
  readonly interface: string;
  /** Outermost first. */
  readonly tags: readonly number[];
  readonly mtu: number;
  readonly families: readonly RouterLinkFamily[];
  readonly password?: string;
  /** Absent: no BFD on this peering. */
  readonly bfd: BfdTimers | undefined;
  /** The edges listen to packets from the next hop alone, so the router must send such (RFC 5082). */
  readonly isTtlSecure: boolean;
  /** The edges say that they are the provider (RFC 9234). */
  readonly isCustomer: boolean;
};

export type RouterLinkFamily = {
  readonly family: "ipv4" | "ipv6";
  /** With its length. */
  readonly local: string;
  readonly remote: string;
};

export type RouterTemplate = {
  /** `causeway router-config --format NAME`. */
  readonly name: string;
  readonly title: string;
  readonly render: (request: RouterConfigRequest) => string;
};

export function networksOf(
  request: { readonly networks: readonly string[] },
  family: "ipv4" | "ipv6",
): readonly string[] {
  return request.networks.filter((prefix) => prefix.includes(":") === (family === "ipv6"));
}

export function neighborsOf(request: RouterConfigRequest, family: "ipv4" | "ipv6") {
  return request.links.flatMap((link) =>
    link.families
      .filter((candidate) => candidate.family === family)
      .map((addresses) => ({ link, ...addresses })),
  );
}

/** Public networks of all links, each once. */
export function publicNetworksOf(
  { publicPart }: RouterConfigRequest,
  family: "ipv4" | "ipv6",
): readonly string[] {
  const networks = publicPart?.links.flatMap((link) => networksOf(link, family)) ?? [];
  return [...new Set(networks)];
}

export function publicNeighborsOf({ publicPart }: RouterConfigRequest, family: "ipv4" | "ipv6") {
  return (publicPart?.links ?? []).flatMap((link) =>
    link.families
      .filter((candidate) => candidate.family === family)
      .map((addresses) => ({ link, ...addresses })),
  );
}
