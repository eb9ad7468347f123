/** Juniper Junos, in `set` form. Written from the vendor's public grammar; not run on a device here. */
import { ORDINARY_MTU } from "../circuit-options.ts";
import {
  neighborsOf,
  type PublicRouterLink,
  publicNeighborsOf,
  type RouterConfigRequest,
  type RouterLink,
  type RouterTemplate,
} from "./request.ts";

export const juniperJunos: RouterTemplate = {
  name: "juniper-junos",
  title: "Juniper Junos (MX)",
  render,
};

function render(request: RouterConfigRequest): string {
  const publicLinks = request.publicPart?.links ?? [];
  return [
    ...[...request.links, ...publicLinks].flatMap(unit),
    ...policy(request),
    ...publicLinks.flatMap(publicPolicy),
    ...bgp(request),
    ...publicBgp(request),
    "",
  ].join("\n");
}

function unit(link: RouterLink): string[] {
  const inner = link.tags.at(-1) ?? 0;
  const at = `set interfaces ${link.port} unit ${inner}`;
  const [outer] = link.tags;
  return [
    `set interfaces ${link.port} ${link.tags.length > 1 ? "flexible-vlan-tagging" : "vlan-tagging"}`,
    link.tags.length > 1
      ? `${at} vlan-tags outer 0x8100.${outer} inner 0x8100.${inner}`
      : `${at} vlan-id ${inner}`,
    ...link.families.flatMap(({ family, local }) => {
      const of = `${at} family ${family === "ipv4" ? "inet" : "inet6"}`;
      return [
        `${of} address ${local}`,
        ...(link.mtu === ORDINARY_MTU ? [] : [`${of} mtu ${link.mtu}`]),
      ];
    }),
  ];
}

function policy(request: RouterConfigRequest): string[] {
  return [
    ...request.networks.map(
      (prefix) =>
        `set policy-options policy-statement cloud-out term own from route-filter ${prefix} exact`,
    ),
    "set policy-options policy-statement cloud-out term own then accept",
    "set policy-options policy-statement cloud-out term rest then reject",
  ];
}

function bgp(request: RouterConfigRequest): string[] {
  const group = groupOf(request, "cloud");
  const all = [...neighborsOf(request, "ipv4"), ...neighborsOf(request, "ipv6")];
  const number = `autonomous-system ${request.asn}`;
  return [
    request.vrf === undefined
      ? `set routing-options ${number}`
      : `set routing-instances ${request.vrf} routing-options ${number}`,
    ...(all.length === 0 ? [] : [...groupLines(request, group), `${group} export cloud-out`]),
    ...all.flatMap(({ remote, link }) =>
      neighborLines(group, { remote, link, title: `${link.side} link` }),
    ),
  ];
}

/** What is told on each link is that link's own: a pool may be announced on one alone. */
function publicBgp(request: RouterConfigRequest): string[] {
  const group = groupOf(request, "cloud-public");
  const all = [...publicNeighborsOf(request, "ipv4"), ...publicNeighborsOf(request, "ipv6")];
  if (all.length === 0) return [];
  return [
    ...groupLines(request, group),
    ...all.flatMap(({ remote, link }) => [
      ...neighborLines(group, { remote, link, title: `${link.side} public link` }),
      ...(link.asn === request.asn
        ? []
        : [`${group} neighbor ${remote} local-as ${link.asn} no-prepend-global-as`]),
      `${group} neighbor ${remote} export ${publicPolicyName(link)}`,
    ]),
  ];
}

function publicPolicy(link: PublicRouterLink): string[] {
  const at = `set policy-options policy-statement ${publicPolicyName(link)} term`;
  return [
    ...link.networks.map((prefix) => `${at} own from route-filter ${prefix} exact`),
    `${at} own then accept`,
    `${at} rest then reject`,
  ];
}

function publicPolicyName({ side, circuit }: PublicRouterLink): string {
  return `public-out-${circuit.slice(0, 8)}-${side}`;
}

function groupOf({ vrf }: RouterConfigRequest, name: string): string {
  const root =
    vrf === undefined ? "set protocols bgp" : `set routing-instances ${vrf} protocols bgp`;
  return `${root} group ${name}`;
}

function groupLines({ cloudAsn }: RouterConfigRequest, group: string): string[] {
  return [`${group} type external`, `${group} peer-as ${cloudAsn}`, `${group} multipath`];
}

function neighborLines(
  group: string,
  { remote, link, title }: { remote: string; link: RouterLink; title: string },
): string[] {
  const at = `${group} neighbor ${remote}`;
  return [
    `${at} description "${title}"`,
    ...(link.bfd === undefined
      ? []
      : [
          `${at} bfd-liveness-detection minimum-interval ${link.bfd.intervalMs}`,
          `${at} bfd-liveness-detection multiplier ${link.bfd.multiplier}`,
        ]),
    // 255 less one hop (RFC 5082 §3).
    ...(link.isTtlSecure ? [`${at} ttl 255`] : []),
    ...(link.password === undefined ? [] : [`${at} authentication-key "${link.password}"`]),
  ];
}
