/** Types of what the control plane adds to an answer, by the path of the field. */
import { providerStates } from "../../domain/links.ts";
import type { JsonObject } from "../../domain/state.ts";
import { types } from "../../domain/types.ts";

const text = { type: "string" };
const number = { type: "integer" };
const flag = { type: "boolean" };
const oneOf = (...values: readonly string[]): JsonObject => ({ type: "string", enum: [...values] });
const reference = { type: "object", properties: { id: text } };
const listOf = (items: JsonObject): JsonObject => ({ type: "array", items });

const peeringPorts = {
  "properties.primaryAzurePort": text,
  "properties.secondaryAzurePort": text,
};
const key = {
  "properties.authorizationKey": text,
  "properties.authorizationUseStatus": oneOf("Available", "InUse"),
};

const prefixStates = oneOf("NotConfigured", "Configuring", "Configured", "ValidationNeeded");

/** Of a public peering, in either family. */
const validated = (config: string): Record<string, JsonObject> => ({
  [`${config}.advertisedPublicPrefixesState`]: prefixStates,
  [`${config}.advertisedPublicPrefixInfo.*.validationId`]: text,
  [`${config}.advertisedPublicPrefixInfo.*.validationState`]: text,
});

export const answeredFields: Readonly<Record<string, Readonly<Record<string, JsonObject>>>> = {
  [types.circuit]: {
    "properties.circuitProvisioningState": oneOf("Enabled", "Disabled"),
    "properties.serviceProviderProvisioningState": oneOf(...providerStates),
    "properties.serviceProviderNotes": text,
    "properties.serviceKey": text,
    "properties.stag": number,
    "properties.gatewayManagerEtag": text,
    "properties.resiliencyLevel": oneOf("Standard", "High", "Maximum"),
  },
  [types.peering]: {
    ...peeringPorts,
    "properties.azureASN": number,
    "properties.gatewayManagerEtag": text,
    "properties.lastModifiedBy": text,
    ...validated("properties.microsoftPeeringConfig"),
    ...validated("properties.ipv6PeeringConfig.microsoftPeeringConfig"),
    "properties.causewayPublicPrefixes": listOf({
      ...{ type: "object", properties: { prefix: text, state: text, reason: text } },
    }),
    "properties.causewayWarnings": listOf({
      ...{ type: "object", properties: { code: text, target: text, message: text } },
    }),
    "properties.expressRouteConnection": reference,
    "properties.connections": listOf({ type: "object" }),
    "properties.peeredConnections": listOf({ type: "object" }),
  },
  [types.circuitConnection]: {
    "properties.circuitConnectionStatus": oneOf("Connected", "Connecting", "Disconnected"),
  },
  [types.authorization]: { ...key, "properties.connectionResourceUri": text },
  [types.portAuthorization]: { ...key, "properties.circuitResourceUri": text },
  [types.crossConnection]: {
    ...peeringPorts,
    "properties.sTag": number,
    "properties.peeringLocation": text,
    "properties.bandwidthInMbps": number,
  },
  [types.port]: {
    "properties.provisionedBandwidthInGbps": { type: "number" },
    "properties.mtu": text,
    "properties.etherType": text,
    "properties.allocationDate": text,
    "properties.resourceGuid": text,
    "properties.circuits": listOf(reference),
    "properties.links.*.properties.routerName": text,
    "properties.links.*.properties.interfaceName": text,
    "properties.links.*.properties.patchPanelId": text,
    "properties.links.*.properties.rackId": text,
    "properties.links.*.properties.coloLocation": text,
    "properties.links.*.properties.causewayMacSec": {
      type: "object",
      properties: {
        state: oneOf("Pending", "Carried", "NotCarried"),
        reason: text,
        keys: listOf({
          ...{ type: "object", properties: { slot: number, cknSecretIdentifier: text, use: text } },
        }),
      },
    },
  },
  [types.lag]: {
    "properties.causewayBundle": {
      type: "object",
      properties: {
        bandwidthInGbps: { type: "number" },
        leastBandwidthInGbps: { type: "number" },
        state: oneOf("NotCarried"),
        reason: text,
      },
    },
  },
  [types.subnet]: {
    "properties.privateEndpointNetworkPolicies": text,
    "properties.privateLinkServiceNetworkPolicies": text,
    "properties.ipConfigurations": listOf(reference),
  },
  [types.virtualMachine]: { "properties.privateIPAddresses": listOf(text) },
  [types.gateway]: {
    "properties.sku.capacity": number,
    "properties.bgpSettings": { type: "object" },
    "properties.instanceAddresses": { type: "object" },
    "properties.ipConfigurations.*.properties.privateIPAddress": text,
  },
  [types.connection]: {
    "properties.connectionStatus": oneOf("Unknown", "Connecting", "Connected", "NotConnected"),
    "properties.ingressBytesTransferred": number,
    "properties.egressBytesTransferred": number,
  },
  [types.hubConnection]: {
    "properties.connectionStatus": oneOf("Unknown", "Connecting", "Connected", "NotConnected"),
  },
  [types.virtualNetworkPeering]: {
    "properties.peeringState": oneOf("Initiated", "Connected", "Disconnected"),
    "properties.peerCompleteVnets": flag,
  },
};
