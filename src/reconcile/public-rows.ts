/** From stored rows to what planning knows of a circuit's public peering. */
import { at, numberAt, textAt, textsAt } from "../domain/fields.ts";
import { askedPrefixes, publicPeering, verdictOn } from "../domain/public-peering.ts";
import { types } from "../domain/types.ts";
import type {
  PeeringFamilyView,
  PublicFamilyView,
  PublicPeeringView,
} from "../plan/circuit-view.ts";
import type { Json, StoredResource, StoreReader } from "../store/store.ts";

/** What is wanted of the circuit's public peering; undefined where it has none. */
export async function publicPeeringView(
  reader: StoreReader,
  peerings: readonly StoredResource[],
): Promise<PublicPeeringView | undefined> {
  const row = peerings.find(
    ({ name, provisioningState }) => name === publicPeering && provisioningState !== "Deleting",
  );
  if (row === undefined) return undefined;
  const properties = at(row.desired, "properties");
  const password = textAt(properties, "sharedKey");
  const families = await Promise.all(
    (["ipv4", "ipv6"] as const).map((family) => publicFamily(reader, row, family)),
  );
  return {
    peerAsn: numberAt(properties, "peerASN") ?? 0,
    vlanId: numberAt(properties, "vlanId") ?? 0,
    ...(password === undefined ? {} : { password }),
    lastModifiedBy: textAt(row.assigned, "lastModifiedBy") === "Provider" ? "Provider" : "Customer",
    families: families.filter((family) => family !== undefined),
  };
}

async function publicFamily(
  reader: StoreReader,
  row: StoredResource,
  family: "ipv4" | "ipv6",
): Promise<PublicFamilyView | undefined> {
  const properties = at(row.desired, "properties");
  const config = family === "ipv4" ? properties : at(properties, "ipv6PeeringConfig");
  const view = familyView(family, config);
  if (view === undefined) return undefined;
  const asked = askedPrefixes(row).filter((each) => each.family === family);
  return {
    ...view,
    asked: asked.map(({ prefix }) => prefix),
    accepted: asked
      .filter((each) => verdictOn(row, each)?.state === "Configured")
      .map(({ prefix }) => prefix),
    communities: await allowedBy(reader, textAt(config, "routeFilter.id")),
  };
}

async function allowedBy(
  reader: StoreReader,
  filterId: string | undefined,
): Promise<readonly string[]> {
  const rules = filterId === undefined ? [] : await rulesOf(reader, filterId);
  return [
    ...new Set(
      rules
        .filter(({ provisioningState }) => provisioningState !== "Deleting")
        .flatMap(({ desired }) => textsAt(desired, "properties.communities")),
    ),
  ].sort();
}

export async function rulesOf(
  reader: StoreReader,
  parentId: string,
): Promise<readonly StoredResource[]> {
  return reader.list({ type: types.routeFilterRule, parentId });
}

export function familyView(
  family: "ipv4" | "ipv6",
  config: Json | undefined,
): PeeringFamilyView | undefined {
  const primary = textAt(config, "primaryPeerAddressPrefix");
  const secondary = textAt(config, "secondaryPeerAddressPrefix");
  if (primary === undefined || secondary === undefined) return undefined;
  return { family, enabled: textAt(config, "state") !== "Disabled", primary, secondary };
}
