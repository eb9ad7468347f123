/** Cisco IOS XE. Written from the vendor's public configuration grammar; not run on a device here. */
import { addressText, prefixOf } from "../../base/prefix.ts";
import { ORDINARY_MTU } from "../circuit-options.ts";
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

export const ciscoIosXe: RouterTemplate = {
  name: "cisco-ios-xe",
  title: "Cisco IOS XE 17",
  render,
};

function render(request: RouterConfigRequest): string {
  return [
    ...[...request.links, ...(request.publicPart?.links ?? [])].flatMap((link) =>
      subinterface(request, link),
    ),
    ...policies(request),
    ...publicPolicies(request),
    ...bgp(request),
    "end",
    "",
  ].join("\n");
}

function subinterface(request: RouterConfigRequest, link: RouterLink): string[] {
  const inner = link.tags.at(-1);
  const [outer] = link.tags;
  return [
    `interface ${link.port}.${inner ?? 0}`,
    ` description ${link.side} link of circuit ${link.circuit}`,
    link.tags.length > 1
      ? ` encapsulation dot1Q ${outer} second-dot1q ${inner}`
      : ` encapsulation dot1Q ${inner}`,
    ...(request.vrf === undefined ? [] : [` vrf forwarding ${request.vrf}`]),
    ...(link.mtu === ORDINARY_MTU ? [] : [` ip mtu ${link.mtu}`, ` ipv6 mtu ${link.mtu}`]),
    ...link.families.map(({ family, local }) =>
      family === "ipv4"
        ? ` ip address ${addressText(prefixOf(local))} ${mask(prefixOf(local).length)}`
        : ` ipv6 address ${local}`,
    ),
    ...(link.bfd === undefined
      ? []
      : [
          ` bfd interval ${link.bfd.intervalMs} min_rx ${link.bfd.intervalMs} multiplier ${link.bfd.multiplier}`,
        ]),
    " no shutdown",
    "!",
  ];
}

function policies(request: RouterConfigRequest): string[] {
  return [
    ...networksOf(request, "ipv4").map(
      (prefix, i) => `ip prefix-list CLOUD-OUT seq ${5 * (i + 1)} permit ${prefix}`,
    ),
    ...networksOf(request, "ipv6").map(
      (prefix, i) => `ipv6 prefix-list CLOUD-OUT6 seq ${5 * (i + 1)} permit ${prefix}`,
    ),
    "!",
  ];
}

/** Of every link its own: a pool may be announced on one alone. */
function publicPolicies({ publicPart }: RouterConfigRequest): string[] {
  return (publicPart?.links ?? []).flatMap((link) => [
    ...(["ipv4", "ipv6"] as const).flatMap((family) =>
      networksOf(link, family).map(
        (prefix, i) =>
          `${family === "ipv4" ? "ip" : "ipv6"} prefix-list ${publicList(link, family)} seq ${5 * (i + 1)} permit ${prefix}`,
      ),
    ),
    "!",
  ]);
}

function publicList({ side, circuit }: PublicRouterLink, family: "ipv4" | "ipv6"): string {
  return `PUBLIC-OUT${family === "ipv4" ? "" : "6"}-${circuit.slice(0, 8)}-${side}`;
}

function bgp(request: RouterConfigRequest): string[] {
  return [
    `router bgp ${request.asn}`,
    ...(request.vrf === undefined && request.routerId !== undefined
      ? [` bgp router-id ${request.routerId}`]
      : []),
    ...addressFamily(request, "ipv4"),
    ...addressFamily(request, "ipv6"),
    "!",
  ];
}

function addressFamily(request: RouterConfigRequest, family: "ipv4" | "ipv6"): string[] {
  const neighbors = neighborsOf(request, family);
  const others = publicNeighborsOf(request, family);
  if (neighbors.length + others.length === 0) return [];
  const networks = [
    ...(neighbors.length === 0 ? [] : networksOf(request, family)),
    ...publicNetworksOf(request, family),
  ];
  const list = family === "ipv4" ? "CLOUD-OUT" : "CLOUD-OUT6";
  return [
    ` address-family ${family}${request.vrf === undefined ? "" : ` vrf ${request.vrf}`}`,
    ...networks.map((prefix) =>
      family === "ipv4"
        ? `  network ${addressText(prefixOf(prefix))} mask ${mask(prefixOf(prefix).length)}`
        : `  network ${prefix}`,
    ),
    ...neighbors.flatMap(({ remote, link }) => [
      ...neighborLines(request, { remote, link, title: `${link.side} link` }),
      `  neighbor ${remote} prefix-list ${list} out`,
    ]),
    ...others.flatMap(({ remote, link }) => [
      ...neighborLines(request, { remote, link, title: `${link.side} public link` }),
      ...(link.asn === request.asn
        ? []
        : [`  neighbor ${remote} local-as ${link.asn} no-prepend replace-as`]),
      `  neighbor ${remote} prefix-list ${publicList(link, family)} out`,
    ]),
    "  maximum-paths 8",
    " exit-address-family",
  ];
}

function neighborLines(
  { cloudAsn }: RouterConfigRequest,
  { remote, link, title }: { remote: string; link: RouterLink; title: string },
): string[] {
  const at = `  neighbor ${remote}`;
  return [
    `${at} remote-as ${cloudAsn}`,
    `${at} description ${title}`,
    ...(link.password === undefined ? [] : [`${at} password ${link.password}`]),
    ...(link.bfd === undefined ? [] : [`${at} fall-over bfd`]),
    ...(link.isTtlSecure ? [`${at} ttl-security hops 1`] : []),
    `${at} activate`,
  ];
}

function mask(length: number): string {
  const bits = length === 0 ? 0 : (0xffffffff << (32 - length)) >>> 0;
  return [24, 16, 8, 0].map((shift) => (bits >>> shift) & 255).join(".");
}
