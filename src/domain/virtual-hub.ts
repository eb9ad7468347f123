import { z } from "zod";
import { parsePrefix, prefixesOverlap, prefixOf } from "../base/prefix.ts";
import { deleteFirst } from "./delete-first.ts";
import { type ArmError, conflict, immutableField, referenceNotFound, refuse } from "./errors.ts";
import { objectAt, sameId, textAt } from "./fields.ts";
import { gatewaysOfHub, hubsOfWan } from "./hub-links.ts";
import { type Candidate, defineResource, type WriteView } from "./resource.ts";
import type { JsonObject, StoredResource } from "./state.ts";
import { types } from "./types.ts";
import { Flag, NetworkPrefix, oneOf, Reference, Unoffered, UnofferedList } from "./values.ts";

const prefixPasses = "must be an IPv4 network of length /24 or shorter such as 10.9.0.0/23";

const VirtualHubBody = z.strictObject({
  properties: z.strictObject(
    {
      virtualWan: Reference,
      /** source: virtual-wan-faq.md: a hub's address space is a /24 at least. */
      addressPrefix: NetworkPrefix.refine(
        (text) => {
          const prefix = parsePrefix(text);
          return prefix?.family === "ipv4" && prefix.length <= 24;
        },
        { error: prefixPasses },
      ),
      sku: oneOf(["Basic", "Standard"]).optional(),
      hubRoutingPreference: oneOf(["ExpressRoute", "VpnGateway", "ASPath"]).optional(),
      preferredRoutingGateway: oneOf(["ExpressRoute", "VpnGateway", "None"]).optional(),
      allowBranchToBranchTraffic: Flag.optional(),
      virtualRouterAutoScaleConfiguration: z
        .strictObject({
          minCapacity: z.int({ error: "must be a whole number" }).min(2).max(50),
        })
        .optional(),
      routeTable: z.strictObject({ routes: UnofferedList }).optional(),
      virtualHubRouteTableV2s: UnofferedList,
      addressPrefixV6: Unoffered,
      vpnGateway: Unoffered,
      p2SVpnGateway: Unoffered,
      azureFirewall: Unoffered,
      securityPartnerProvider: Unoffered,
      securityProviderName: Unoffered,
    },
    { error: "must be an object" },
  ),
});

type Hub = Candidate<z.infer<typeof VirtualHubBody>>;
const wanField = "properties.virtualWan.id";
const prefixField = "properties.addressPrefix";

/**
 * A hub of a virtual WAN. The fabric has no router for it yet: the hub is an order, checked and kept, whose
 * routingState is None and whose tables are empty until a node carries it.
 */
export const virtualHub = defineResource({
  type: types.virtualHub,
  tracked: true,
  schema: VirtualHubBody,
  // RFC 2544: no hub has it.
  standIns: { [prefixField]: "198.18.0.0/24" },
  ignored: [
    "properties.expressRouteGateway",
    "properties.routingState",
    "properties.bgpConnections",
    "properties.ipConfigurations",
    "properties.routeMaps",
    "properties.virtualRouterAsn",
    "properties.virtualRouterIps",
    "properties.virtualRouterIpsV6",
  ],
  refusals,
  stored({ properties }) {
    // A body is JSON: the schema read it from JSON.
    const { routeTable: _, virtualHubRouteTableV2s: __, ...rest } = properties;
    return { properties: { sku: "Standard", ...(rest as unknown as JsonObject) } };
  },
  async *deleteRefusals(hub, view) {
    const gateways = await gatewaysOfHub(view.reader, hub.id);
    const said = (id: string) =>
      `Virtual hub ${hub.name} has the gateway ${id}: delete that first.`;
    yield* deleteFirst(view, gateways, said);
  },
  async reconciled() {
    return false;
  },
  async properties(hub, { reader }) {
    const [gateway] = await gatewaysOfHub(reader, hub.id);
    return {
      ...objectAt(hub.desired, "properties"),
      routeTable: { routes: [] },
      virtualHubRouteTableV2s: [],
      virtualRouterIps: [],
      routingState: "None",
      ...(gateway === undefined ? {} : { expressRouteGateway: { id: gateway.id } }),
    };
  },
});

async function* refusals(candidate: Hub, view: WriteView): AsyncGenerator<ArmError> {
  const { virtualWan, addressPrefix } = candidate.body.properties;
  const { previous, reader } = view;
  if (previous !== undefined) {
    const wan = textAt(previous.desired, wanField);
    const prefix = textAt(previous.desired, prefixField);
    if (!sameId(wan, virtualWan.id)) {
      yield immutableField(wanField, { held: wan, asked: virtualWan.id });
    }
    if (prefix !== addressPrefix) {
      yield immutableField(prefixField, { held: prefix, asked: addressPrefix });
    }
    return;
  }
  const wan = await reader.read(virtualWan.id);
  const mine = sameId(wan?.subscriptionId, candidate.subscriptionId);
  if (wan?.type !== types.virtualWan || !mine) {
    yield referenceNotFound(wanField, virtualWan.id);
    return;
  }
  if (wan.provisioningState === "Deleting") yield goingAway(wan);
  for (const other of await hubsOfWan(reader, wan.id)) {
    const taken = textAt(other.desired, prefixField) ?? "";
    if (!prefixesOverlap(prefixOf(addressPrefix), prefixOf(taken))) continue;
    yield refuse(
      "AddressSpaceOverlap",
      prefixField,
      `${prefixField} is refused: ${addressPrefix} overlaps ${taken} of hub ${other.name} in the same virtual WAN; send a network that does not.`,
    );
  }
}

function goingAway(wan: StoredResource): ArmError {
  return conflict(
    "AnotherOperationInProgress",
    wanField,
    `${wanField} is refused: virtual WAN ${wan.name} is being deleted; name another.`,
  );
}
