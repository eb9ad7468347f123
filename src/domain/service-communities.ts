/** Communities by which a route filter names public services, as a catalogue. */
import type { Inventory } from "../fabric/inventory.ts";
import type { JsonObject } from "./state.ts";

/**
 * Regions' numbers in communities; the public services of a region carry 51000 and its number. source:
 * bgp-communities.md, "Regional BGP communities".
 */
const regionNumbers: Readonly<Record<string, number>> = {
  westeurope: 2,
  northeurope: 3,
  eastus: 4,
  eastus2: 5,
  westus: 6,
  northcentralus: 7,
  southcentralus: 8,
  centralus: 9,
  eastasia: 10,
  southeastasia: 11,
  japaneast: 12,
  japanwest: 13,
  brazilsouth: 14,
  australiaeast: 15,
  australiasoutheast: 16,
  centralindia: 17,
  westindia: 18,
  southindia: 19,
  canadacentral: 20,
  canadaeast: 21,
  uksouth: 24,
  ukwest: 25,
  westus2: 26,
  westcentralus: 27,
  koreasouth: 28,
  koreacentral: 29,
  francecentral: 30,
  francesouth: 31,
  australiacentral: 32,
  australiacentral2: 33,
  southafricanorth: 34,
  southafricawest: 35,
  uaenorth: 36,
  uaecentral: 37,
  switzerlandnorth: 38,
  switzerlandwest: 39,
  germanynorth: 40,
  germanywestcentral: 41,
  norwayeast: 42,
  norwaywest: 43,
  westus3: 44,
  newzealandnorth: 59,
};

const publicServices = 51_000;
const privateNetworks = 50_000;

/** What networks of the region carry on private peering, where they carry one of their own. */
export function regionCommunity(
  { cloudAsn }: Inventory,
  region: string | undefined,
): string | undefined {
  const number = regionNumbers[region ?? ""];
  return number === undefined ? undefined : `${cloudAsn}:${privateNetworks + number}`;
}

/** What all public services of a region carry, where the region has a number. */
export function regionalCommunity(cloudAsn: number, region: string): string | undefined {
  const number = regionNumbers[region];
  return number === undefined ? undefined : `${cloudAsn}:${publicServices + number}`;
}

/** One community for each public service that the fabric has, with the prefixes that carry it. */
export function serviceCommunities(inventory: Inventory): readonly JsonObject[] {
  const { regions, publicServices: services } = inventory;
  return services.map(({ name, title, region, communities, prefixes }) => {
    const place = regions.find((each) => each.name === region)?.displayName ?? region;
    return {
      serviceName: name,
      bgpCommunities: communities.map((communityValue) => ({
        serviceSupportedRegion: place,
        communityName: `${title} in ${place}`,
        communityValue,
        communityPrefixes: prefixes,
        isAuthorizedToUse: true,
        serviceGroup: title,
      })),
    };
  });
}

/** One community for each region of this installation, carried by all public services there. */
export function regionalCommunities({
  regions,
  cloudAsn,
  publicServices: services,
}: Inventory): JsonObject {
  return {
    serviceName: "RegionalServices",
    bgpCommunities: regions.flatMap(({ name, displayName }) => {
      const communityValue = regionalCommunity(cloudAsn, name);
      if (communityValue === undefined) return [];
      return [
        {
          serviceSupportedRegion: displayName,
          communityName: `Public services in ${displayName}`,
          communityValue,
          communityPrefixes: services
            .filter(({ region }) => region === name)
            .flatMap(({ prefixes }) => prefixes),
          isAuthorizedToUse: true,
          serviceGroup: "Regional",
        },
      ];
    }),
  };
}
