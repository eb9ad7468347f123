/**
 * Hosts of public services: the services' addresses, a tunnel from every public peering's two edges, and
 * BGP that tells them the services' prefixes with their communities. What is heard back is each
 * customer's validated prefixes, over the circuits that announce them; none of it is told to another.
 */
import { addressText, hostOf, prefixOf } from "../base/prefix.ts";
import { ORDINARY_MTU } from "../domain/circuit-options.ts";
import { regionalCommunity } from "../domain/service-communities.ts";
import { type Neighbor, type PolicyRule, SIDES, type VrfFragment } from "../fabric/intent.ts";
import type { Inventory, PublicService } from "../fabric/inventory.ts";
import { type CircuitView, edgeHandOff, type PublicFamilyView } from "./circuit-view.ts";
import { exact, inside } from "./edge-policy.ts";
import { EDGE_BFD, GATEWAY_TIMERS } from "./edge-timers.ts";
import type { OwnedFragment } from "./plan.ts";
import { serviceHosts, servicePeer, serviceTunnel } from "./service-tunnel.ts";
import { underlayAddress } from "./tunnel.ts";

export const SERVICES_VRF = "services";

/** What a service's routes carry: its own communities and its region's. */
export function communitiesOf(inventory: Inventory, service: PublicService): readonly string[] {
  const regional = regionalCommunity(inventory.cloudAsn, service.region);
  return [...new Set([...service.communities, ...(regional === undefined ? [] : [regional])])];
}

/** Prefixes of the family that carry one of the communities that the filter lets through. */
export function allowedPrefixes(
  inventory: Inventory,
  { family, communities }: Pick<PublicFamilyView, "family" | "communities">,
): readonly string[] {
  const allowed = new Set(communities);
  return inventory.publicServices
    .filter((service) => communitiesOf(inventory, service).some((each) => allowed.has(each)))
    .flatMap(({ prefixes }) => prefixes)
    .filter((prefix) => prefix.includes(":") === (family === "ipv6"));
}

/** Every service host, with the circuits that have a public peering. */
export function planServices(
  inventory: Inventory,
  circuits: readonly CircuitView[],
): OwnedFragment[] {
  const joined = circuits.filter(
    ({ publicPeering, provisioned }) => publicPeering !== undefined && provisioned,
  );
  return serviceHosts(inventory).map((node, hostIndex) => ({
    node,
    fragment: serviceHost(inventory, { node, hostIndex, circuits: joined }),
  }));
}

type Host = {
  readonly node: string;
  readonly hostIndex: number;
  readonly circuits: readonly CircuitView[];
};

function serviceHost(inventory: Inventory, host: Host): VrfFragment {
  const { node, hostIndex, circuits } = host;
  const services = inventory.publicServices.filter((service) => service.node === node);
  const local = underlayAddress(inventory, node);
  return {
    kind: "vrf",
    key: "services",
    name: SERVICES_VRF,
    interfaces: [
      {
        kind: "loopback",
        name: "lo",
        addresses: services.flatMap(({ prefixes }) => prefixes.map(firstAddress)),
        mtu: ORDINARY_MTU,
      },
      ...circuits.flatMap((circuit) =>
        SIDES.map((side) =>
          serviceTunnel(
            "serviceHost",
            { circuitNumber: circuit.number, hostIndex, side },
            { local, remote: underlayAddress(inventory, edgeHandOff(circuit, side).node) },
          ),
        ),
      ),
    ],
    routes: [],
    bgp: {
      asn: inventory.gatewayAsn,
      routerId: local,
      networks: services.flatMap(({ prefixes }) => prefixes),
      maximumPaths: 16,
      neighbors: circuits.flatMap((circuit) =>
        edgeNeighbors(inventory, { circuit, hostIndex, services }),
      ),
    },
  };
}

function edgeNeighbors(
  inventory: Inventory,
  at: {
    readonly circuit: CircuitView;
    readonly hostIndex: number;
    readonly services: readonly PublicService[];
  },
): Neighbor[] {
  const { circuit, hostIndex, services } = at;
  const accepted = circuit.publicPeering?.families.flatMap((family) => family.accepted) ?? [];
  const told: PolicyRule[] = services.map((service) => ({
    action: "permit",
    prefixes: exact(service.prefixes),
    addCommunities: communitiesOf(inventory, service),
  }));
  return SIDES.map((side) => ({
    address: servicePeer("serviceHost", { circuitNumber: circuit.number, hostIndex, side }),
    remoteAsn: inventory.cloudAsn,
    description: `${side} edge of ${circuit.serviceKey}`,
    enabled: true,
    families: ["ipv4", "ipv6"] as const,
    bfd: EDGE_BFD,
    ...GATEWAY_TIMERS,
    importPolicy:
      accepted.length === 0 ? [] : [{ action: "permit" as const, prefixes: inside(accepted) }],
    exportPolicy: told,
  }));
}

/** Where the service answers. */
export function firstAddress(prefix: string): string {
  const network = prefixOf(prefix);
  const [bits, index] = network.family === "ipv4" ? [32, 1] : [128, 1];
  const host = network.length === bits ? network : hostOf(network, index);
  return `${addressText(host)}/${bits}`;
}
