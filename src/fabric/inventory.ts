import { z } from "zod";
import type { Side } from "./intent.ts";
import type { Cabling } from "./probe.ts";

/**
 * What the operator owns, and in the lab also what customers own. It comes from a fabric file.
 * `node:port` names one port of one node.
 */

const Name = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,30}$/, "must be 1..31 of a-z, 0-9 and -, starting with a letter");
const PortName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,14}$/, "must be 1..15 of a-z, 0-9 and -, starting with a letter");
const PortReference = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,30}:[a-z][a-z0-9-]{0,14}$/, "must be node:port");
const Ipv4Prefix = z.cidrv4();
const AnyPrefix = z.union([z.cidrv4(), z.cidrv6()]);

/** From the least of IPv6 to what switches commonly carry. */
const Mtu = z.int().min(1280).max(9216);

export const NodeRole = z.enum([
  "edge",
  "providerSwitch",
  "providerEdge",
  "gatewayHost",
  "transit",
  "customerEdge",
  "host",
  "serviceHost",
]);

const Node = z.strictObject({
  name: Name,
  role: NodeRole,
  /** Port and address by which the node reaches the VXLAN underlay. */
  underlay: z.strictObject({ port: PortName, address: Ipv4Prefix }).optional(),
  /** Addresses that a host has on its ports, and its way out. */
  addresses: z.record(PortName, z.array(AnyPrefix)).optional(),
  gateways: z.array(z.union([z.ipv4(), z.ipv6()])).optional(),
  /** Of a host's ports, in bytes of an IP packet. */
  mtu: Mtu.optional(),
});

const Link = z.strictObject({ ends: z.tuple([PortReference, PortReference]) });

const Region = z.strictObject({
  name: z.string().regex(/^[a-z0-9]+$/, "must be lower case without spaces"),
  displayName: z.string(),
  geography: z.string(),
});

const PeeringLocation = z.strictObject({
  name: z.string().min(1),
  metro: z.string().min(1),
  /** Regions that a Local circuit of this location reaches, nearest first. */
  localRegions: z.array(z.string()).min(1),
  address: z.string().optional(),
  edges: z.strictObject({ primary: Name, secondary: Name }),
  /**
   * Of a metro location, which has one edge at each of two sites of a city. A site that is a location of its own
   * is written as that location's name.
   */
  sites: z.strictObject({ primary: z.string().min(1), secondary: z.string().min(1) }).optional(),
  /** Addresses that these edges reach past gateways for a circuit or a Direct pair, where that is less than its limit. */
  fastPathAddresses: z.int().positive().optional(),
  directPortPairs: z
    .array(
      z.strictObject({
        name: Name,
        bandwidthGbps: z.union([z.literal(10), z.literal(100), z.literal(400)]),
        primary: PortReference,
        secondary: PortReference,
        rackId: z.string(),
        patchPanelIds: z.tuple([z.string(), z.string()]),
      }),
    )
    .default([]),
});

const L2HandOff = z.strictObject({
  kind: z.literal("l2"),
  name: Name,
  peeringLocation: z.string(),
  /** `outer: same` keeps the S-tag on the customer's port, a number translates it, `none` takes the whole port. */
  primary: z.strictObject({
    port: PortReference,
    outer: z.union([z.literal("same"), z.literal("none"), z.int().min(1).max(4094)]),
  }),
  secondary: z.strictObject({
    port: PortReference,
    outer: z.union([z.literal("same"), z.literal("none"), z.int().min(1).max(4094)]),
  }),
});

/** Managed L3: the customer's VRF in the provider's network and its branches. */
const L3HandOff = z.strictObject({
  kind: z.literal("l3"),
  name: Name,
  peeringLocation: z.string(),
  branches: z
    .array(
      z.strictObject({
        port: PortReference,
        /** The provider's addresses on the branch's line. */
        addresses: z.array(AnyPrefix).min(1),
        /** The next hop of `prefixes`, one per family at most; empty where they are on the line itself. */
        via: z.array(z.union([z.ipv4(), z.ipv6()])),
        prefixes: z.array(AnyPrefix).min(1),
      }),
    )
    .min(1),
});

const Provider = z.strictObject({
  name: z.string().min(1),
  models: z.array(z.enum(["exchange-l2", "exchange-l3", "ethernet", "ipvpn"])).min(1),
  bandwidthsMbps: z.array(z.int().positive()).min(1),
  portPairs: z
    .array(
      z.strictObject({
        name: Name,
        peeringLocation: z.string(),
        bandwidthMbps: z.int().positive(),
        overprovisionFactor: z.int().min(1).max(20).default(4),
        primary: z.strictObject({ edge: PortReference, provider: PortReference }),
        secondary: z.strictObject({ edge: PortReference, provider: PortReference }),
      }),
    )
    .min(1),
  handOffs: z.array(z.discriminatedUnion("kind", [L2HandOff, L3HandOff])).default([]),
});

/** RFC 1997: two numbers of sixteen bits. */
const Community = z
  .string()
  .regex(/^\d{1,5}:\d{1,5}$/, "must be a community such as 12076:52002")
  .refine((text) => text.split(":").every((half) => Number(half) <= 65_535), {
    error: "must be a community such as 12076:52002, both numbers 0..65535",
  });

/** A service that customers reach by the public-service peering; the first address of each prefix answers. */
const PublicService = z.strictObject({
  name: Name,
  title: z.string().min(1),
  region: z.string(),
  /** The service host that it runs on. */
  node: Name,
  /** The service's own; the region's is added. */
  communities: z.array(Community).min(1),
  prefixes: z.array(AnyPrefix).min(1),
});

/** Files lie beside the fabric file, or anywhere by their whole path. */
const Registry = z.strictObject({
  /** Texts of routing registries (RPSL, RFC 2622): route, route6, inetnum, inet6num, aut-num. */
  irr: z.array(z.string().min(1)).default([]),
  /** Validated RPKI payloads as validators export them: `{"roas": [{"prefix", "maxLength", "asn"}]}`. */
  vrps: z.array(z.string().min(1)).default([]),
  /** RPKI-to-Router servers (RFC 8210), `host:port`. */
  rtr: z
    .array(z.string().regex(/^(\[[^\]]+\]|[^:[\]]+):\d{1,5}$/, "must be host:port"))
    .default([]),
  /** What an operator validated by hand: `{"approvals": [{"prefix", "asn", "serviceKey", "reason"}]}`. */
  approvals: z.array(z.string().min(1)).default([]),
});

const PublicPeering = z.strictObject({
  /** Ranges reserved elsewhere that count as public in this fabric: a lab has no public addresses of its own. */
  publicRanges: z.array(AnyPrefix).default([]),
  registry: Registry.optional(),
});

/**
 * What a site announces on a public-service peering, and to what its hosts are translated. `common` is
 * announced on both links, `perLink` one half on each.
 */
const SitePool = z.discriminatedUnion("design", [
  z.strictObject({ design: z.literal("common"), prefixes: z.array(AnyPrefix).min(1) }),
  z.strictObject({
    design: z.literal("perLink"),
    primary: z.array(AnyPrefix).min(1),
    secondary: z.array(AnyPrefix).min(1),
  }),
]);

/** A customer's site in the lab: its router is configured by the router-config generator's text. */
const Site = z.strictObject({
  name: Name,
  router: Name,
  /** What the router announces. */
  prefixes: z.array(AnyPrefix).min(1),
  lan: z
    .strictObject({
      port: PortName,
      addresses: z.array(AnyPrefix).min(1),
      mtu: Mtu.optional(),
    })
    .optional(),
  /** Every circuit gets a VRF of its own on the router, with the prefixes on a loopback. */
  vrfPerCircuit: z.boolean().default(false),
  publicPool: SitePool.optional(),
});

export const Inventory = z.strictObject({
  name: Name,
  cloudAsn: z.int().min(1).max(4294967295).default(12076),
  gatewayAsn: z.int().min(1).max(4294967295).default(65515),
  /** What the network between the nodes carries, in bytes of an IP packet: every tunnel goes through it. */
  underlayMtu: z.int().min(1550).max(9216).default(9000),
  regions: z.array(Region).min(1),
  peeringLocations: z.array(PeeringLocation).min(1),
  providers: z.array(Provider).default([]),
  gatewayHosts: z.array(z.strictObject({ node: Name, region: z.string() })).default([]),
  nodes: z.array(Node).min(1),
  links: z.array(Link).default([]),
  sites: z.array(Site).default([]),
  publicServices: z.array(PublicService).default([]),
  publicPeering: PublicPeering.optional(),
});

export type Inventory = z.infer<typeof Inventory>;
export type NodeRole = z.infer<typeof NodeRole>;
export type Provider = Inventory["providers"][number];
export type PortPair = Provider["portPairs"][number];
export type HandOff = Provider["handOffs"][number];
export type PeeringLocation = Inventory["peeringLocations"][number];
export type Site = Inventory["sites"][number];
export type PublicService = Inventory["publicServices"][number];
export type RegistryPlaces = z.infer<typeof Registry>;

/** The same with the places of registry files made whole by those who know where the fabric file is. */
export function withRegistryPaths(
  inventory: Inventory,
  whole: (path: string) => string,
): Inventory {
  const { publicPeering } = inventory;
  const { registry } = publicPeering ?? {};
  if (publicPeering === undefined || registry === undefined) return inventory;
  const { irr, vrps, approvals } = registry;
  const files = {
    irr: irr.map(whole),
    vrps: vrps.map(whole),
    approvals: approvals.map(whole),
  };
  return { ...inventory, publicPeering: { ...publicPeering, registry: { ...registry, ...files } } };
}

/** IPv4, UDP, VXLAN and the inner Ethernet header (RFC 7348 §5). */
const TUNNEL_HEADERS = 20 + 8 + 8 + 14;

/** The largest IP packet that a tunnel over the underlay carries whole. */
export function tunnelledMtu({ underlayMtu }: Pick<Inventory, "underlayMtu">): number {
  return underlayMtu - TUNNEL_HEADERS;
}

/** The two sites of a metro location; elsewhere the location is the one site of both links. */
export function sitesOfLocation({ name, sites }: PeeringLocation): Readonly<Record<Side, string>> {
  return sites ?? { primary: name, secondary: name };
}

export type PortName = string;

/** `edge:nni0` → its node and its port. */
export function parsePortReference(reference: string): { node: string; port: string } {
  const [node = "", port = ""] = reference.split(":");
  return { node, port };
}

const ROUTING_ROLES: ReadonlySet<string> = new Set([
  "edge",
  "providerEdge",
  "gatewayHost",
  "customerEdge",
  "serviceHost",
]);

export function cablingOf(inventory: Inventory): Cabling {
  return {
    nodes: inventory.nodes.map(({ name, role }) => {
      const routing = ROUTING_ROLES.has(role);
      return { name, routing, onlyVrfs: routing && role !== "customerEdge" };
    }),
    links: inventory.links.map(({ ends: [one, other] }) => [
      parsePortReference(one),
      parsePortReference(other),
    ]),
  };
}
