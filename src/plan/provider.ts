/**
 * The provider's part of a circuit: a cross-connect that joins the S-tag on its ports to the
 * customer's hand-off (L2 models), or the customer's VRF that speaks BGP with both edges (managed L3).
 */

import { invariant } from "../base/invariant.ts";
import { ORDINARY_MTU } from "../domain/circuit-options.ts";
import {
  type CrossConnectEnd,
  type CrossConnectFragment,
  type Neighbor,
  SIDES,
  type Side,
  type Subinterface,
  type VrfFragment,
} from "../fabric/intent.ts";
import { type HandOff, type Inventory, parsePortReference } from "../fabric/inventory.ts";
import type { CircuitView } from "./circuit-view.ts";
import {
  managedPublicLinks,
  managedPublicNat,
  managedPublicNeighbors,
  managedPublicNetworks,
} from "./managed-public.ts";
import { circuitMtu } from "./mtu.ts";
import {
  circuitVrf,
  macOf,
  peeringAddresses,
  peeringInterface,
  shortKey,
  sideDigit,
} from "./names.ts";
import { customerSession } from "./peering-neighbor.ts";
import type { OwnedFragment } from "./plan.ts";
import { underlayAddress } from "./tunnel.ts";

type L2 = Extract<HandOff, { kind: "l2" }>;
type L3 = Extract<HandOff, { kind: "l3" }>;

/** VNIs of Ethernet lines lie above all tunnel VNIs of gateways. */
const LINE_VNI_BASE = 1_000_000;

export function planProvider(inventory: Inventory, circuit: CircuitView): OwnedFragment[] {
  const { carriage } = circuit;
  if (carriage.kind !== "provider" || !circuit.provisioned || carriage.handOff === undefined)
    return [];
  const { handOff } = carriage;
  if (handOff.kind === "l3") return planManagedVrf(inventory, circuit, handOff);
  return SIDES.flatMap((side) => planCrossConnect(inventory, circuit, { handOff, side }));
}

function planCrossConnect(
  inventory: Inventory,
  circuit: CircuitView,
  { handOff, side }: { handOff: L2; side: Side },
): OwnedFragment[] {
  const { carriage, stag } = circuit;
  invariant(
    carriage.kind === "provider" && stag !== undefined,
    "a provider circuit has an S-tag from its creation",
  );
  const network = parsePortReference(carriage.portPair[side].provider);
  const customer = parsePortReference(handOff[side].port);
  const { outer } = handOff[side];
  const cloudEnd: CrossConnectEnd = {
    kind: "port",
    port: network.port,
    outer: stag,
    exclusive: false,
  };
  // Only a line that is the customer's alone may be taken down with its other end.
  const lossForwarding = soleUser(inventory, handOff[side].port);
  const customerEnd: CrossConnectEnd = {
    kind: "port",
    port: customer.port,
    outer: outer === "same" ? stag : outer === "none" ? null : outer,
    exclusive: lossForwarding,
  };
  const fragment = (ends: CrossConnectFragment["ends"]): CrossConnectFragment => ({
    kind: "crossConnect",
    key: `circuit/${circuit.serviceKey}/${side}`,
    meter: circuit.serviceKey,
    ends,
    lossForwarding,
  });
  if (network.node === customer.node)
    return [{ node: network.node, fragment: fragment([cloudEnd, customerEnd]) }];

  const vni = lineVni(inventory, carriage.portPair.name, stag, side);
  const tunnel = (local: string, remote: string): CrossConnectEnd => ({
    kind: "tunnel",
    name: `x${vni}`,
    vni,
    local: underlayAddress(inventory, local),
    remote: underlayAddress(inventory, remote),
  });
  return [
    { node: network.node, fragment: fragment([cloudEnd, tunnel(network.node, customer.node)]) },
    { node: customer.node, fragment: fragment([tunnel(customer.node, network.node), customerEnd]) },
  ];
}

/** A hand-off belongs to one circuit at a time, but a port may carry several: both links on one tail, or other customers. */
function soleUser(inventory: Inventory, port: string): boolean {
  const ports = inventory.providers
    .flatMap(({ handOffs }) => handOffs)
    .flatMap((handOff) =>
      handOff.kind === "l2"
        ? SIDES.map((side) => handOff[side].port)
        : handOff.branches.map((branch) => branch.port),
    );
  return ports.filter((one) => one === port).length === 1;
}

function lineVni(inventory: Inventory, portPair: string, stag: number, side: Side): number {
  const pairs = inventory.providers.flatMap(({ portPairs }) => portPairs.map(({ name }) => name));
  return LINE_VNI_BASE + pairs.indexOf(portPair) * 8192 + stag * 2 + (side === "primary" ? 0 : 1);
}

/** The customer's VRF on the provider's router: both links, all branches, one BGP speaker. */
function planManagedVrf(inventory: Inventory, circuit: CircuitView, handOff: L3): OwnedFragment[] {
  const { carriage, peering } = circuit;
  invariant(carriage.kind === "provider", "managed L3 is a provider's");
  const { node } = parsePortReference(carriage.portPair.primary.provider);
  const key = shortKey(circuit.serviceKey);
  const branches = handOff.branches.map(
    ({ port, addresses }, index): Subinterface => ({
      kind: "subinterface",
      name: `b${index + 1}-${key}`,
      port: parsePortReference(port).port,
      tags: [],
      // The line stays when a circuit goes: the router at its other end keeps the address it knows.
      mac: macOf(port),
      addresses,
      mtu: ORDINARY_MTU,
    }),
  );
  const routes = handOff.branches.flatMap(({ prefixes, via }) =>
    via.length === 0
      ? []
      : prefixes.map((prefix) => ({
          prefix,
          via: via.filter((hop) => hop.includes(":") === prefix.includes(":")),
        })),
  );
  const asn = (peering ?? circuit.publicPeering)?.peerAsn;
  const nat = managedPublicNat(circuit);
  const fragment: VrfFragment = {
    kind: "vrf",
    key: `circuit/${circuit.serviceKey}/managed`,
    name: circuitVrf(circuit.serviceKey),
    interfaces: [...managedLinks(circuit), ...managedPublicLinks(circuit), ...branches],
    routes,
    ...(nat.length === 0 ? {} : { nat }),
    ...(asn === undefined
      ? {}
      : {
          bgp: {
            asn,
            routerId: managedRouterId(circuit),
            networks: [
              ...(peering === undefined ? [] : announced(handOff)),
              ...managedPublicNetworks(circuit),
            ],
            maximumPaths: 8,
            neighbors: SIDES.flatMap((side) => [
              ...edgeNeighbors(inventory, circuit, { handOff, side }),
              ...managedPublicNeighbors(inventory, circuit, { asn, side }),
            ]),
          },
        }),
  };
  return [{ node, fragment }];
}

function managedLinks(circuit: CircuitView): Subinterface[] {
  const { carriage, peering, stag } = circuit;
  if (carriage.kind !== "provider" || peering === undefined || stag === undefined) return [];
  return SIDES.map((side) => {
    const { node, port } = parsePortReference(carriage.portPair[side].provider);
    return {
      kind: "subinterface",
      name: peeringInterface(circuit.serviceKey, side),
      port,
      tags: [stag, peering.vlanId],
      mac: macOf(`${node}:${port}/${circuit.serviceKey}/${sideDigit(side)}`),
      addresses: peering.families.map((family) => peeringAddresses(family[side]).customer),
      mtu: circuitMtu(circuit),
      meter: circuit.serviceKey,
    };
  });
}

function edgeNeighbors(
  inventory: Inventory,
  circuit: CircuitView,
  { handOff, side }: { handOff: L3; side: Side },
): Neighbor[] {
  const { peering } = circuit;
  if (peering === undefined) return [];
  return peering.families.map((family) => ({
    address: peeringAddresses(family[side]).cloudHost,
    remoteAsn: inventory.cloudAsn,
    description: `${side} edge of ${circuit.serviceKey}`,
    enabled: true,
    families: [family.family],
    ...(peering.password === undefined ? {} : { password: peering.password }),
    ...customerSession(peering),
    importPolicy: [{ action: "permit" as const }],
    exportPolicy: [
      { action: "permit" as const, prefixes: announced(handOff).map((prefix) => ({ prefix })) },
    ],
  }));
}

function announced(handOff: L3): string[] {
  return [...new Set(handOff.branches.flatMap(({ prefixes }) => prefixes))];
}

function managedRouterId(circuit: CircuitView): string {
  const families = (circuit.peering ?? circuit.publicPeering)?.families ?? [];
  const ipv4 = families.find(({ family }) => family === "ipv4");
  if (ipv4) return peeringAddresses(ipv4.primary).customerHost;
  // Without IPv4 any 32 bits that differ from the edges' will do (RFC 6286).
  return macOf(circuit.serviceKey)
    .split(":")
    .slice(2)
    .map((byte) => Number.parseInt(byte, 16))
    .join(".");
}
