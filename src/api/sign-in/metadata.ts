/** `GET /metadata/endpoints`: what a cloud is, in the four forms in which clients ask. Everything is at one origin. */
import type { Json, JsonObject } from "../../store/store.ts";

type Place = {
  readonly origin: string;
  readonly tenantId: string;
  readonly regions: readonly string[];
};

export function metadataDocument(version: string, place: Place): Json {
  const { origin, regions } = place;
  switch (version) {
    case "2015-01-01":
      return {
        galleryEndpoint: origin,
        graphEndpoint: origin,
        portalEndpoint: origin,
        graphAudience: origin,
        authentication: { loginEndpoint: `${origin}/adfs`, audiences: [origin] },
      };
    case "2018-01-01": {
      const endpoint = new URL(origin).host;
      return { cloudEndpoint: { public: { endpoint, locations: [...regions] } } };
    }
    case "2022-09-01":
      return cloud(place, origin);
    default:
      // az reads this one, and signs in to the style of ADFS without asking the public cloud first.
      return [cloud(place, `${origin}/adfs`)];
  }
}

/** The name is not AzureCloud: az would send sign-ins for that one to the public cloud. */
function cloud({ origin, tenantId }: Place, loginEndpoint: string): JsonObject {
  const { host } = new URL(origin);
  const same = [
    ...["portal", "resourceManager", "graph", "graphAudience", "microsoftGraphResourceId", "media"],
    ...["batch", "gallery", "sqlManagement", "vmImageAliasDoc", "activeDirectoryDataLake"],
    ...["ossrDbmsResourceId", "ossrdbmsResourceId", "logAnalyticsResourceId"],
    ...["appInsightsResourceId", "appInsightsTelemetryChannelResourceId"],
    ...["synapseAnalyticsResourceId", "attestationResourceId"],
  ].map((name) => [name, origin]);
  const suffixes = [
    ...["storage", "keyVaultDns", "acrLoginServer", "sqlServerHostname", "mhsmDns"],
    ...["storageSyncEndpointSuffix", "mysqlServerEndpoint", "postgresqlServerEndpoint"],
    ...["mariadbServerEndpoint", "synapseAnalytics", "attestationEndpoint"],
    ...["azureDataLakeStoreFileSystem", "azureDataLakeAnalyticsCatalogAndJob"],
    "azureFrontDoorEndpointSuffix",
  ].map((name) => [name, host]);
  return {
    name: "Causeway",
    authentication: {
      loginEndpoint,
      audiences: [origin],
      tenant: tenantId,
      identityProvider: loginEndpoint.endsWith("/adfs") ? "ADFS" : "AAD",
    },
    ...Object.fromEntries(same),
    suffixes: Object.fromEntries(suffixes),
  };
}
