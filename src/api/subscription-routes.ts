/** Subscriptions, regions, namespaces and the catalogue: what clients read before they order. */

import type { CatalogueDefinition } from "../domain/catalogue.ts";
import { notFound } from "../domain/errors.ts";
import { sameId } from "../domain/fields.ts";
import { definitions } from "../domain/registry.ts";
import { resourceGroup } from "../domain/resource-group.ts";
import { groupId } from "../domain/resource-id.ts";
import type { JsonObject } from "../store/store.ts";
import { groupAction } from "./access/access.ts";
import { type Call, type Reply, viewOf } from "./context.ts";
import { parseFilter } from "./filter.ts";
import { methodNotAllowed } from "./path.ts";
import { requireResource, resourceVerb } from "./resource-routes.ts";
import { listAccounts } from "./sign-in/account.ts";
import { tagsReply } from "./tags.ts";

export async function subscriptionList(call: Call): Promise<Reply> {
  const accounts = await listAccounts(call.deps.store);
  const all = [...new Set(accounts.map(({ subscriptionId }) => subscriptionId))].sort();
  const ids = all.filter((id) => call.access.sees(id));
  return { status: 200, body: { value: ids.map((id) => subscriptionObject(call, id)) } };
}

export function subscriptionObject({ deps }: Call, subscriptionId: string): JsonObject {
  return {
    id: `/subscriptions/${subscriptionId}`,
    subscriptionId,
    tenantId: deps.tenantId,
    displayName: subscriptionId,
    state: "Enabled",
    authorizationSource: "RoleBased",
    managedByTenants: [],
    subscriptionPolicies: {
      locationPlacementId: "Internal_2014-09-01",
      quotaId: "Internal_2014-09-01",
      spendingLimit: "Off",
    },
  };
}

export function tenantList({ deps: { tenantId } }: Call): Reply {
  const tenant = {
    id: `/tenants/${tenantId}`,
    tenantId,
    displayName: "Causeway",
    countryCode: "",
    domains: [],
    defaultDomain: "",
    tenantCategory: "Home",
    tenantType: "AAD",
  };
  return { status: 200, body: { value: [tenant] } };
}

export function locationList({ deps }: Call, subscriptionId: string): Reply {
  const value = deps.inventory.regions.map(({ name, displayName, geography }) => ({
    id: `/subscriptions/${subscriptionId}/locations/${name}`,
    name,
    displayName,
    regionalDisplayName: `(${geography}) ${displayName}`,
    metadata: { regionType: "Physical", regionCategory: "Recommended", geographyGroup: geography },
  }));
  return { status: 200, body: { value } };
}

export async function groupVerb(
  call: Call,
  asked: { readonly subscriptionId: string; readonly name: string; readonly tags?: true },
): Promise<Reply> {
  const { subscriptionId, name } = asked;
  const id = groupId(subscriptionId, name);
  call.access.require(groupAction(call.method, asked), id);
  const place = { subscriptionId, resourceGroup: name, callerSubscriptionId: subscriptionId };
  const target = { definition: resourceGroup, id, name, ...place };
  if (asked.tags) return tagsReply(call, await requireResource(call, target));
  const reply = await resourceVerb(call, target);
  return call.method === "HEAD" ? { status: 204 } : reply;
}

const apiVersions = [
  "2026-01-01",
  "2025-05-01",
  "2025-01-01",
  "2024-05-01",
  "2022-01-01",
  "2018-04-01",
];

/** Rights and activity hang below whatever they are about, and are no types of the registry. */
const namedTypes: readonly string[] = [
  ...definitions.map(({ type }) => type),
  "Microsoft.Authorization/roleAssignments",
  "Microsoft.Authorization/roleDefinitions",
  "Microsoft.Insights/eventtypes",
];

export function namespaceReply(
  call: Call,
  { name, register }: { name?: string; register: boolean },
): Reply {
  if (register !== (call.method === "POST")) {
    throw methodNotAllowed(call.method, [register ? "POST" : "GET"]);
  }
  const names = [...new Set(namedTypes.map((type) => type.split("/")[0] ?? ""))];
  if (name === undefined) {
    return { status: 200, body: { value: names.map((one) => namespaceObject(call, one)) } };
  }
  const known = names.find((one) => one.toLowerCase() === name.toLowerCase());
  if (known !== undefined) return { status: 200, body: namespaceObject(call, known) };
  throw notFound(
    "InvalidResourceType",
    `There is no namespace '${name.slice(0, 100)}'; there are ${names.join(", ")}.`,
  );
}

function namespaceObject({ deps }: Call, namespace: string): JsonObject {
  return {
    namespace,
    registrationState: "Registered",
    registrationPolicy: "RegistrationFree",
    resourceTypes: namedTypes
      .filter((type) => type.startsWith(`${namespace}/`))
      .map((type) => ({
        resourceType: type.slice(namespace.length + 1),
        apiVersions: [...apiVersions],
        locations: deps.inventory.regions.map(({ displayName }) => displayName),
        capabilities: "SupportsTags, SupportsLocation",
      })),
  };
}

export async function catalogueReply(
  call: Call,
  {
    definition,
    subscriptionId,
    name,
  }: {
    definition: CatalogueDefinition;
    subscriptionId: string;
    name?: string;
  },
): Promise<Reply> {
  if (call.method !== "GET") throw methodNotAllowed(call.method, ["GET"]);
  const { providerSubscriptionId } = call.deps;
  const owner = definition.ofProviders === true ? providerSubscriptionId : subscriptionId;
  call.access.requireReach(`${definition.type}/read`, `/subscriptions/${owner}`);
  const view = viewOf(call, call.deps.store);
  const rows = await definition.list(subscriptionId, view);
  if (name === undefined) return { status: 200, body: { value: rows.filter(filterOf(call)) } };
  const wanted = name.toLowerCase();
  const row =
    definition.read === undefined
      ? rows.find((one) => String(one["name"]).toLowerCase() === wanted)
      : await definition.read(subscriptionId, view, name);
  if (row !== undefined) return { status: 200, body: row };
  throw notFound("ResourceNotFound", `There is no '${definition.type}/${name.slice(0, 100)}'.`);
}

/** The one filter that clients send: `location eq '…'`. */
function filterOf({ query }: Call): (row: JsonObject) => boolean {
  const [wanted] = parseFilter(query.get("$filter"), ["location eq"]);
  return (row) => wanted === undefined || sameId(String(row["location"] ?? ""), wanted.value);
}
