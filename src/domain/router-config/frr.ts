/**
 * FRRouting 8.4 or later. The lab's customer edges run this very text.
 *
 * Tags are made outside FRR (Linux subinterfaces); the text begins at the subinterface's addresses.
 * BFD is left at FRR's default of 300 ms × 3, which is what the edges use unless they are asked for else.
 */
import type { BfdTimers } from "../../fabric/intent.ts";
import {
  neighborsOf,
  networksOf,
  type PublicRouterLink,
  publicNeighborsOf,
  publicNetworksOf,
  type RouterConfigRequest,
  type RouterLink,
  type RouterTemplate,
} from "./request.ts";

export const frr: RouterTemplate = { name: "frr", title: "FRRouting 8.4", render };

function render(request: RouterConfigRequest): string {
  return [
    ...interfaces(request),
    ...policies(request),
    ...profiles(request),
    ...publicPolicies(request),
    ...bgp(request),
    "",
  ].join("\n");
}

function interfaces(request: RouterConfigRequest): string[] {
  const publicLinks = request.publicPart?.links ?? [];
  return [...request.links, ...publicLinks].flatMap((link) => [
    `interface ${link.interface}${request.vrf === undefined ? "" : ` vrf ${request.vrf}`}`,
    ` description ${link.side} link of ${link.circuit}, port ${link.port}, tags ${link.tags.join(".")}`,
    ...link.families.map(
      ({ family, local }) => ` ${family === "ipv4" ? "ip" : "ipv6"} address ${local}`,
    ),
    "exit",
    "!",
  ]);
}

/** Announce the site's own prefixes and nothing else (RFC 8212); take what the cloud gives. */
function policies(request: RouterConfigRequest): string[] {
  const tag = policyTag(request);
  const lists = (["ipv4", "ipv6"] as const).flatMap((family) =>
    networksOf(request, family).map(
      (prefix, index) =>
        `${family === "ipv4" ? "ip" : "ipv6"} prefix-list ${tag}-own${family === "ipv4" ? "4" : "6"} seq ${5 * (index + 1)} permit ${prefix}`,
    ),
  );
  return [
    ...lists,
    "!",
    `route-map ${tag}-in permit 10`,
    "exit",
    "!",
    `route-map ${tag}-out permit 10`,
    ` match ip address prefix-list ${tag}-own4`,
    "exit",
    "!",
    `route-map ${tag}-out permit 20`,
    ` match ipv6 address prefix-list ${tag}-own6`,
    "exit",
    "!",
  ];
}

/**
 * To the public services goes the pool of the link and nothing else, and what they tell goes nowhere else:
 * no other policy names it.
 */
function publicPolicies(request: RouterConfigRequest): string[] {
  const links = request.publicPart?.links ?? [];
  if (links.length === 0) return [];
  return [
    ...links.flatMap((link) => {
      const name = publicMap(request, link);
      const lists = (["ipv4", "ipv6"] as const).flatMap((family) =>
        networksOf(link, family).map(
          (prefix, index) =>
            `${family === "ipv4" ? "ip" : "ipv6"} prefix-list ${name}${family === "ipv4" ? "4" : "6"} seq ${5 * (index + 1)} permit ${prefix}`,
        ),
      );
      return [
        ...lists,
        "!",
        `route-map ${name} permit 10`,
        ` match ip address prefix-list ${name}4`,
        "exit",
        "!",
        `route-map ${name} permit 20`,
        ` match ipv6 address prefix-list ${name}6`,
        "exit",
        "!",
      ];
    }),
    `route-map ${policyTag(request)}-public-in permit 10`,
    "exit",
    "!",
  ];
}

function publicMap(request: RouterConfigRequest, { side, circuit }: PublicRouterLink): string {
  return `${policyTag(request)}-public-${circuit.slice(0, 8)}-${side}`;
}

function bgp(request: RouterConfigRequest): string[] {
  const all = [...neighborsOf(request, "ipv4"), ...neighborsOf(request, "ipv6")];
  return [
    `router bgp ${request.asn}${request.vrf === undefined ? "" : ` vrf ${request.vrf}`}`,
    ...(request.routerId === undefined ? [] : [` bgp router-id ${request.routerId}`]),
    " no bgp default ipv4-unicast",
    " bgp bestpath as-path multipath-relax",
    " coalesce-time 0",
    " no bgp network import-check",
    ...all.flatMap(({ remote, link }) => [
      ` neighbor ${remote} remote-as ${request.cloudAsn}`,
      ` neighbor ${remote} description ${link.side} link of ${link.circuit}`,
      ...(link.password === undefined ? [] : [` neighbor ${remote} password ${link.password}`]),
      ...sessionLines(remote, link),
      ` neighbor ${remote} advertisement-interval 0`,
      ` neighbor ${remote} timers connect 1`,
    ]),
    ...publicNeighbors(request),
    ...addressFamily(request, "ipv4"),
    ...addressFamily(request, "ipv6"),
    "exit",
    "!",
  ];
}

function sessionLines(remote: string, { bfd, isCustomer, isTtlSecure }: RouterLink): string[] {
  return [
    ...(bfd === undefined ? [] : [` neighbor ${remote} bfd`]),
    ...(bfd === undefined || isDefault(bfd)
      ? []
      : [` neighbor ${remote} bfd profile ${nameOf(bfd)}`]),
    ...(isTtlSecure ? [` neighbor ${remote} ttl-security hops 1`] : []),
    ...(isCustomer ? [` neighbor ${remote} local-role customer`] : []),
  ];
}

function profiles({ links, publicPart }: RouterConfigRequest): string[] {
  const asked = [...links, ...(publicPart?.links ?? [])].flatMap(({ bfd }) =>
    bfd === undefined || isDefault(bfd) ? [] : [bfd],
  );
  const byName = new Map(asked.map((bfd) => [nameOf(bfd), bfd]));
  if (byName.size === 0) return [];
  return [
    "bfd",
    ...[...byName].flatMap(([name, { intervalMs, multiplier }]) => [
      ` profile ${name}`,
      ...(multiplier === 3 ? [] : [`  detect-multiplier ${multiplier}`]),
      ...(intervalMs === 300
        ? []
        : [`  transmit-interval ${intervalMs}`, `  receive-interval ${intervalMs}`]),
      " exit",
    ]),
    "exit",
    "!",
  ];
}

function isDefault({ intervalMs, multiplier }: BfdTimers): boolean {
  return intervalMs === 300 && multiplier === 3;
}

function nameOf({ intervalMs, multiplier }: BfdTimers): string {
  return `cloud-${intervalMs}-${multiplier}`;
}

function publicNeighbors(request: RouterConfigRequest): string[] {
  const all = [...publicNeighborsOf(request, "ipv4"), ...publicNeighborsOf(request, "ipv6")];
  return all.flatMap(({ remote, link }) => [
    ` neighbor ${remote} remote-as ${request.cloudAsn}`,
    ...(link.asn === request.asn
      ? []
      : [` neighbor ${remote} local-as ${link.asn} no-prepend replace-as`]),
    ` neighbor ${remote} description ${link.side} public link of ${link.circuit}`,
    ...(link.password === undefined ? [] : [` neighbor ${remote} password ${link.password}`]),
    ...sessionLines(remote, link),
    ` neighbor ${remote} advertisement-interval 0`,
    ` neighbor ${remote} timers connect 1`,
  ]);
}

function addressFamily(request: RouterConfigRequest, family: "ipv4" | "ipv6"): string[] {
  const tag = policyTag(request);
  const neighbors = neighborsOf(request, family);
  const others = publicNeighborsOf(request, family);
  if (neighbors.length + others.length === 0) return [];
  const networks = [
    ...(neighbors.length === 0 ? [] : networksOf(request, family)),
    ...publicNetworksOf(request, family),
  ];
  return [
    " !",
    ` address-family ${family} unicast`,
    ...networks.map((prefix) => `  network ${prefix}`),
    ...neighbors.flatMap(({ remote }) => [
      `  neighbor ${remote} activate`,
      `  neighbor ${remote} route-map ${tag}-in in`,
      `  neighbor ${remote} route-map ${tag}-out out`,
    ]),
    ...others.flatMap(({ remote, link }) => [
      `  neighbor ${remote} activate`,
      `  neighbor ${remote} route-map ${tag}-public-in in`,
      `  neighbor ${remote} route-map ${publicMap(request, link)} out`,
    ]),
    "  maximum-paths 8",
    " exit-address-family",
  ];
}

function policyTag({ vrf, policy }: RouterConfigRequest): string {
  return policy ?? (vrf === undefined ? "cloud" : `cloud-${vrf}`);
}
