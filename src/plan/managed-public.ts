/**
 * The public peering in the managed models: the provider's router has it in the customer's one VRF, beside
 * the private links, and translates what leaves by it to the customer's public addresses.
 */
import { addressText, hostOf, prefixOf } from "../base/prefix.ts";
import {
  type Neighbor,
  SIDES,
  type Side,
  type SourceNat,
  type Subinterface,
} from "../fabric/intent.ts";
import { type Inventory, parsePortReference } from "../fabric/inventory.ts";
import type { CircuitView } from "./circuit-view.ts";
import { exact } from "./edge-policy.ts";
import { EDGE_BFD, EDGE_TIMERS } from "./edge-timers.ts";
import { publicMtu } from "./mtu.ts";
import { macOf, peeringAddresses, publicInterface, sideDigit } from "./names.ts";

export function managedPublicLinks(circuit: CircuitView): Subinterface[] {
  const { carriage, publicPeering: peering, stag, serviceKey } = circuit;
  if (carriage.kind !== "provider" || peering === undefined || stag === undefined) return [];
  return SIDES.map((side) => {
    const { node, port } = parsePortReference(carriage.portPair[side].provider);
    return {
      kind: "subinterface",
      name: publicInterface(serviceKey, side),
      port,
      tags: [stag, peering.vlanId],
      mac: macOf(`${node}:${port}/${serviceKey}/public/${sideDigit(side)}`),
      addresses: peering.families.map((family) => peeringAddresses(family[side]).customer),
      mtu: publicMtu(circuit),
      meter: serviceKey,
    };
  });
}

/** Both links have the same pool: what the customer asked to announce, and of each family one address. */
export function managedPublicNat({ publicPeering, serviceKey }: CircuitView): SourceNat[] {
  if (publicPeering === undefined) return [];
  const pools = publicPeering.families.flatMap(({ asked }) => asked);
  const addresses = publicPeering.families.flatMap(({ asked: [first] }) =>
    first === undefined ? [] : [poolAddress(first)],
  );
  return SIDES.map((side) => ({
    interface: publicInterface(serviceKey, side),
    addresses,
    except: [...publicPeering.families.map((family) => family[side]), ...pools],
  }));
}

export function managedPublicNetworks({ publicPeering }: CircuitView): readonly string[] {
  return publicPeering?.families.flatMap(({ asked }) => asked) ?? [];
}

/** `asn` is the router's own in this VRF. */
export function managedPublicNeighbors(
  inventory: Inventory,
  circuit: CircuitView,
  { asn, side }: { asn: number; side: Side },
): Neighbor[] {
  const { publicPeering: peering, serviceKey } = circuit;
  if (peering === undefined) return [];
  return peering.families.map((family) => ({
    address: peeringAddresses(family[side]).cloudHost,
    remoteAsn: inventory.cloudAsn,
    ...(peering.peerAsn === asn ? {} : { localAsn: peering.peerAsn }),
    description: `${side} public edge of ${serviceKey}`,
    enabled: true,
    families: [family.family],
    ...(peering.password === undefined ? {} : { password: peering.password }),
    bfd: EDGE_BFD,
    ...EDGE_TIMERS,
    importPolicy: [{ action: "permit" as const }],
    exportPolicy:
      family.asked.length === 0
        ? []
        : [{ action: "permit" as const, prefixes: exact(family.asked) }],
  }));
}

/** The first host of a pool, or the pool's one address. */
export function poolAddress(prefix: string): string {
  const network = prefixOf(prefix);
  const bits = network.family === "ipv4" ? 32 : 128;
  return addressText(network.length === bits ? network : hostOf(network, 1));
}
