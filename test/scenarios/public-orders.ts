/** Public peerings as tests ask for them, on the lab's circuits. */
import type { Client } from "../../src/client/client.ts";

export const PUBLIC_TAG = 200;

export const services = {
  storage: {
    address: "198.19.2.1",
    address6: "2001:db8:f002::1",
    prefix: "198.19.2.0/24",
    community: "12076:52002",
  },
  sql: {
    address: "198.19.12.1",
    address6: "2001:db8:f012::1",
    prefix: "198.19.12.0/24",
    community: "12076:53002",
  },
} as const;

/** Whose prefixes the lab's registry data knows. */
export const pools = {
  alder: { asn: 64_410, ipv4: ["198.18.16.0/24"], ipv6: ["2001:db8:16::/48"], link: 0 },
  cedar: { asn: 64_420, ipv4: ["198.18.32.0/24"], ipv6: ["2001:db8:32::/48"], link: 1 },
  oak: { asn: 64_430, ipv4: ["198.18.48.0/24"], ipv6: ["2001:db8:48::/48"], link: 2 },
  pine: { asn: 65_010, ipv4: ["198.18.64.0/24"], ipv6: ["2001:db8:64::/48"], link: 3 },
  maple: { asn: 64_416, ipv4: ["198.18.20.0/24"], ipv6: ["2001:db8:20::/48"], link: 5 },
  birch: { asn: 64_412, ipv4: ["198.18.10.0/24"], ipv6: ["2001:db8:10::/48"], link: 4 },
} as const;

export type Customer = keyof typeof pools;

/** Whose router it is in a variant of the demo, and so what may be announced there. */
export const customersByVariant: Readonly<Record<string, Customer>> = {
  "exchange-l2": "alder",
  "exchange-l3": "birch",
  ethernet: "cedar",
  ipvpn: "maple",
  "direct-dot1q": "oak",
  "direct-qinq": "pine",
};

export function publicPeeringBody(
  customer: Customer,
  changes: { properties?: object; filter?: string } = {},
): { properties: Record<string, unknown> } {
  const { asn, ipv4, ipv6, link } = pools[customer];
  const routeFilter = changes.filter === undefined ? {} : { routeFilter: { id: changes.filter } };
  return {
    properties: {
      peeringType: "MicrosoftPeering",
      peerASN: asn,
      vlanId: PUBLIC_TAG,
      primaryPeerAddressPrefix: `198.18.0.${8 * link}/30`,
      secondaryPeerAddressPrefix: `198.18.0.${8 * link + 4}/30`,
      microsoftPeeringConfig: { advertisedPublicPrefixes: ipv4 },
      ...routeFilter,
      ipv6PeeringConfig: {
        primaryPeerAddressPrefix: `2001:db8:0:${link}::/126`,
        secondaryPeerAddressPrefix: `2001:db8:0:${link}::4/126`,
        microsoftPeeringConfig: { advertisedPublicPrefixes: ipv6 },
        ...routeFilter,
      },
      ...changes.properties,
    },
  };
}

/** A route filter with one rule, made or changed. */
export async function allow(
  customer: Client,
  id: string,
  { location, communities }: { location: string; communities: readonly string[] },
): Promise<void> {
  await customer.waitFor(await customer.put(id, { location, properties: {} }));
  const properties = { access: "Allow", routeFilterRuleType: "Community", communities };
  await customer.waitFor(await customer.put(`${id}/routeFilterRules/allowed`, { properties }));
}
