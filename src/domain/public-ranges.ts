/**
 * Which addresses are public: announced on the internet by whoever holds them. What is not is in the
 * IANA special-purpose registries (RFC 6890); a fabric may count ranges of it as public, for a lab has no
 * public addresses of its own.
 */
import { type Prefix, prefixContains, prefixesOverlap, prefixOf } from "../base/prefix.ts";
import type { Inventory } from "../fabric/inventory.ts";

const reserved: readonly (readonly [string, string])[] = [
  ["0.0.0.0/8", "this network (RFC 791)"],
  ["10.0.0.0/8", "private (RFC 1918)"],
  ["100.64.0.0/10", "shared by providers (RFC 6598)"],
  ["127.0.0.0/8", "loopback (RFC 1122)"],
  ["169.254.0.0/16", "link-local (RFC 3927)"],
  ["172.16.0.0/12", "private (RFC 1918)"],
  ["192.0.0.0/24", "for protocols (RFC 6890)"],
  ["192.0.2.0/24", "for documentation (RFC 5737)"],
  ["192.88.99.0/24", "for 6to4 relays (RFC 7526)"],
  ["192.168.0.0/16", "private (RFC 1918)"],
  ["198.18.0.0/15", "for benchmarks (RFC 2544)"],
  ["198.51.100.0/24", "for documentation (RFC 5737)"],
  ["203.0.113.0/24", "for documentation (RFC 5737)"],
  ["224.0.0.0/4", "multicast (RFC 5771)"],
  ["240.0.0.0/4", "reserved (RFC 1112)"],
  ["2001::/23", "for protocols (RFC 2928)"],
  ["2001:db8::/32", "for documentation (RFC 3849)"],
  ["2002::/16", "for 6to4 (RFC 3056)"],
  ["3fff::/20", "for documentation (RFC 9637)"],
  ["fc00::/7", "unique local (RFC 4193)"],
  ["fe80::/10", "link-local (RFC 4291)"],
  ["ff00::/8", "multicast (RFC 4291)"],
];

/** IPv6 addresses that are given out at all (RFC 4291 §2.4). */
const globalIpv6 = prefixOf("2000::/3");

/** Why the prefix is not public, or undefined where it is. */
export function whyNotPublic(
  prefix: Prefix,
  { publicPeering }: Pick<Inventory, "publicPeering">,
): string | undefined {
  const lent = publicPeering?.publicRanges ?? [];
  if (lent.some((range) => prefixContains(prefixOf(range), prefix))) return undefined;
  if (prefix.length === 0) return "the default route";
  const found = reserved.find(([range]) => prefixesOverlap(prefixOf(range), prefix));
  if (found !== undefined) return found[1];
  if (prefix.family === "ipv6" && !prefixContains(globalIpv6, prefix))
    return "not in the space that is given out (RFC 4291)";
  return undefined;
}
