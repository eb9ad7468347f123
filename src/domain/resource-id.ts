/** Ids of resources: `/subscriptions/{s}/resourceGroups/{g}/providers/{ns}/{type}/{name}[/{type}/{name}…]`. */

export function groupId(subscriptionId: string, name: string): string {
  return `/subscriptions/${subscriptionId}/resourceGroups/${name}`;
}

export function resourceId(place: {
  subscriptionId: string;
  resourceGroup: string;
  type: string;
  names: readonly string[];
}): string {
  const [namespace = "", ...kinds] = place.type.split("/");
  const tail = kinds.map((kind, index) => `/${kind}/${place.names[index] ?? ""}`).join("");
  return `${groupId(place.subscriptionId, place.resourceGroup)}/providers/${namespace}${tail}`;
}

/** The id without its last type and name. */
export function parentOfId(id: string): string {
  return id.split("/").slice(0, -2).join("/");
}

/** `Microsoft.Network/expressRouteCircuits/peerings` of such an id; what is no resource has none. */
export function typeOfId(id: string): string | undefined {
  const [, , , groups, group, , namespace, ...steps] = id.split("/");
  if (groups?.toLowerCase() !== "resourcegroups" || !group) return undefined;
  if (namespace === undefined) return "Microsoft.Resources/resourceGroups";
  const kinds = steps.filter((_, index) => index % 2 === 0);
  return [namespace, ...kinds].join("/");
}

export function nameOfId(id: string): string {
  return id.slice(id.lastIndexOf("/") + 1);
}
