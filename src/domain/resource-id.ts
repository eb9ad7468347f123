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

export function nameOfId(id: string): string {
  return id.slice(id.lastIndexOf("/") + 1);
}
