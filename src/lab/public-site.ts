/**
 * The public peering at a customer's site of the lab: its router announces the site's pool, on both links
 * or half on each, and sends its hosts out with addresses of it. Cloud and internet know no other
 * addresses of theirs (facts of the original: source addresses are translated before the edge).
 */
import type { PublicRouterLink, PublicRouterPart } from "../domain/router-config/request.ts";
import { SIDES, type Side, type SourceNat, type Subinterface } from "../fabric/intent.ts";
import type { Inventory, Site } from "../fabric/inventory.ts";
import type { CircuitView } from "../plan/circuit-view.ts";
import { EDGE_BFD } from "../plan/edge-timers.ts";
import { poolAddress } from "../plan/managed-public.ts";
import { publicMtu } from "../plan/mtu.ts";
import { macOf, peeringAddresses, publicInterface } from "../plan/names.ts";
import { customerPort } from "./customer-port.ts";

/** What the site announces on one link. */
function poolOn({ publicPool }: Site, side: Side): readonly string[] {
  if (publicPool === undefined) return [];
  return publicPool.design === "common" ? publicPool.prefixes : publicPool[side];
}

export function publicInterfaces(inventory: Inventory, circuit: CircuitView): Subinterface[] {
  return SIDES.flatMap((side) => {
    const at = customerPort(inventory, circuit, { side, peering: circuit.publicPeering });
    if (at === undefined) return [];
    return [
      {
        kind: "subinterface" as const,
        name: publicInterface(circuit.serviceKey, side),
        port: at.port,
        tags: at.tags,
        mac: macOf(`${at.node}:${at.port}/${circuit.serviceKey}/public`),
        addresses: [],
        mtu: publicMtu(circuit),
        meter: circuit.serviceKey,
      },
    ];
  });
}

/** Addresses of the link's pool for all that leaves by it, but for what has public addresses already. */
export function publicNat(
  inventory: Inventory,
  site: Site,
  circuit: CircuitView,
): readonly SourceNat[] {
  return SIDES.flatMap((side) => {
    const { publicPeering: peering } = circuit;
    const pool = poolOn(site, side);
    const at = customerPort(inventory, circuit, { side, peering });
    if (peering === undefined || at === undefined || pool.length === 0) return [];
    const families = ["ipv4", "ipv6"] as const;
    return [
      {
        interface: publicInterface(circuit.serviceKey, side),
        addresses: families.flatMap((family) => {
          const own = pool.find((prefix) => prefix.includes(":") === (family === "ipv6"));
          return own === undefined ? [] : [poolAddress(own)];
        }),
        except: [...peering.families.map((family) => family[side]), ...pool],
      },
    ];
  });
}

/** The public part of a router's configuration, over all circuits that land on it. */
export function publicRouterPart(
  inventory: Inventory,
  site: Site,
  circuits: readonly CircuitView[],
): PublicRouterPart | undefined {
  const links = circuits.flatMap((circuit) =>
    SIDES.flatMap((side) => publicRouterLink(inventory, site, { circuit, side }) ?? []),
  );
  return links.length === 0 ? undefined : { links };
}

function publicRouterLink(
  inventory: Inventory,
  site: Site,
  { circuit, side }: { circuit: CircuitView; side: Side },
): PublicRouterLink | undefined {
  const { publicPeering: peering, serviceKey } = circuit;
  const at = customerPort(inventory, circuit, { side, peering });
  if (at === undefined || peering === undefined) return undefined;
  return {
    side,
    circuit: serviceKey,
    port: at.port,
    interface: publicInterface(serviceKey, side),
    tags: at.tags,
    mtu: publicMtu(circuit),
    asn: peering.peerAsn,
    networks: poolOn(site, side),
    ...{ bfd: EDGE_BFD, isTtlSecure: false, isCustomer: false },
    families: peering.families.map((family) => {
      const { customer, cloudHost } = peeringAddresses(family[side]);
      return { family: family.family, local: customer, remote: cloudHost };
    }),
    ...(peering.password === undefined ? {} : { password: peering.password }),
  };
}
