/** Juniper Junos, in `set` form. Written from the vendor's public grammar; not run on a device here. */
import {
  neighborsOf,
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
  return [...request.links.flatMap(unit), ...policy(request), ...bgp(request), ""].join("\n");
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
    ...link.families.map(
      ({ family, local }) =>
        `${at} family ${family === "ipv4" ? "inet" : "inet6"} address ${local}`,
    ),
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
  const root =
    request.vrf === undefined
      ? "set protocols bgp"
      : `set routing-instances ${request.vrf} protocols bgp`;
  const group = `${root} group cloud`;
  const all = [...neighborsOf(request, "ipv4"), ...neighborsOf(request, "ipv6")];
  return [
    `${request.vrf === undefined ? "set routing-options" : `set routing-instances ${request.vrf} routing-options`} autonomous-system ${request.asn}`,
    `${group} type external`,
    `${group} peer-as ${request.cloudAsn}`,
    `${group} multipath`,
    `${group} export cloud-out`,
    ...all.flatMap(({ remote, link }) => [
      `${group} neighbor ${remote} description "${link.side} link"`,
      ...(link.bfd === undefined
        ? []
        : [
            `${group} neighbor ${remote} bfd-liveness-detection minimum-interval ${link.bfd.intervalMs}`,
            `${group} neighbor ${remote} bfd-liveness-detection multiplier ${link.bfd.multiplier}`,
          ]),
      // 255 less one hop (RFC 5082 §3).
      ...(link.isTtlSecure ? [`${group} neighbor ${remote} ttl 255`] : []),
      ...(link.password === undefined
        ? []
        : [`${group} neighbor ${remote} authentication-key "${link.password}"`]),
    ]),
  ];
}
