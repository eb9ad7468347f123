import { z } from "zod";
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

export const NodeRole = z.enum([
  "edge",
  "providerSwitch",
  "providerEdge",
  "gatewayHost",
  "transit",
  "customerEdge",
  "host",
]);

const Node = z.strictObject({
  name: Name,
  role: NodeRole,
  /** Port and address by which the node reaches the VXLAN underlay. */
  underlay: z.strictObject({ port: PortName, address: Ipv4Prefix }).optional(),
  /** Addresses that a host has on its ports, and its way out. */
  addresses: z.record(PortName, z.array(AnyPrefix)).optional(),
  gateways: z.array(z.union([z.ipv4(), z.ipv6()])).optional(),
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

/** A customer's site in the lab: its router is configured by the router-config generator's text. */
const Site = z.strictObject({
  name: Name,
  router: Name,
  /** What the router announces. */
  prefixes: z.array(AnyPrefix).min(1),
  lan: z.strictObject({ port: PortName, addresses: z.array(AnyPrefix).min(1) }).optional(),
  /** Every circuit gets a VRF of its own on the router, with the prefixes on a loopback. */
  vrfPerCircuit: z.boolean().default(false),
});

export const Inventory = z.strictObject({
  name: Name,
  cloudAsn: z.int().min(1).max(4294967295).default(12076),
  gatewayAsn: z.int().min(1).max(4294967295).default(65515),
  regions: z.array(Region).min(1),
  peeringLocations: z.array(PeeringLocation).min(1),
  providers: z.array(Provider).default([]),
  gatewayHosts: z.array(z.strictObject({ node: Name, region: z.string() })).default([]),
  nodes: z.array(Node).min(1),
  links: z.array(Link).default([]),
  sites: z.array(Site).default([]),
});

export type Inventory = z.infer<typeof Inventory>;
export type NodeRole = z.infer<typeof NodeRole>;
export type Provider = Inventory["providers"][number];
export type PortPair = Provider["portPairs"][number];
export type HandOff = Provider["handOffs"][number];
export type PeeringLocation = Inventory["peeringLocations"][number];
export type Site = Inventory["sites"][number];

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
]);

export function cablingOf(inventory: Inventory): Cabling {
  return {
    nodes: inventory.nodes.map(({ name, role }) => ({ name, routing: ROUTING_ROLES.has(role) })),
    links: inventory.links.map(({ ends: [one, other] }) => [
      parsePortReference(one),
      parsePortReference(other),
    ]),
  };
}
