/** Circuits joined with each other. */

import { namesOf } from "../../../src/main/demo/bodies.ts";
import { variants } from "../../../src/main/demo/variants.ts";
import { type Feature, notApplicable } from "../feature.ts";
import { carries, customerOf, remove, type Standing, seen, write } from "../standing.ts";

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
];
