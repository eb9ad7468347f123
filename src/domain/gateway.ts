import { z } from "zod";
import { prefixOf } from "../base/prefix.ts";
import { deleteFirst } from "./delete-first.ts";
import {
  type ArmError,
  conflict,
  immutableField,
  noCapacity,
  referenceNotFound,
  refuse,
} from "./errors.ts";
import { isFastPath } from "./fast-path.ts";
import { defined, listAt, objectAt, sameId, textAt, textsAt } from "./fields.ts";
import { AutoScale, gatewayScaleRefusals, scaleOf } from "./gateway-scale.ts";
import {
  capacityOf,
  type GatewaySku,
  gatewaySkusOf,
  isInPlace,
  skuOfGateway,
} from "./gateway-skus.ts";
import { hubOf, spokesOf } from "./gateway-transit.ts";
import {
  connectionsOfGateway,
  gatewaysOfNetwork,
  ipConfigurationIdOf,
  networkIdOf,
  subnetIdOf,
  subnetPrefixesOf,
} from "./links.ts";
import {
  type Candidate,
  type DeleteView,
  defineResource,
  type Grant,
  type WriteView,
} from "./resource.ts";
import { nameOfId, parentOfId } from "./resource-id.ts";
import { fullestRoom, ROOMS } from "./room.ts";
import type { JsonObject, StoredResource } from "./state.ts";
import { freeAddresses } from "./subnet-address.ts";
import { types } from "./types.ts";
import { Flag, oneOf, Reference, Text, Unoffered, UnofferedFlag, UnofferedList } from "./values.ts";

/** Told in the order in which they carry more. */
const skus = [
  "Standard",
  "HighPerformance",
  "UltraPerformance",
  "ErGw1AZ",
  "ErGw2AZ",
  "ErGw3AZ",
  "ErGwScale",
] as const satisfies readonly GatewaySku[];

const GatewayBody = z.strictObject({
  properties: z.strictObject(
    {
      gatewayType: oneOf(["ExpressRoute"]),
      vpnType: oneOf(["RouteBased", "PolicyBased"]).optional(),
      sku: z.strictObject(
        { name: oneOf(skus), tier: oneOf(skus).optional() },
        { error: "must be an object with a name" },
      ),
      ipConfigurations: z
        .array(
          z.strictObject({
            name: Text.optional(),
            properties: z.strictObject(
              {
                subnet: Reference,
                publicIPAddress: Reference.optional(),
                privateIPAllocationMethod: oneOf(["Dynamic"]).optional(),
              },
              { error: "must be an object with a subnet" },
            ),
          }),
          { error: "must be a list with one configuration" },
        )
        .length(1, { error: "must have exactly one configuration" }),
      activeActive: Flag.optional(),
      enableBgp: Flag.optional(),
      allowRemoteVnetTraffic: Flag.optional(),
      allowVirtualWanTraffic: UnofferedFlag.optional(),
      adminState: oneOf(["Enabled"]).optional(),
      customRoutes: z
        .strictObject({ addressPrefixes: UnofferedList, ipamPoolPrefixAllocations: UnofferedList })
        .optional(),
      autoScaleConfiguration: AutoScale.optional(),
      natRules: UnofferedList,
      enableBgpRouteTranslationForNat: UnofferedFlag.optional(),
      enableDnsForwarding: UnofferedFlag.optional(),
      enablePrivateIpAddress: UnofferedFlag.optional(),
      enableHighBandwidthVpnGateway: UnofferedFlag.optional(),
      disableIPSecReplayProtection: UnofferedFlag.optional(),
      gatewayDefaultSite: Unoffered,
      vpnClientConfiguration: Unoffered,
      virtualNetworkGatewayPolicyGroups: UnofferedList,
      vNetExtendedLocationResourceId: Unoffered,
    },
    { error: "must be an object" },
  ),
  extendedLocation: Unoffered,
});

type Gateway = Candidate<z.infer<typeof GatewayBody>>;
const addressField = "properties.ipConfigurations[0].properties.publicIPAddress.id";
const subnetField = "properties.ipConfigurations[0].properties.subnet.id";

/** A virtual network's end towards circuits: two instances that both peer with both edges. */
export const gateway = defineResource({
  type: types.gateway,
  tracked: true,
  schema: GatewayBody,
  ignored: [
    "identity",
    "properties.sku.capacity",
    "properties.bgpSettings",
    "properties.vpnGatewayGeneration",
    "properties.inboundDnsForwardingEndpoint",
    "properties.virtualNetworkGatewayMigrationStatus",
    "properties.resiliencyModel",
    "properties.packetCaptureDiagnosticState",
    "properties.instanceAddresses",
    "properties.causewayRoutes",
    ...["id", "etag", "type"].map((field) => `properties.ipConfigurations.*.${field}`),
    ...["privateIPAddress", "provisioningState"].map(
      (field) => `properties.ipConfigurations.*.properties.${field}`,
    ),
  ],
  refusals,
  assign,
  stored,
  deleteRefusals,
  async reconciled() {
    return true;
  },
  async properties(row, { inventory }) {
    const { desired, assigned } = row;
    const properties = objectAt(desired, "properties");
    const [configuration] = listAt(properties, "ipConfigurations");
    const [privateIPAddress] = textsAt(assigned, "instanceAddresses.ipv4");
    const shown = {
      id: ipConfigurationIdOf(row),
      name: textAt(configuration, "name") ?? "",
      properties: defined({
        ...objectAt(configuration, "properties"),
        privateIPAddress,
        provisioningState: "Succeeded",
      }),
    };
    return {
      ...properties,
      sku: { ...objectAt(properties, "sku"), capacity: 2 },
      ipConfigurations: [shown],
      instanceAddresses: objectAt(assigned, "instanceAddresses"),
      bgpSettings: { asn: inventory.gatewayAsn, peerWeight: 0 },
      ...defined({ causewayRoutes: fullestRoom(row.observed, ROOMS) }),
    };
  },
});

/** Defaults are kept, so that what a client reads and sends back is no change. */
function stored({ properties }: Gateway["body"]): JsonObject {
  // A body is JSON: the schema read it from JSON.
  const sent = properties as unknown as JsonObject;
  const ipConfigurations = listAt(sent, "ipConfigurations").map((one) => ({
    name: textAt(one, "name") ?? "vnetGatewayConfig0",
    properties: { privateIPAllocationMethod: "Dynamic", ...objectAt(one, "properties") },
  }));
  const sku = { name: properties.sku.name, tier: properties.sku.name };
  const defaults = { vpnType: "RouteBased", activeActive: false, enableBgp: false };
  const bounds = scaleOf(properties.autoScaleConfiguration);
  const scale = sku.name === "ErGwScale" ? { autoScaleConfiguration: { bounds } } : {};
  return { properties: { ...defaults, ...sent, ...scale, sku, ipConfigurations } };
}

async function* refusals(candidate: Gateway, view: WriteView): AsyncGenerator<ArmError> {
  const { previous, reader } = view;
  const { sku } = candidate.body.properties;
  if (sku.tier !== undefined && sku.tier !== sku.name) {
    yield refuse(
      "SkuInvalid",
      "properties.sku.tier",
      `properties.sku.tier is refused: "${sku.tier}" does not agree with the name; send "${sku.name}" or leave it out.`,
    );
  }
  yield* gatewayScaleRefusals(candidate.body.properties);
  yield* addressRefusals(candidate, view);
  const asked = candidate.body.properties.ipConfigurations[0]?.properties.subnet.id ?? "";
  if (previous !== undefined) {
    const held = subnetIdOf(previous);
    if (!sameId(held, asked)) yield immutableField(subnetField, { held, asked });
    yield* skuRefusals(candidate.body.properties, { reader, previous });
    return;
  }
  const row = await reader.read(asked);
  const network = await reader.read(parentOfId(asked));
  const mine = sameId(row?.subscriptionId, candidate.subscriptionId);
  if (nameOfId(asked).toLowerCase() !== "gatewaysubnet") {
    yield refuse(
      "InvalidResourceReference",
      subnetField,
      `${subnetField} is refused: a gateway stands in a subnet named GatewaySubnet, not in "${nameOfId(asked)}"; make that subnet with a /27 or more and name it.`,
    );
  } else if (row?.type !== types.subnet || network === undefined || !mine) {
    yield referenceNotFound(subnetField, asked);
  } else {
    yield* networkRefusals(candidate, { row, network }, view);
  }
}

/** A gateway that names an address holds it: no one may hold another's, nor what is none. */
async function* addressRefusals(
  { subscriptionId, body }: Gateway,
  { reader }: WriteView,
): AsyncGenerator<ArmError> {
  const asked = body.properties.ipConfigurations[0]?.properties.publicIPAddress?.id;
  if (asked === undefined) return;
  const row = await reader.read(asked);
  if (row?.type === types.publicAddress && sameId(row.subscriptionId, subscriptionId)) return;
  yield referenceNotFound(addressField, asked);
}

async function* networkRefusals(
  candidate: Gateway,
  { row, network }: { row: StoredResource; network: StoredResource },
  { reader }: WriteView,
): AsyncGenerator<ArmError> {
  if (network.location !== candidate.location) {
    yield refuse(
      "InvalidResourceLocation",
      "location",
      `location is refused: the virtual network is in ${network.location ?? ""}; send that.`,
    );
  }
  const [ipv4] = subnetPrefixesOf(row).filter((prefix) => prefixOf(prefix).family === "ipv4");
  if (ipv4 === undefined) {
    yield refuse(
      "AddressSpaceInvalid",
      subnetField,
      `${subnetField} is refused: GatewaySubnet has no IPv4 network; give it a /27 or more.`,
    );
  }
  const hub = await hubOf(reader, network.id);
  if (hub !== undefined) {
    yield conflict(
      "GatewayExists",
      subnetField,
      `${subnetField} is refused: ${network.name} uses the gateway of ${hub.name} over a peering of networks; take useRemoteGateways away first.`,
    );
  }
  const [other] = (await gatewaysOfNetwork(reader, network.id)).filter(
    ({ id }) => !sameId(id, candidate.id),
  );
  if (other !== undefined) {
    yield conflict(
      "GatewayExists",
      subnetField,
      `${subnetField} is refused: ${network.name} has the gateway ${other.name} and a network has one; use that, or delete it first.`,
    );
  }
}

/** A smaller SKU must still carry the circuits that are joined. */
async function* skuRefusals(
  { sku: { name: sku }, autoScaleConfiguration }: Gateway["body"]["properties"],
  { reader, previous }: { reader: WriteView["reader"]; previous: StoredResource },
): AsyncGenerator<ArmError> {
  const held = skuOfGateway(previous);
  if (!isInPlace(held, sku)) {
    const family = gatewaySkusOf(held).join(", ");
    yield conflict(
      "SkuInvalid",
      "properties.sku.name",
      `properties.sku.name is refused: a ${held} gateway becomes in place one of ${family} and not ${sku}; delete it and make another, or choose one of those.`,
    );
    return;
  }
  const joined = await connectionsOfGateway(reader, previous.id);
  const fast = joined.find(isFastPath);
  const capacity = capacityOf(sku, scaleOf(autoScaleConfiguration).max);
  if (fast !== undefined && !capacity.fastPath) {
    yield conflict(
      "SkuInvalid",
      "properties.sku.name",
      `properties.sku.name is refused: connection ${fast.name} has FastPath and ${sku} has none; turn that off first, or choose a larger SKU.`,
    );
  }
  const most = capacity.circuits;
  if (joined.length <= most) return;
  yield conflict(
    "LimitExceeded",
    "properties.sku.name",
    `properties.sku.name is refused: ${joined.length} circuits are joined and ${sku} has ${most}; delete ${joined.length - most} connections first, or choose a larger SKU.`,
  );
}

async function assign(candidate: Gateway, grant: Grant): Promise<JsonObject> {
  const { previous, reader, writer } = grant;
  if (previous !== undefined) return previous.assigned;
  const subnetId = candidate.body.properties.ipConfigurations[0]?.properties.subnet.id ?? "";
  const row = await reader.read(subnetId);
  const pool = { pool: "virtualNetworkGateways", owner: candidate.id, from: 1, to: 9_999 };
  const number = await writer.allocate(pool);
  if (number === undefined) throw noCapacity("id", "9,999 gateways exist; delete one first.");
  const addresses: Record<string, string[]> = {};
  for (const prefix of row === undefined ? [] : subnetPrefixesOf(row)) {
    addresses[prefixOf(prefix).family] = [...freeAddresses(prefix, 2, new Set())];
  }
  return { number, instanceAddresses: addresses };
}

async function* deleteRefusals(row: StoredResource, view: DeleteView): AsyncGenerator<ArmError> {
  const connections = await connectionsOfGateway(view.reader, row.id);
  const said = (id: string) =>
    `Gateway ${row.name} is joined by ${id}: delete that connection first.`;
  yield* deleteFirst(view, connections, said);
  const users = await spokesOf(view.reader, { id: networkIdOf(row) });
  yield* deleteFirst(
    view,
    users,
    (id) => `Gateway ${row.name} is used by ${id}: take useRemoteGateways away there first.`,
  );
}
