/**
 * Customers of the lab: their routers and hosts. A router is configured by the text that the
 * router-config generator gives to customers, on subinterfaces with the tags of the hand-off.
 */

import { addressText, prefixOf } from "../base/prefix.ts";
import { ORDINARY_MTU } from "../domain/circuit-options.ts";
import { frr } from "../domain/router-config/frr.ts";
import type { RouterConfigRequest, RouterLink } from "../domain/router-config/request.ts";
import {
  SIDES,
  type Side,
  type StaticRoute,
  type Subinterface,
  type VrfFragment,
  type VrfInterface,
} from "../fabric/intent.ts";
import type { Inventory, Site } from "../fabric/inventory.ts";
import type { Carriage, CircuitView } from "../plan/circuit-view.ts";
import { circuitMtu } from "../plan/mtu.ts";
import { circuitVrf, macOf, peeringAddresses, peeringInterface } from "../plan/names.ts";
import { customerSession } from "../plan/peering-neighbor.ts";
import type { OwnedFragment } from "../plan/plan.ts";
import { customerPort, farEnd } from "./customer-port.ts";
import { publicInterfaces, publicNat, publicRouterPart } from "./public-site.ts";

/** The site whose router a circuit's hand-off is cabled to, if it is one of the lab. */
export function siteOf(inventory: Inventory, circuit: CircuitView): Site | undefined {
  const peering = circuit.peering ?? circuit.publicPeering;
  const port = customerPort(inventory, circuit, { side: "primary", peering });
  return port === undefined
    ? undefined
    : inventory.sites.find(({ router }) => router === port.node);
}

/** Sites on the hand-off of a circuit carried so; on all hand-offs of its provider while it has none. */
export function sitesOf(inventory: Inventory, carriage: Carriage): readonly Site[] {
  const ports =
    carriage.kind === "direct"
      ? SIDES.map((side) => carriage.pair[side])
      : (carriage.handOff === undefined ? carriage.provider.handOffs : [carriage.handOff]).flatMap(
          (handOff) => (handOff.kind === "l2" ? SIDES.map((side) => handOff[side].port) : []),
        );
  const routers = new Set(ports.flatMap((port) => farEnd(inventory, port)?.node ?? []));
  return inventory.sites.filter(({ router }) => routers.has(router));
}

/** A site's router with every circuit that lands on it. */
export function planSite(
  inventory: Inventory,
  site: Site,
  circuits: readonly CircuitView[],
): OwnedFragment[] {
  if (site.vrfPerCircuit) {
    return circuits.flatMap((circuit) =>
      planRouter(inventory, site, { circuits: [circuit], vrf: circuitVrf(circuit.serviceKey) }),
    );
  }
  return planRouter(inventory, site, { circuits });
}

function planRouter(
  inventory: Inventory,
  site: Site,
  { circuits, vrf }: { circuits: readonly CircuitView[]; vrf?: string },
): OwnedFragment[] {
  const ready = circuits.filter(
    ({ peering, publicPeering, provisioned }) =>
      (peering ?? publicPeering) !== undefined && provisioned,
  );
  const nat = ready.flatMap((circuit) => publicNat(inventory, site, circuit));
  const [first] = ready;
  if (first === undefined && vrf !== undefined) return [];
  const fragment: VrfFragment = {
    kind: "vrf",
    key: vrf === undefined ? "site" : `circuit/${vrf}`,
    name: vrf ?? "default",
    interfaces: [
      ...(vrf === undefined ? lanOf(site) : loopbackOf(site)),
      ...ready.flatMap((circuit) => [
        ...wanInterfaces(inventory, circuit),
        ...publicInterfaces(inventory, circuit),
      ]),
    ],
    routes: [],
    ...(nat.length === 0 ? {} : { nat }),
    ...(first === undefined
      ? {}
      : {
          frrText: frr.render(
            siteRequest(inventory, site, {
              circuits: ready,
              ...(vrf === undefined ? {} : { vrf }),
            }),
          ),
        }),
  };
  return [{ node: site.router, fragment }];
}

function lanOf({ lan, router }: Site): VrfInterface[] {
  if (lan === undefined) return [];
  return [
    {
      kind: "subinterface",
      name: lan.port,
      port: lan.port,
      tags: [],
      mac: macOf(`${router}:${lan.port}`),
      addresses: lan.addresses,
      mtu: lan.mtu ?? ORDINARY_MTU,
    },
  ];
}

/** With a VRF for each circuit there is no LAN to share: the first host of every prefix stands for one. */
function loopbackOf({ prefixes }: Site): VrfInterface[] {
  const addresses = prefixes.map(
    (prefix) =>
      `${addressText({ ...prefixOf(prefix), value: prefixOf(prefix).value + 1n })}/${prefix.includes(":") ? 128 : 32}`,
  );
  return [{ kind: "loopback", name: "lo", addresses, mtu: ORDINARY_MTU }];
}

function wanInterfaces(inventory: Inventory, circuit: CircuitView): Subinterface[] {
  return SIDES.flatMap((side) => {
    const at = customerPort(inventory, circuit, { side, peering: circuit.peering });
    if (at === undefined) return [];
    return [
      {
        kind: "subinterface" as const,
        name: peeringInterface(circuit.serviceKey, side),
        port: at.port,
        tags: at.tags,
        mac: macOf(`${at.node}:${at.port}/${circuit.serviceKey}`),
        addresses: [],
        mtu: circuitMtu(circuit),
        meter: circuit.serviceKey,
      },
    ];
  });
}

function siteRequest(
  inventory: Inventory,
  site: Site,
  { circuits, vrf }: { circuits: readonly CircuitView[]; vrf?: string },
): RouterConfigRequest {
  const routerId = circuits
    .flatMap(({ peering, publicPeering }) => [
      ...(peering?.families ?? []),
      ...(publicPeering?.families ?? []),
    ])
    .find(({ family }) => family === "ipv4");
  const publicPart = publicRouterPart(inventory, site, circuits);
  return {
    // Every VRF of a site announces the site's prefixes.
    ...(vrf === undefined ? {} : { vrf, policy: "cloud" }),
    asn: routerAsn(circuits),
    cloudAsn: inventory.cloudAsn,
    ...(routerId === undefined
      ? {}
      : { routerId: peeringAddresses(routerId.primary).customerHost }),
    networks: site.prefixes,
    links: circuits.flatMap((circuit) =>
      SIDES.flatMap((side) => routerLink(inventory, circuit, side) ?? []),
    ),
    ...(publicPart === undefined ? {} : { publicPart }),
  };
}

/** A router has one AS number of its own, a private peering's where there is one. */
function routerAsn(circuits: readonly CircuitView[]): number {
  const own = circuits.find(({ peering }) => peering !== undefined)?.peering;
  return (own ?? circuits[0]?.publicPeering)?.peerAsn ?? 0;
}

/** One link as the customer's router sees it; undefined in the managed L3 models. */
export function routerLink(
  inventory: Inventory,
  circuit: CircuitView,
  side: Side,
): RouterLink | undefined {
  const { peering } = circuit;
  const at = customerPort(inventory, circuit, { side, peering });
  if (at === undefined || peering === undefined) return undefined;
  const { bfd, ttlSecurityHops, role } = customerSession(peering);
  return {
    side,
    circuit: circuit.serviceKey,
    port: at.port,
    interface: peeringInterface(circuit.serviceKey, side),
    tags: at.tags,
    mtu: circuitMtu(circuit),
    families: peering.families.map((family) => {
      const { customer, cloudHost } = peeringAddresses(family[side]);
      return { family: family.family, local: customer, remote: cloudHost };
    }),
    ...(peering.password === undefined ? {} : { password: peering.password }),
    bfd,
    isTtlSecure: ttlSecurityHops !== undefined,
    isCustomer: role !== undefined,
  };
}

/** Hosts of the lab: addresses on their ports and a way out. */
export function planHosts(inventory: Inventory): OwnedFragment[] {
  return inventory.nodes
    .filter(({ role }) => role === "host")
    .map(({ name, addresses = {}, gateways = [], mtu = ORDINARY_MTU }): OwnedFragment => {
      const interfaces = Object.entries(addresses).map(
        ([port, list]): VrfInterface => ({
          kind: "subinterface",
          name: port,
          port,
          tags: [],
          mac: macOf(`${name}:${port}`),
          addresses: list,
          mtu,
        }),
      );
      const routes = gateways.map(
        (via): StaticRoute => ({ prefix: via.includes(":") ? "::/0" : "0.0.0.0/0", via: [via] }),
      );
      return {
        node: name,
        fragment: { kind: "vrf", key: "host", name: "default", interfaces, routes },
      };
    });
}
