/**
 * BIRD 2.0.11 or later, on Linux. Addresses and tags are the system's, which BIRD does not set: they stand in front as words.
 *
 * The cloud's edges make their BFD session anew when a BGP session first comes up. BIRD takes that for a loss and would
 * wait a minute before it lets a neighbor in again; so it waits a second.
 */
import {
  networksOf,
  type PublicRouterLink,
  type RouterConfigRequest,
  type RouterLink,
  type RouterTemplate,
} from "./request.ts";

export const bird: RouterTemplate = { name: "bird", title: "BIRD 2", render };

type Family = "ipv4" | "ipv6";
const families: readonly Family[] = ["ipv4", "ipv6"];

function render(request: RouterConfigRequest): string {
  const publicLinks = request.publicPart?.links ?? [];
  const all = [...request.links, ...publicLinks];
  return [
    ...all.flatMap(addressWords),
    "",
    ...(request.routerId === undefined ? [] : [`router id ${request.routerId};`]),
    "protocol device {}",
    ...(all.some(({ bfd }) => bfd !== undefined) ? ["protocol bfd {}"] : []),
    ...families.map(
      (family) =>
        `protocol kernel { merge paths yes; ${family} { export where source = RTS_BGP; }; }`,
    ),
    ...families.flatMap((family) =>
      own(`own${digit(family)}`, family, networksOf(request, family)),
    ),
    ...request.links.flatMap((link) => sessions(request, link)),
    ...publicLinks.flatMap((link) => publicSessions(request, link)),
    "",
  ].join("\n");
}

function addressWords({ interface: name, port, tags, side, families: all }: RouterLink): string[] {
  const addresses = all.map(({ local }) => local).join(", ");
  return [`# ${side}: ${name} on ${port}, tags ${tags.join(".")}, addresses ${addresses}`];
}

/** What is announced stands here even where the router has only parts of it. */
function own(name: string, family: Family, networks: readonly string[]): string[] {
  if (networks.length === 0) return [];
  const routes = networks.map((prefix) => `  route ${prefix} unreachable;`);
  return [`protocol static ${name} {`, `  ${family};`, ...routes, "}"];
}

function sessions(request: RouterConfigRequest, link: RouterLink): string[] {
  return link.families.flatMap(({ family, local, remote }) =>
    session(request, link, {
      name: `${link.side}${digit(family)}`,
      asn: request.asn,
      family,
      local,
      remote,
      exports: networksOf(request, family).length > 0 ? `own${digit(family)}` : undefined,
    }),
  );
}

function publicSessions(request: RouterConfigRequest, link: PublicRouterLink): string[] {
  return link.families.flatMap(({ family, local, remote }) => {
    const name = `public_${link.side}${digit(family)}`;
    const networks = networksOf(link, family);
    const exports = networks.length > 0 ? `own_${name}` : undefined;
    return [
      ...own(`own_${name}`, family, networks),
      ...session(request, link, { name, asn: link.asn, family, local, remote, exports }),
    ];
  });
}

type Session = {
  readonly name: string;
  readonly asn: number;
  readonly family: Family;
  readonly local: string;
  readonly remote: string;
  /** The protocol whose routes are announced, and no others (RFC 8212). */
  readonly exports: string | undefined;
};

function session({ cloudAsn }: RouterConfigRequest, link: RouterLink, of: Session): string[] {
  const { bfd, password } = link;
  return [
    `protocol bgp ${of.name} {`,
    `  description "${link.side} link of ${link.circuit}";`,
    `  local ${of.local.split("/")[0]} as ${of.asn};`,
    `  neighbor ${of.remote} as ${cloudAsn};`,
    ...(password === undefined ? [] : [`  password "${password}";`]),
    ...(bfd === undefined
      ? []
      : [`  bfd { interval ${bfd.intervalMs} ms; multiplier ${bfd.multiplier}; };`]),
    "  connect delay time 1;",
    "  error wait time 1, 60;",
    ...(link.isTtlSecure ? ["  ttl security on;"] : []),
    ...(link.isCustomer ? ["  local role customer;"] : []),
    `  ${of.family} { import all; export ${of.exports === undefined ? "none" : `where proto = "${of.exports}"`}; };`,
    "}",
  ];
}

function digit(family: Family): string {
  return family === "ipv4" ? "4" : "6";
}
