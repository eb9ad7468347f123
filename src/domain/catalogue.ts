/** What can be ordered, read off the inventory: it has no rows and cannot be written. */
import type { Inventory, PeeringLocation, Provider } from "../fabric/inventory.ts";
import { saleableMbps, usedMbps } from "./circuit-capacity.ts";
import { freePairs } from "./direct-pairs.ts";
import { textAt } from "./fields.ts";
import type { View } from "./resource.ts";
import { regionalCommunities, serviceCommunities } from "./service-communities.ts";
import type { JsonObject } from "./state.ts";

export type CatalogueDefinition = {
  readonly type: string;
  /** It is the providers' own: read with rights on the subscription of the cross connections. */
  readonly ofProviders?: true;
  list(subscriptionId: string, view: View): Promise<readonly JsonObject[]>;
  /** One entry; absent: the entry of the list with that name. */
  read?(subscriptionId: string, view: View, name: string): Promise<JsonObject | undefined>;
};

export const catalogue: readonly CatalogueDefinition[] = [
  {
    type: "Microsoft.Network/expressRouteServiceProviders",
    async list(subscriptionId, { inventory }) {
      return inventory.providers.map((provider) => serviceProvider(subscriptionId, provider));
    },
  },
  {
    type: "Microsoft.Network/expressRouteProviderPorts",
    ofProviders: true,
    list: providerPorts,
  },
  {
    type: "Microsoft.Network/bgpServiceCommunities",
    async list(subscriptionId, { inventory }) {
      return [regionalCommunities(inventory), ...serviceCommunities(inventory)].map(
        (properties) => ({
          ...entry(
            subscriptionId,
            "bgpServiceCommunities",
            textAt(properties, "serviceName") ?? "",
          ),
          properties,
        }),
      );
    },
  },
  {
    type: "Microsoft.Network/ExpressRoutePortsLocations",
    async list(subscriptionId, { inventory }) {
      return directLocations(inventory).map((place) => ({
        ...entry(subscriptionId, "ExpressRoutePortsLocations", place.name),
        properties: locationProperties(place),
      }));
    },
    async read(subscriptionId, view, name) {
      const place = directLocations(view.inventory).find(
        (one) => one.name.toLowerCase() === name.toLowerCase(),
      );
      if (place === undefined) return undefined;
      const availableBandwidths = await freeSizes(place, view);
      return {
        ...entry(subscriptionId, "ExpressRoutePortsLocations", place.name),
        properties: { ...locationProperties(place), availableBandwidths },
      };
    },
  },
];

function entry(subscriptionId: string, kind: string, name: string): JsonObject {
  const type = `Microsoft.Network/${kind}`;
  return { id: `/subscriptions/${subscriptionId}/providers/${type}/${name}`, name, type };
}

function serviceProvider(subscriptionId: string, provider: Provider): JsonObject {
  return {
    ...entry(subscriptionId, "expressRouteServiceProviders", provider.name),
    properties: {
      peeringLocations: [...new Set(provider.portPairs.map((pair) => pair.peeringLocation))],
      bandwidthsOffered: provider.bandwidthsMbps.map((valueInMbps) => ({
        offerName: valueInMbps >= 1_000 ? `${valueInMbps / 1_000}Gbps` : `${valueInMbps}Mbps`,
        valueInMbps,
      })),
      provisioningState: "Succeeded",
    },
  };
}

async function providerPorts(subscriptionId: string, view: View): Promise<readonly JsonObject[]> {
  const pairs = view.inventory.providers
    .filter(({ name }) => view.providerName === undefined || name === view.providerName)
    .flatMap(({ portPairs }) => portPairs);
  return Promise.all(
    pairs.map(async (pair) => {
      const usedBandwidthInMbps = await usedMbps(view.reader, pair.name);
      return {
        ...entry(subscriptionId, "expressRouteProviderPorts", pair.name),
        location: pair.peeringLocation,
        properties: {
          portPairDescriptor: pair.name,
          primaryAzurePort: pair.primary.edge,
          secondaryAzurePort: pair.secondary.edge,
          peeringLocation: pair.peeringLocation,
          overprovisionFactor: pair.overprovisionFactor,
          portBandwidthInMbps: pair.bandwidthMbps,
          usedBandwidthInMbps,
          remainingBandwidthInMbps: saleableMbps(pair) - usedBandwidthInMbps,
        },
      };
    }),
  );
}

function directLocations(inventory: Inventory): readonly PeeringLocation[] {
  return inventory.peeringLocations.filter((place) => place.directPortPairs.length > 0);
}

function locationProperties(place: PeeringLocation): JsonObject {
  return { address: place.address ?? "", contact: "", provisioningState: "Succeeded" };
}

/** Sizes of which a pair is free. */
async function freeSizes(place: PeeringLocation, view: View): Promise<JsonObject[]> {
  const free = await freePairs(view, { peeringLocation: place.name });
  const sizes = new Set(free.map(({ bandwidthGbps }) => bandwidthGbps));
  return [...sizes]
    .sort((one, other) => one - other)
    .map((valueInGbps) => ({ offerName: `${valueInGbps} Gbps`, valueInGbps }));
}
