import type { Inventory } from "../fabric/inventory.ts";
import { numberAt } from "./fields.ts";
import type { StoredResource } from "./state.ts";

/** A virtual network lives on one host of its region; any host where the region has none. */
export function gatewayHostOf(inventory: Inventory, network: StoredResource): string {
  const hosts = inventory.gatewayHosts.filter(({ region }) => region === network.location);
  const candidates = hosts.length > 0 ? hosts : inventory.gatewayHosts;
  return candidates[(numberAt(network.assigned, "number") ?? 0) % candidates.length]?.node ?? "";
}
