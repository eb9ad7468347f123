/** What a peering to public services is refused for, besides what every peering is. */
import { isNetwork, type Prefix, parsePrefix, prefixesOverlap, prefixOf } from "../base/prefix.ts";
import { isDocumentationAsn } from "./asn.ts";
import {
  type ArmError,
  conflict,
  invalidField,
  referenceNotFound,
  refuse,
  requiredField,
} from "./errors.ts";
import { sameId, textsAt } from "./fields.ts";
import { limits } from "./limits.ts";
import { peerPrefixesOf } from "./links.ts";
import type { PeeringBody } from "./peering.ts";
import { type PublicConfig, publicConfigPaths, publicPeerings } from "./public-peering.ts";
import { whyNotPublic } from "./public-ranges.ts";
import type { Candidate, WriteView } from "./resource.ts";
import type { JsonObject, StoredResource } from "./state.ts";
import { types } from "./types.ts";

type Peering = Candidate<PeeringBody>;

type Part = {
  readonly family: "ipv4" | "ipv6";
  readonly config: PublicConfig | undefined;
  readonly routeFilter: { readonly id: string } | undefined;
  /** In front of the names of fields. */
  readonly at: string;
};

export async function* publicPeeringRefusals(
  candidate: Peering,
  view: WriteView,
): AsyncGenerator<ArmError> {
  const parts = partsOf(candidate.body);
  yield* documentationAsn("properties.peerASN", candidate.body.properties.peerASN);
  const announced: { target: string; prefix: Prefix; text: string }[] = [];
  for (const part of parts) {
    yield* configRefusals(part, view);
    for (const [index, text] of (part.config?.advertisedPublicPrefixes ?? []).entries()) {
      const target = `${part.at}${publicField}.advertisedPublicPrefixes[${index}]`;
      const prefix = networkIn(text, part.family);
      if (prefix === undefined) yield invalidField(target, text, networkPasses[part.family]);
      else {
        const isPublic = whyNotPublic(prefix, view.inventory) === undefined;
        if (isPublic) announced.push({ target, prefix, text });
        else yield notPublic(target, prefix, { text, view });
      }
    }
    yield* routeFilterRefusals(part, view);
  }
  for (const { field, prefix } of linksOf(candidate)) {
    const isPublic = whyNotPublic(prefixOf(prefix), view.inventory) === undefined;
    if (isPublic) announced.push({ target: field, prefix: prefixOf(prefix), text: prefix });
    else yield notPublic(field, prefixOf(prefix), { text: prefix, view });
  }
  yield* amongThemselves(announced);
  yield* takenRefusals(candidate, announced, view);
}

const publicField = "microsoftPeeringConfig";

function partsOf({ properties }: PeeringBody): readonly Part[] {
  const { ipv6PeeringConfig: ipv6 } = properties;
  const hasIpv4 =
    properties.primaryPeerAddressPrefix !== undefined ||
    properties.microsoftPeeringConfig !== undefined;
  return [
    ...(hasIpv4 || !ipv6
      ? [
          {
            family: "ipv4" as const,
            config: properties.microsoftPeeringConfig,
            routeFilter: properties.routeFilter,
            at: "properties.",
          },
        ]
      : []),
    ...(ipv6
      ? [
          {
            family: "ipv6" as const,
            config: ipv6.microsoftPeeringConfig,
            routeFilter: ipv6.routeFilter,
            at: "properties.ipv6PeeringConfig.",
          },
        ]
      : []),
  ];
}

function* configRefusals(
  { config, family, at }: Part,
  { inventory }: WriteView,
): Generator<ArmError> {
  const target = `${at}${publicField}`;
  const prefixes = config?.advertisedPublicPrefixes ?? [];
  if (prefixes.length === 0) {
    yield requiredField(
      `${target}.advertisedPublicPrefixes`,
      `must be the public ${family === "ipv4" ? "IPv4" : "IPv6"} networks that you announce, at least one`,
    );
  }
  if (prefixes.length > limits.publicPrefixesPerFamily) {
    yield refuse(
      "LimitExceeded",
      `${target}.advertisedPublicPrefixes`,
      `${target}.advertisedPublicPrefixes is refused: there are ${prefixes.length} and ${limits.publicPrefixesPerFamily} may be announced; send larger networks that hold them.`,
    );
  }
  for (const [index, community] of (config?.advertisedCommunities ?? []).entries()) {
    if (isCommunity(community)) continue;
    const passes = "must be a community such as 12076:5010, both numbers 0..65535";
    yield invalidField(`${target}.advertisedCommunities[${index}]`, community, passes);
  }
  for (const [index, { prefix }] of (config?.advertisedPublicPrefixInfo ?? []).entries()) {
    if (prefixes.includes(prefix)) continue;
    const passes = "must be one of advertisedPublicPrefixes, as it is written there";
    yield invalidField(`${target}.advertisedPublicPrefixInfo[${index}].prefix`, prefix, passes);
  }
  const asn = config?.customerASN ?? 0;
  const { from, to } = limits.reservedAsns;
  if (asn === inventory.cloudAsn || asn === inventory.gatewayAsn || (asn >= from && asn <= to)) {
    yield refuse(
      "AsnReserved",
      `${target}.customerASN`,
      `${target}.customerASN is refused: ${asn} belongs to the platform; send the AS number that your prefixes are registered with.`,
    );
  }
  yield* documentationAsn(`${target}.customerASN`, asn);
}

function* documentationAsn(target: string, asn: number): Generator<ArmError> {
  if (!isDocumentationAsn(asn)) return;
  yield refuse(
    "AsnNotPublic",
    target,
    `${target} is refused: ${asn} is set aside for documentation (RFC 5398); send your public AS number, or a private one whose prefixes the operator validates by hand.`,
  );
}

function notPublic(
  target: string,
  prefix: Prefix,
  { text, view }: { text: string; view: WriteView },
): ArmError {
  const why = whyNotPublic(prefix, view.inventory) ?? "not public";
  return refuse(
    "PrefixNotPublic",
    target,
    `${target} is refused: ${text} is ${why}; send public addresses that are registered as yours.`,
  );
}

const networkPasses = {
  ipv4: "must be a network such as 198.51.100.0/24, its host bits zero",
  ipv6: "must be a network such as 2001:db8::/48, its host bits zero",
} as const;

function networkIn(text: string, family: "ipv4" | "ipv6"): Prefix | undefined {
  const prefix = parsePrefix(text);
  return prefix?.family === family && isNetwork(prefix) ? prefix : undefined;
}

function isCommunity(text: string): boolean {
  return /^\d{1,5}:\d{1,5}$/.test(text) && text.split(":").every((half) => Number(half) <= 65_535);
}

async function* routeFilterRefusals(
  { routeFilter, at }: Part,
  { reader, parent }: WriteView,
): AsyncGenerator<ArmError> {
  if (routeFilter === undefined) return;
  const target = `${at}routeFilter.id`;
  const filter = await reader.read(routeFilter.id);
  if (filter?.type !== types.routeFilter || filter.provisioningState === "Deleting") {
    yield referenceNotFound(target, routeFilter.id);
  } else if (filter.location !== parent?.location) {
    yield refuse(
      "InvalidResourceLocation",
      target,
      `${target} is refused: route filter ${filter.name} is in ${filter.location ?? ""} and circuit ${parent?.name ?? ""} in ${parent?.location ?? ""}; attach one of the circuit's location.`,
    );
  }
}

type Announced = { readonly target: string; readonly prefix: Prefix; readonly text: string };

/** Announced twice, or a pool that a link subnet lies in: its return traffic would go to the link. */
function* amongThemselves(announced: readonly Announced[]): Generator<ArmError> {
  for (const [index, { target, prefix, text }] of announced.entries()) {
    const other = announced
      .slice(0, index)
      .find((each) => prefixesOverlap(each.prefix, prefix) && !bothLinks(each.target, target));
    if (other === undefined) continue;
    yield refuse(
      "PrefixInUse",
      target,
      `${target} is refused: ${text} overlaps ${other.text} in ${other.target}; send networks that do not overlap.`,
    );
  }
}

/** Of two link subnets every peering's own rule speaks. */
function bothLinks(one: string, other: string): boolean {
  return one.endsWith("PeerAddressPrefix") && other.endsWith("PeerAddressPrefix");
}

/**
 * Public addresses are one space: they are the services' own, or on other public peerings. A customer may
 * announce the same prefix over several of its circuits, and use no link subnet twice.
 */
async function* takenRefusals(
  candidate: Peering,
  announced: readonly Announced[],
  view: WriteView,
): AsyncGenerator<ArmError> {
  for (const { target, prefix, text } of announced) {
    const service = view.inventory.publicServices.find(({ prefixes }) =>
      prefixes.some((each) => prefixesOverlap(prefixOf(each), prefix)),
    );
    if (service !== undefined)
      yield refuse(
        "PrefixInUse",
        target,
        `${target} is refused: ${text} is ${service.title}'s own; send addresses that are yours.`,
      );
  }
  for (const other of await otherPublicPeerings(candidate, view)) {
    const isOwn = other.subscriptionId === candidate.subscriptionId;
    const taken = usedBy(other);
    for (const { target, prefix, text } of announced) {
      const isLink = target.endsWith("PeerAddressPrefix");
      const inTheWay = [...taken.links, ...(isLink || !isOwn ? taken.announced : [])];
      if (!inTheWay.some((each) => prefixesOverlap(each, prefix))) continue;
      // Whose it is, is told only to who owns both.
      const whose = isOwn ? `circuit ${circuitNameOf(other)}` : "another circuit";
      yield conflict(
        "PrefixInUse",
        target,
        `${target} is refused: ${text} overlaps what ${whose} uses; send addresses that no other circuit has.`,
      );
    }
  }
}

async function otherPublicPeerings(
  { id }: Peering,
  { reader }: WriteView,
): Promise<readonly StoredResource[]> {
  const others: StoredResource[] = [];
  for (const { owner } of await reader.allocations(publicPeerings.pool)) {
    if (sameId(owner, id)) continue;
    const row = await reader.read(owner);
    if (row !== undefined) others.push(row);
  }
  return others;
}

function usedBy({ desired }: StoredResource): { links: Prefix[]; announced: Prefix[] } {
  const { properties } = desired;
  return {
    links: peerPrefixesOf(properties).map(({ prefix }) => prefixOf(prefix)),
    announced: Object.values(publicConfigPaths).flatMap((path) =>
      textsAt(properties, `${path}.advertisedPublicPrefixes`).map(prefixOf),
    ),
  };
}

function circuitNameOf({ parentId = "" }: StoredResource): string {
  return parentId.split("/").at(-1) ?? "";
}

function linksOf({ body }: Peering) {
  // A body is JSON: the schema read it from JSON.
  return peerPrefixesOf(body.properties as unknown as JsonObject);
}
