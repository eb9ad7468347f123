import { z } from "zod";
import { prefixContains, prefixesOverlap, prefixOf } from "../base/prefix.ts";
import { deleteFirst } from "./delete-first.ts";
import { type ArmError, conflict, refuse, requiredField } from "./errors.ts";
import { objectAt, sameId, textsAt } from "./fields.ts";
import { limits } from "./limits.ts";
import { ipConfigurationIdOf, spacesOf, subnetIdOf, subnetPrefixesOf } from "./links.ts";
import { type Candidate, type DeleteView, defineResource, type WriteView } from "./resource.ts";
import type { JsonObject, StoredResource, StoreReader } from "./state.ts";
import { types } from "./types.ts";
import { NetworkPrefix, Unoffered, UnofferedList } from "./values.ts";

const SubnetBody = z.strictObject({
  properties: z.strictObject(
    {
      addressPrefix: NetworkPrefix.optional(),
      addressPrefixes: z
        .array(NetworkPrefix, { error: "must be a list of networks" })
        .max(2, { error: "must have at most one network of each family" })
        .optional(),
      networkSecurityGroup: Unoffered,
      routeTable: Unoffered,
      natGateway: Unoffered,
      serviceGateway: Unoffered,
      serviceEndpoints: UnofferedList,
      serviceEndpointPolicies: UnofferedList,
      delegations: UnofferedList,
      ipAllocations: UnofferedList,
      ipamPoolPrefixAllocations: UnofferedList,
      applicationGatewayIPConfigurations: UnofferedList,
      sharingScope: Unoffered,
    },
    { error: "must be an object with addressPrefix or addressPrefixes" },
  ),
});

type Subnet = Candidate<z.infer<typeof SubnetBody>>;

/** Part of a virtual network. One named GatewaySubnet holds the gateway and nothing else. */
export const subnet = defineResource({
  type: types.subnet,
  tracked: false,
  schema: SubnetBody,
  ignored: [
    "properties.privateEndpointNetworkPolicies",
    "properties.privateLinkServiceNetworkPolicies",
    "properties.defaultOutboundAccess",
    "properties.ipConfigurations",
    "properties.ipConfigurationProfiles",
    "properties.purpose",
    "properties.privateEndpoints",
    "properties.resourceNavigationLinks",
    "properties.serviceAssociationLinks",
  ],
  refusals,
  // Always empty, and shown so: not what makes one subnet differ from another.
  stored({ properties: { delegations: _, ...properties } }) {
    // A body is JSON: the schema read it from JSON.
    return { properties: properties as unknown as JsonObject };
  },
  deleteRefusals,
  async reconciled(row, reader) {
    return (await usersOfSubnet(reader, row.id)).length > 0;
  },
  async properties(row, { reader }) {
    const users = await usersOfSubnet(reader, row.id);
    return {
      ...objectAt(row.desired, "properties"),
      privateEndpointNetworkPolicies: "Disabled",
      privateLinkServiceNetworkPolicies: "Enabled",
      delegations: [],
      ...(users.length === 0
        ? {}
        : { ipConfigurations: users.map((user) => ({ id: ipConfigurationIdOf(user) })) }),
    };
  },
});

/** Gateways and virtual machines that stand in a subnet. */
export async function usersOfSubnet(
  reader: StoreReader,
  subnetId: string,
): Promise<readonly StoredResource[]> {
  const referring = await reader.list({ referring: subnetId });
  return referring.filter((user) => sameId(subnetIdOf(user), subnetId));
}

/** Addresses of a subnet that were given out, but for those of one user. */
export async function takenAddresses(
  reader: StoreReader,
  subnetId: string,
  exceptId = "",
): Promise<ReadonlySet<string>> {
  const users = await usersOfSubnet(reader, subnetId);
  return new Set(
    users
      .filter(({ id }) => !sameId(id, exceptId))
      .flatMap(({ assigned }) => addressFields.flatMap((field) => textsAt(assigned, field))),
  );
}

const addressFields = [
  "privateIPAddresses",
  "instanceAddresses.ipv4",
  "instanceAddresses.ipv6",
] as const;

/** What the API's addressPrefix and addressPrefixes say together. */
function prefixesIn(candidate: Subnet): readonly { field: string; prefix: string }[] {
  const { addressPrefix, addressPrefixes = [] } = candidate.body.properties;
  const many = addressPrefixes.map((prefix, index) => ({
    field: `properties.addressPrefixes[${index}]`,
    prefix,
  }));
  if (addressPrefix === undefined || addressPrefixes.includes(addressPrefix)) return many;
  return [{ field: "properties.addressPrefix", prefix: addressPrefix }, ...many];
}

async function* refusals(candidate: Subnet, view: WriteView): AsyncGenerator<ArmError> {
  const own = prefixesIn(candidate);
  if (own.length === 0) {
    yield requiredField("properties.addressPrefix", "must be a network of the address space");
  }
  const families = own.map(({ prefix }) => prefixOf(prefix).family);
  if (new Set(families).size !== families.length) {
    yield refuse(
      "AddressSpaceInvalid",
      "properties.addressPrefixes",
      `properties.addressPrefixes is refused: ${own.map(({ prefix }) => prefix).join(", ")} has two networks of one family; send one of each family at most.`,
    );
  }
  for (const one of own) {
    yield* placeRefusals(one, view);
    yield* overlapRefusals({ ...one, id: candidate.id }, view);
    yield* gatewayRefusals({ ...one, name: candidate.name });
  }
  yield* changeRefusals(own, view);
}

function* placeRefusals(
  { field, prefix }: { field: string; prefix: string },
  { parent }: WriteView,
): Generator<ArmError> {
  const spaces = parent === undefined ? [] : spacesOf(parent);
  const own = prefixOf(prefix);
  if (!spaces.some((space) => prefixContains(prefixOf(space), own))) {
    yield refuse(
      "AddressSpaceInvalid",
      field,
      `${field} is refused: ${prefix} is not inside the network's address space; send a part of ${spaces.join(", ")}.`,
    );
  }
  const longest = own.family === "ipv4" ? 29 : 64;
  if (own.length <= longest && (own.family === "ipv4" || own.length === 64)) return;
  const passes = own.family === "ipv4" ? "at most /29" : "exactly /64";
  yield refuse(
    "AddressSpaceInvalid",
    field,
    `${field} is refused: ${prefix} has length /${own.length}; send ${passes}.`,
  );
}

async function* overlapRefusals(
  { field, prefix, id }: { field: string; prefix: string; id: string },
  { reader, parent }: WriteView,
): AsyncGenerator<ArmError> {
  if (parent === undefined) return;
  for (const other of await reader.list({ type: types.subnet, parentId: parent.id })) {
    if (sameId(other.id, id)) continue;
    for (const taken of subnetPrefixesOf(other)) {
      if (!prefixesOverlap(prefixOf(prefix), prefixOf(taken))) continue;
      yield refuse(
        "AddressSpaceOverlap",
        field,
        `${field} is refused: ${prefix} overlaps ${taken} of subnet ${other.name}; send a part that is free.`,
      );
    }
  }
}

function* gatewayRefusals({
  field,
  prefix,
  name,
}: {
  field: string;
  prefix: string;
  name: string;
}): Generator<ArmError> {
  const own = prefixOf(prefix);
  const longest = limits.gatewaySubnetLengthMax[own.family];
  if (name.toLowerCase() !== "gatewaysubnet" || own.length <= longest) return;
  yield refuse(
    "AddressSpaceInvalid",
    field,
    `${field} is refused: ${prefix} is too small for a GatewaySubnet; send a /${longest} or a larger network.`,
  );
}

/** Addresses were given out of it: a subnet in use may grow by a family and lose nothing. */
async function* changeRefusals(
  own: readonly { prefix: string }[],
  { reader, previous }: WriteView,
): AsyncGenerator<ArmError> {
  if (previous === undefined) return;
  const [user] = await usersOfSubnet(reader, previous.id);
  if (user === undefined) return;
  for (const held of subnetPrefixesOf(previous)) {
    if (own.some(({ prefix }) => prefix === held)) continue;
    yield conflict(
      "ConflictError",
      "properties.addressPrefix",
      `properties.addressPrefix is refused: ${held} is in use by ${user.id}; keep it, or delete that first.`,
    );
  }
}

async function* deleteRefusals(row: StoredResource, view: DeleteView): AsyncGenerator<ArmError> {
  const users = await usersOfSubnet(view.reader, row.id);
  yield* deleteFirst(
    view,
    users,
    (id) => `Subnet ${row.name} is used by ${id}: delete that first.`,
  );
}
