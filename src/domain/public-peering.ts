/** The part of a peering that public services have alone, as it is asked for and as it is answered. */
import { z } from "zod";
import {
  defined,
  isObject,
  listAt,
  numberAt,
  objectAt,
  objectOf,
  textAt,
  textsAt,
} from "./fields.ts";
import { type PrefixState, validationIdOf } from "./prefix-holding/verdict.ts";
import type { Json, JsonObject, StoredResource } from "./state.ts";
import { oneOf, Text } from "./values.ts";

export const publicPeering = "MicrosoftPeering";

/** Every public peering holds a number of this pool: so they are found among all peerings. */
export const publicPeerings = { pool: "publicPeerings", from: 0, to: 65_535 } as const;

const registries = ["ARIN", "APNIC", "AFRINIC", "LACNIC", "RIPENCC", "RADB", "ALTDB"] as const;
const numberPasses = "must be a whole number 0..4294967295, 0 for none";

/** What is in the lists is looked at by rules, so that a request hears of all of it at once. */
export const PublicConfig = z.strictObject(
  {
    advertisedPublicPrefixes: z.array(Text, { error: "must be a list of networks" }).optional(),
    /** Kept for clients; what is told to a customer follows from the route filter alone. */
    advertisedCommunities: z.array(Text, { error: "must be a list of communities" }).optional(),
    legacyMode: z
      .literal(0, { error: "can only be 0: peerings without a route filter hear nothing" })
      .optional(),
    customerASN: z
      .int({ error: numberPasses })
      .min(0, { error: numberPasses })
      .max(4_294_967_295, { error: numberPasses })
      .optional(),
    routingRegistryName: oneOf(["NONE", ...registries]).optional(),
    advertisedPublicPrefixInfo: z
      .array(
        z.strictObject(
          { prefix: Text, signature: Text.max(4_000, { error: "must be base64" }).optional() },
          { error: "must be an object with prefix and signature" },
        ),
        { error: "must be a list of objects with prefix and signature" },
      )
      .optional(),
  },
  { error: "must be an object with advertisedPublicPrefixes" },
);

export type PublicConfig = z.infer<typeof PublicConfig>;

const readOnly = [
  "microsoftPeeringConfig.advertisedPublicPrefixesState",
  "microsoftPeeringConfig.advertisedPublicPrefixInfo.*.validationId",
  "microsoftPeeringConfig.advertisedPublicPrefixInfo.*.validationState",
];

/** What clients send back and the platform says. */
export const publicConfigReadOnly = readOnly.flatMap((path) => [
  `properties.${path}`,
  `properties.ipv6PeeringConfig.${path}`,
]);

const defaults = {
  ...{ advertisedPublicPrefixes: [], advertisedCommunities: [] },
  ...{ customerASN: 0, legacyMode: 0, routingRegistryName: "NONE" },
};

/**
 * The public parts of a body as they are meant. A client that configures one family sends the other's
 * empty: `routeFilter: {}`, a configuration without prefixes. What it leaves out so stays.
 */
export function publicParts(
  sent: JsonObject,
  held: JsonObject,
): Readonly<Record<string, Json | undefined>> {
  const { ipv6PeeringConfig: sentIpv6 } = sent;
  const heldIpv6 = objectAt(held, "ipv6PeeringConfig");
  const ipv6 =
    sentIpv6 === undefined
      ? held["ipv6PeeringConfig"]
      : isObject(sentIpv6)
        ? merged(sentIpv6)
        : sentIpv6;
  return {
    microsoftPeeringConfig: configOf(sent, held),
    routeFilter: filterOf(sent, held),
    ipv6PeeringConfig: ipv6 === null ? undefined : ipv6,
  };

  function merged(config: JsonObject): JsonObject {
    const links =
      config["primaryPeerAddressPrefix"] === undefined &&
      config["secondaryPeerAddressPrefix"] === undefined
        ? heldIpv6
        : {};
    return defined({
      ...links,
      ...config,
      microsoftPeeringConfig: configOf(config, heldIpv6),
      routeFilter: filterOf(config, heldIpv6),
    });
  }
}

function filterOf(sent: JsonObject, held: JsonObject): Json | undefined {
  const { routeFilter } = sent;
  const isEmpty = isObject(routeFilter) && Object.keys(routeFilter).length === 0;
  return isEmpty ? held["routeFilter"] : routeFilter;
}

/** With what clients leave out; an entry without proof says nothing. */
function configOf(sent: JsonObject, held: JsonObject): Json | undefined {
  const asked = sent["microsoftPeeringConfig"];
  const before = held["microsoftPeeringConfig"];
  if (asked !== undefined && !isObject(asked)) return asked;
  const isWhole = asked?.["advertisedPublicPrefixes"] !== undefined;
  const config = isWhole ? asked : asked || before ? { ...objectOf(before), ...asked } : undefined;
  if (config === undefined) return undefined;
  const { advertisedPublicPrefixInfo: entries, ...rest } = config;
  const whole = { ...defaults, ...rest };
  if (entries !== undefined && !Array.isArray(entries))
    return { ...whole, advertisedPublicPrefixInfo: entries };
  const proofs = listAt(config, "advertisedPublicPrefixInfo").filter(
    (entry) => !isObject(entry) || textAt(entry, "signature") !== undefined,
  );
  return proofs.length === 0 ? whole : { ...whole, advertisedPublicPrefixInfo: proofs };
}

/** Where the two families of a peering keep it, below `properties`. */
export const publicConfigPaths = {
  ipv4: "microsoftPeeringConfig",
  ipv6: "ipv6PeeringConfig.microsoftPeeringConfig",
} as const;

/** A prefix that a customer would announce, and on what grounds. */
export type AskedPrefix = {
  readonly family: "ipv4" | "ipv6";
  readonly prefix: string;
  /** Whose the prefix should be: the customer's, or the peer's where none is named. */
  readonly asn: number;
  readonly registry?: string;
  readonly signature?: string;
};

export function askedPrefixes(peering: Pick<StoredResource, "desired">): readonly AskedPrefix[] {
  const properties = objectAt(peering.desired, "properties");
  const peerAsn = numberAt(properties, "peerASN") ?? 0;
  return (["ipv4", "ipv6"] as const).flatMap((family) => {
    const config = objectAt(properties, publicConfigPaths[family]);
    const asn = numberAt(config, "customerASN") || peerAsn;
    const registry = textAt(config, "routingRegistryName") ?? "NONE";
    const proofs = listAt(config, "advertisedPublicPrefixInfo");
    return textsAt(config, "advertisedPublicPrefixes").map((prefix) => {
      const proof = proofs.find((each) => textAt(each, "prefix") === prefix);
      const signature = textAt(proof, "signature");
      return {
        ...{ family, prefix, asn },
        ...(registry === "NONE" ? {} : { registry }),
        ...(signature === undefined ? {} : { signature }),
      };
    });
  });
}

/** What was found of a prefix; about another AS number it says nothing. */
export type JudgedPrefix = {
  readonly prefix: string;
  readonly asn: number;
  readonly state: PrefixState;
  readonly reason: string;
};

export function judgedPrefixes({ observed }: StoredResource): readonly JudgedPrefix[] {
  return listAt(observed, "publicPrefixes").map((each) => ({
    prefix: textAt(each, "prefix") ?? "",
    asn: numberAt(each, "asn") ?? 0,
    // Written by the reconciler from verdicts.
    state: (textAt(each, "state") ?? "ValidationNeeded") as PrefixState,
    reason: textAt(each, "reason") ?? "",
  }));
}

export function verdictOn(
  peering: StoredResource,
  { prefix, asn }: Pick<AskedPrefix, "prefix" | "asn">,
): JudgedPrefix | undefined {
  return judgedPrefixes(peering).find((each) => each.prefix === prefix && each.asn === asn);
}

/** `properties` with what is known of the prefixes, and what clients expect to find beside them. */
export function withStates(
  peering: StoredResource,
  circuit: StoredResource | undefined,
  properties: JsonObject,
): JsonObject {
  const serviceKey = textAt(circuit?.assigned, "serviceKey") ?? "";
  const asked = askedPrefixes(peering);
  const configOf = (family: "ipv4" | "ipv6", held: JsonObject) => {
    const prefixes = asked.filter((each) => each.family === family);
    const states = prefixes.map((each) => verdictOn(peering, each)?.state ?? "Configuring");
    return {
      ...held,
      advertisedPublicPrefixesState: togetherOf(states),
      advertisedPublicPrefixInfo: prefixes.map(({ prefix, asn, signature }, index) =>
        defined({
          prefix,
          validationId: validationIdOf({ serviceKey, prefix, asn }),
          signature,
          validationState: states[index],
        }),
      ),
    };
  };
  const ipv6 = objectAt(properties, "ipv6PeeringConfig");
  const refusedBecause = reasonsOf(peering, asked);
  return {
    ...properties,
    microsoftPeeringConfig: configOf("ipv4", objectAt(properties, "microsoftPeeringConfig")),
    ...(properties["ipv6PeeringConfig"] === undefined
      ? {}
      : {
          ipv6PeeringConfig: {
            ...ipv6,
            microsoftPeeringConfig: configOf("ipv6", objectAt(ipv6, "microsoftPeeringConfig")),
          },
        }),
    ...(refusedBecause.length === 0 ? {} : { causewayPublicPrefixes: refusedBecause }),
  };
}

/** Causeway's own: why a prefix is not taken from the customer, and what would help. */
function reasonsOf(peering: StoredResource, asked: readonly AskedPrefix[]): readonly Json[] {
  return asked.flatMap((each) => {
    const verdict = verdictOn(peering, each);
    if (verdict === undefined || verdict.state === "Configured") return [];
    const { prefix, state, reason } = verdict;
    return [{ prefix, state, reason }];
  });
}

function togetherOf(states: readonly string[]): string {
  if (states.length === 0) return "NotConfigured";
  if (states.includes("Configuring")) return "Configuring";
  return states.every((state) => state === "Configured") ? "Configured" : "ValidationNeeded";
}
