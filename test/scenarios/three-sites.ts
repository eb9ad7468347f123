/** The lab with addresses of their own at three of its sites, whose circuits can be joined two by two. */
import { readFileSync } from "node:fs";
import type { PendingOperation } from "../../src/client/client.ts";
import * as bodies from "../../src/main/demo/bodies.ts";
import { crossConnectionId, type Parties } from "../../src/main/demo/order.ts";
import { type Variant, variants } from "../../src/main/demo/variants.ts";

/** A is in Amsterdam, B in Frankfurt, C in Amsterdam again; B and C have one AS number. */
export const sites = {
  a: { site: "alder", variant: "exchange-l2", block: 10, asn: 65010 },
  b: { site: "cedar", variant: "ethernet", block: 60, asn: 65060 },
  c: { site: "pine", variant: "direct-qinq", block: 70, asn: 65060 },
} as const;

export type SiteName = keyof typeof sites;

/** A site is named in the line of its own and in that of its host, whose addresses are in the next. */
export function threeSiteFabric(): string {
  const lines = readFileSync(new URL("../../fabrics/lab.yaml", import.meta.url), "utf8");
  let block = 10;
  return lines
    .split("\n")
    .map((line) => {
      const named = /^ {2}- (?:\{ )?name: (\w+)/.exec(line)?.[1];
      if (named !== undefined)
        block = Object.values(sites).find(({ site }) => site === named.split("-")[0])?.block ?? 10;
      return line.replaceAll("10.10.", `10.${block}.`).replaceAll("fd10:10:", `fd10:${block}:`);
    })
    .join("\n");
}

export function hostOf(name: SiteName) {
  const { site, block } = sites[name];
  return {
    place: { node: `${site}-host`, vrf: "default" },
    ipv4: `10.${block}.1.10`,
    ipv6: `fd10:${block}:0:1::10`,
  };
}

export function variantOf(name: SiteName): Variant {
  const found = variants.find((variant) => variant.name === sites[name].variant);
  if (found === undefined) throw new Error(`there is no variant ${sites[name].variant}`);
  return found;
}

export function namesOfSite(parties: Pick<Parties, "customerSubscription">, name: SiteName) {
  return bodies.namesOf(variantOf(name), parties.customerSubscription);
}

/** A circuit with its peering, as far as it needs no network; not waited for. */
export async function orderSite(parties: Parties, name: SiteName): Promise<PendingOperation[]> {
  const { customer, provider } = parties;
  const variant = variantOf(name);
  const names = namesOfSite(parties, name);
  await customer.put(names.group, { location: variant.region });
  if (variant.order.kind === "direct")
    await customer.waitFor(await customer.put(names.port, bodies.ports(variant)));
  const circuit = await customer.put(names.circuit(0), bodies.circuit(variant, names));
  const pending: PendingOperation[] = [circuit];
  if (variant.order.kind === "provider") {
    const key = String(circuit.body.properties["serviceKey"]);
    const crossConnection = crossConnectionId(parties, variant, key);
    pending.push(await provider.put(crossConnection, bodies.provisioned(variant)));
  }
  pending.push(await customer.put(names.peering(0), peeringOf(name)));
  return pending;
}

function peeringOf(name: SiteName): object {
  const { block, asn } = sites[name];
  return {
    properties: {
      peeringType: "AzurePrivatePeering",
      peerASN: asn,
      vlanId: 100,
      primaryPeerAddressPrefix: `192.168.${block}.0/30`,
      secondaryPeerAddressPrefix: `192.168.${block}.4/30`,
      ipv6PeeringConfig: {
        primaryPeerAddressPrefix: `fd64:${block}::/126`,
        secondaryPeerAddressPrefix: `fd64:${block}::4/126`,
      },
    },
  };
}

export function joinId(parties: Parties, from: SiteName, to: SiteName): string {
  return `${namesOfSite(parties, from).peering(0)}/connections/to-${to}`;
}

export function joinBody(
  parties: Pick<Parties, "customerSubscription">,
  { to, third, causeway }: { to: SiteName; third: number; causeway?: object },
): object {
  return {
    properties: {
      peerExpressRouteCircuitPeering: { id: namesOfSite(parties, to).peering(0) },
      addressPrefix: `192.168.${third}.0/29`,
      ipv6CircuitConnectionConfig: { addressPrefix: `fd65:${third}::/125` },
      ...(causeway === undefined ? {} : { causeway }),
    },
  };
}
