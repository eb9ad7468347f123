import { z } from "zod";
import { isNetwork, parseAddress, parsePrefix } from "../base/prefix.ts";

/** Pieces of schemas. A message ends the sentence "it …": what would pass. */

export const whole = (from: number, to: number) =>
  z
    .int({ error: `must be a whole number ${from}..${to}` })
    .min(from, { error: `must be a whole number ${from}..${to}` })
    .max(to, { error: `must be a whole number ${from}..${to}` });

/** IEEE 802.1Q: 0 and 4095 are not for use. */
export const VlanId = whole(1, 4094);

/** RFC 6793; 0 is reserved by RFC 7607. */
export const Asn = whole(1, 4_294_967_295);

export const RoutingWeight = whole(0, 32_000);

export const Text = z.string({ error: "must be a text" });

export const AuthorizationKey = Text.max(100, { error: "must be the key of an authorization" });

export const Flag = z.boolean({ error: "must be true or false" });

export const oneOf = <const T extends readonly [string, ...string[]]>(values: T) =>
  z.enum(values, { error: `must be one of ${values.join(", ")}` });

/** A flag of the API that would promise what is not there. */
export const UnofferedFlag = z.literal(false, {
  error: "can only be false: this is not offered yet",
});

export const PeerPrefixIpv4 = linkPrefix("ipv4", 30, "192.168.100.128/30");
export const PeerPrefixIpv6 = linkPrefix("ipv6", 126, "fd00:1::/126");

/** Cut in two halves, one for each pair of edges that a join of two circuits has. */
export const JoinPrefixIpv4 = linkPrefix("ipv4", 29, "192.168.100.128/29");
export const JoinPrefixIpv6 = linkPrefix("ipv6", 125, "fd00:1::/125");

/** A field of the API whose value would promise what is not there. */
export const Unoffered = z
  .never({ error: "can only be absent: this is not offered yet" })
  .optional();

/** The same for lists, which clients send back empty. */
export const UnofferedList = z
  .array(z.unknown(), { error: "can only be an empty list: this is not offered yet" })
  .max(0, { error: "can only be an empty list: this is not offered yet" })
  .optional();

function linkPrefix(family: "ipv4" | "ipv6", length: number, example: string) {
  const passes = `must be a network of length /${length} such as ${example}, its host bits zero`;
  return z.string({ error: passes }).refine(
    (text) => {
      const prefix = parsePrefix(text);
      return prefix?.family === family && prefix.length === length && isNetwork(prefix);
    },
    { error: passes },
  );
}

const networkPasses = "must be a network such as 10.0.0.0/16 or fd00:2::/48, its host bits zero";

export const NetworkPrefix = z.string({ error: networkPasses }).refine(
  (text) => {
    const prefix = parsePrefix(text);
    return prefix !== undefined && isNetwork(prefix) && prefix.length > 0;
  },
  { error: networkPasses },
);

export const IpAddress = z
  .string({ error: "must be an IPv4 or IPv6 address" })
  .refine((text) => parseAddress(text) !== undefined, {
    error: "must be an IPv4 or IPv6 address",
  });

const idPasses = "must be the id of a resource, /subscriptions/…/resourceGroups/…/providers/…";

/** Clients embed whole objects where an id is meant; only the id counts. */
export const Reference = z.object(
  {
    id: z
      .string({ error: idPasses })
      .max(1_000, { error: idPasses })
      .regex(
        /^\/subscriptions\/[^/]+\/resourceGroups\/[^/]+\/providers\/[^/]+(\/[^/]+\/[^/]+)+$/i,
        {
          error: idPasses,
        },
      ),
  },
  { error: 'must be an object with an id: {"id": "/subscriptions/…"}' },
);
