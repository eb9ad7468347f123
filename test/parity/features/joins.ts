/** Circuits joined with each other, and services that are public. */

import { namesOf } from "../../../src/main/demo/bodies.ts";
import { crossConnectionId } from "../../../src/main/demo/order.ts";
import { variants } from "../../../src/main/demo/variants.ts";
import {
  allow,
  customersByVariant,
  pools,
  publicPeeringBody,
  services,
} from "../../scenarios/public-orders.ts";
import { type Feature, must, notApplicable } from "../feature.ts";
import { carries, customerOf, received, remove, type Standing, seen, write } from "../standing.ts";

/** The circuit of another variant, and a range for the join that no other has. */
function otherOf({ fabric, variant, all }: Standing): { peering: string; third: number } {
  const index = all.indexOf(variant.name);
  // Two of one location are not joined, and a pair is joined once, though all ask at the same time.
  const here = variants.filter(({ name }) => all.includes(name));
  const own = here.filter(({ location }) => location === variant.location).indexOf(variant);
  const others = here.filter(({ location }) => location !== variant.location);
  const shift = here[0]?.location === variant.location ? 0 : 1;
  const found = others[(own + shift) % others.length];
  if (found === undefined) notApplicable("this run has no circuit of another location");
  const names = namesOf(found, fabric.parties.customerSubscription);
  return { peering: names.peering(0), third: 60 + index };
}

const { sql } = services;
const oakByAnother = {
  microsoftPeeringConfig: {
    ...{ advertisedPublicPrefixes: pools.oak.ipv4, customerASN: 64_450 },
    routingRegistryName: "RADB",
  },
};

async function reached(standing: Standing, addresses: readonly string[]): Promise<void> {
  for (const to of addresses)
    await seen(`${to} answers`, async () => (await received(standing, to)) === 3);
}

export const joins: readonly Feature[] = [
  {
    name: "Global Reach",
    says: "A join with another variant's circuit is told as Connected for both families, and goes again.",
    async check(standing) {
      const customer = customerOf(standing);
      const { peering, third } = otherOf(standing);
      const at = `${standing.names.peering(0)}/connections/parity`;
      const properties = {
        expressRouteCircuitPeering: { id: standing.names.peering(0) },
        peerExpressRouteCircuitPeering: { id: peering },
        addressPrefix: `172.16.${third}.0/29`,
        ipv6CircuitConnectionConfig: { addressPrefix: `fd99:${third}::/125` },
      };
      await write(customer, at, { properties });
      try {
        await seen("both families are Connected", async () => {
          const { properties: told } = await customer.get(at);
          const ipv6 = Object(told["ipv6CircuitConnectionConfig"]);
          return [told["circuitConnectionStatus"], ipv6.circuitConnectionStatus].every(
            (word) => word === "Connected",
          );
        });
      } finally {
        await remove(customer, at);
      }
      await carries(standing);
    },
  },
  {
    name: "peering to public services",
    says: "With a filter, services are reached by translated addresses beside the private peering; without, not.",
    async check(standing) {
      const { fabric, variant, names, first } = standing;
      const whose = customersByVariant[variant.name] ?? "alder";
      // Oak's IPv4 pool is registered with another AS number of its, and its IPv6 pool not at all.
      const proof = whose === "oak" ? oakByAnother : {};
      const addresses = whose === "oak" ? [sql.address] : [sql.address, sql.address6];
      const { customer, provider } = fabric.parties;
      const at = `${names.circuit(0)}/peerings/MicrosoftPeering`;
      const filter = `${names.group}/providers/Microsoft.Network/routeFilters/parity`;
      const communities = [sql.community];
      await allow(customer, filter, { location: variant.region, communities });
      try {
        if (variant.peeringBy === "provider") {
          const line = crossConnectionId(fabric.parties, variant, first.serviceKey);
          await write(
            provider,
            `${line}/peerings/MicrosoftPeering`,
            publicPeeringBody(whose, { properties: proof }),
          );
        } else await write(customer, at, publicPeeringBody(whose, { properties: proof }));
        must((await received(standing, sql.address)) === 0, "reached without a filter");
        await write(customer, at, publicPeeringBody(whose, { filter, properties: proof }));
        await reached(standing, addresses);
        must(
          (await received(standing, services.storage.address)) === 0,
          "more than the filter lets through",
        );
      } finally {
        await remove(customer, at);
        await remove(customer, filter);
      }
      await carries(standing);
    },
  },
];
