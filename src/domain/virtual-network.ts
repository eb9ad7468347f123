import { z } from "zod";
import { prefixContains, prefixesOverlap, prefixOf } from "../base/prefix.ts";
import { deleteFirst } from "./delete-first.ts";
import { type ArmError, noCapacity, refuse } from "./errors.ts";
import { objectAt } from "./fields.ts";
import { circuitsReaching, hubOf, spokesOf, toldBy } from "./gateway-transit.ts";
import { limits } from "./limits.ts";
import { gatewaysOfNetwork, subnetPrefixesOf } from "./links.ts";
import { reachedBy } from "./reached.ts";
import {
  type Candidate,
  type DeleteView,
  defineResource,
  type WriteView,
  wiresOf,
} from "./resource.ts";
import { regionCommunity } from "./service-communities.ts";
import type { JsonObject, StoredResource, StoreReader } from "./state.ts";
import { subnet, usersOfSubnet } from "./subnet.ts";
import { types } from "./types.ts";
import { NetworkPrefix, oneOf, Text, Unoffered, UnofferedFlag, UnofferedList } from "./values.ts";
import { virtualNetworkPeering } from "./virtual-network-peering.ts";

const spaces = "properties.addressSpace.addressPrefixes";
const summarized = "properties.summarizedGatewayPrefixes.addressPrefixes";

const VirtualNetworkBody = z.strictObject({
  properties: z.strictObject(
    {
      addressSpace: z.strictObject(
        {
          addressPrefixes: z
            .array(NetworkPrefix, { error: "must be a list of networks" })
            .min(1, { error: "must have at least one network" })
            .max(limits.addressSpacesPerNetwork, {
              error: `must have at most ${limits.addressSpacesPerNetwork} networks`,
            }),
          ipamPoolPrefixAllocations: UnofferedList,
        },
        { error: "must be an object with addressPrefixes" },
      ),
      dhcpOptions: z.strictObject({ dnsServers: UnofferedList }).optional(),
      enableDdosProtection: UnofferedFlag.optional(),
      ddosProtectionPlan: Unoffered,
      enableVmProtection: UnofferedFlag.optional(),
      encryption: z
        .strictObject({
          enabled: UnofferedFlag,
          enforcement: oneOf(["AllowUnencrypted", "DropUnencrypted"]).optional(),
        })
        .optional(),
      bgpCommunities: z
        .strictObject(
          {
            virtualNetworkCommunity: Text.regex(/^12076:2\d{4}$/, {
              error: "must be a community 12076:20000..12076:29999",
            }),
          },
          { error: "must be an object with virtualNetworkCommunity" },
        )
        .optional(),
      ipAllocations: UnofferedList,
      /** Told to circuits in place of the spaces within them; on a network whose gateway is another's it says nothing. */
      summarizedGatewayPrefixes: z
        .strictObject(
          {
            addressPrefixes: z
              .array(NetworkPrefix, { error: "must be a list of networks" })
              .max(limits.addressSpacesPerNetwork, {
                error: `must have at most ${limits.addressSpacesPerNetwork} networks`,
              }),
            ipamPoolPrefixAllocations: UnofferedList,
          },
          { error: "must be an object with addressPrefixes" },
        )
        .optional(),
    },
    { error: "must be an object" },
  ),
  extendedLocation: Unoffered,
});

type Network = Candidate<z.infer<typeof VirtualNetworkBody>>;

/** A customer's network in a region. Its subnets are rows of their own; a PUT adds and changes them, and never deletes one. */
export const virtualNetwork = defineResource({
  type: types.virtualNetwork,
  tracked: true,
  schema: VirtualNetworkBody,
  ignored: [
    "properties.subnets",
    "properties.virtualNetworkPeerings",
    "properties.bgpCommunities.regionalCommunity",
    "properties.flowTimeoutInMinutes",
    "properties.flowLogs",
    "properties.defaultPublicNatGateway",
    "properties.privateEndpointVNetPolicies",
  ],
  embedded: [{ field: "subnets", type: types.subnet, written: true }],
  refusals,
  async assign(candidate, { previous, writer }) {
    if (previous !== undefined) return previous.assigned;
    const pool = { pool: "virtualNetworks", owner: candidate.id, from: 1, to: 9_999 };
    const number = await writer.allocate(pool);
    if (number === undefined) {
      throw noCapacity("id", "No virtual network can be had: 9,999 exist; delete one first.");
    }
    return { number };
  },
  // Always off, and shown so: not what makes one network differ from another.
  stored({ properties: { enableDdosProtection: _, ...properties } }) {
    // A body is JSON: the schema read it from JSON.
    return { properties: properties as unknown as JsonObject };
  },
  deleteRefusals,
  async reconciled(network, reader) {
    for (const row of await reader.list({ type: types.subnet, parentId: network.id })) {
      if ((await usersOfSubnet(reader, row.id)).length > 0) return true;
    }
    return false;
  },
  async properties(network, view) {
    const rows = await view.reader.list({ parentId: network.id });
    const properties = objectAt(network.desired, "properties");
    const regionalCommunity = regionCommunity(view.inventory, network.location);
    return {
      ...properties,
      ...(properties["bgpCommunities"] === undefined || regionalCommunity === undefined
        ? {}
        : { bgpCommunities: { ...objectAt(properties, "bgpCommunities"), regionalCommunity } }),
      subnets: await wiresOf(subnet, rows, view),
      virtualNetworkPeerings: await wiresOf(virtualNetworkPeering, rows, view),
      enableDdosProtection: false,
    };
  },
});

async function* refusals(candidate: Network, view: WriteView): AsyncGenerator<ArmError> {
  const own = candidate.body.properties.addressSpace.addressPrefixes;
  for (const [index, prefix] of own.entries()) {
    for (const other of own.slice(0, index)) {
      if (!prefixesOverlap(prefixOf(prefix), prefixOf(other))) continue;
      yield refuse(
        "AddressSpaceOverlap",
        `${spaces}[${index}]`,
        `${spaces}[${index}] is refused: ${prefix} overlaps ${other} of the same network; send networks that do not overlap.`,
      );
    }
  }
  const summaries = candidate.body.properties.summarizedGatewayPrefixes?.addressPrefixes ?? [];
  for (const [index, prefix] of summaries.entries()) {
    const other = summaries.slice(0, index).find((one) => overlap(one, prefix));
    if (other === undefined) continue;
    yield refuse(
      "AddressSpaceOverlap",
      `${summarized}[${index}]`,
      `${summarized}[${index}] is refused: ${prefix} overlaps ${other} of the same list; send networks that do not overlap.`,
    );
  }
  if (view.previous === undefined) return;
  yield* toldRefusals(candidate, { ...view, previous: view.previous });
  yield* subnetsLeftOut(candidate, view.reader);
  yield* linkedOverlaps(candidate, view.reader);
}

function overlap(one: string, other: string): boolean {
  return prefixesOverlap(prefixOf(one), prefixOf(other));
}

/** More than a connection may tell would end its sessions. */
async function* toldRefusals(
  candidate: Network,
  { reader, previous }: WriteView & { previous: StoredResource },
): AsyncGenerator<ArmError> {
  if ((await circuitsReaching(reader, candidate.id)).length === 0) return;
  // A body is JSON: the schema read it from JSON.
  const desired = candidate.body as unknown as StoredResource["desired"];
  const after = { ...previous, desired };
  const hub = (await hubOf(reader, candidate.id)) ?? after;
  const spokes = (await spokesOf(reader, hub)).map((one) => (one.id === after.id ? after : one));
  const told = toldBy(hub, spokes, () => undefined).map(({ prefix }) => prefixOf(prefix).family);
  for (const family of ["ipv4", "ipv6"] as const) {
    const [count, most] = [
      told.filter((one) => one === family).length,
      limits.toldPrefixes[family],
    ];
    if (count <= most) continue;
    yield refuse(
      "LimitExceeded",
      spaces,
      `${spaces} is refused: the gateway would tell its circuits of ${count} ${family} prefixes and ${most} are allowed; use fewer and larger ones, or summarise them.`,
    );
  }
}

/** Subnets that the address space no longer holds. */
async function* subnetsLeftOut(candidate: Network, reader: StoreReader): AsyncGenerator<ArmError> {
  const own = candidate.body.properties.addressSpace.addressPrefixes.map(prefixOf);
  for (const row of await reader.list({ type: types.subnet, parentId: candidate.id })) {
    for (const prefix of subnetPrefixesOf(row)) {
      if (own.some((space) => prefixContains(space, prefixOf(prefix)))) continue;
      yield refuse(
        "AddressSpaceInvalid",
        spaces,
        `${spaces} is refused: it does not hold ${prefix} of subnet ${row.name}; keep a network that does, or delete the subnet first.`,
      );
    }
  }
}

/** A linked network must not come to overlap what its circuits reach. */
async function* linkedOverlaps(candidate: Network, reader: StoreReader): AsyncGenerator<ArmError> {
  const own = candidate.body.properties.addressSpace.addressPrefixes;
  for (const circuit of await circuitsReaching(reader, candidate.id)) {
    for (const reached of await reachedBy(reader, circuit, candidate.id)) {
      for (const prefix of own) {
        if (prefixesOverlap(prefixOf(prefix), prefixOf(reached.prefix))) {
          yield refuse(
            "AddressSpaceOverlap",
            spaces,
            `${spaces} is refused: ${prefix} overlaps ${reached.prefix} of ${reached.of}, reached over circuit ${circuit.name}; send a network that does not, or delete the connection first.`,
          );
        }
      }
    }
  }
}

async function* deleteRefusals(
  network: StoredResource,
  view: DeleteView,
): AsyncGenerator<ArmError> {
  const { reader } = view;
  const gateways = await gatewaysOfNetwork(reader, network.id);
  const rows = await reader.list({ type: types.subnet, parentId: network.id });
  const machines: StoredResource[] = [];
  for (const row of rows) machines.push(...(await usersOfSubnet(reader, row.id)));
  const users = new Map([...gateways, ...machines].map((user) => [user.id, user]));
  const said = (id: string) =>
    `Virtual network ${network.name} is used by ${id}: delete that first.`;
  yield* deleteFirst(view, users.values(), said);
}
