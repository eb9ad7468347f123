/** Virtual networks: how full they are, and which addresses are free. */
import { parseAddress, prefixContains, prefixOf, printAddress } from "../../base/prefix.ts";
import { refuse } from "../../domain/errors.ts";
import { subnetPrefixesOf } from "../../domain/links.ts";
import { takenAddresses } from "../../domain/subnet.ts";
import { freeAddresses, isUsable, usableCount } from "../../domain/subnet-address.ts";
import { types } from "../../domain/types.ts";
import type { JsonObject, StoredResource } from "../../store/store.ts";
import type { Call } from "../context.ts";
import type { ActionDefinition } from "./action.ts";

const type = types.virtualNetwork;

export const virtualNetworkActions: readonly ActionDefinition[] = [
  {
    type,
    method: "GET",
    path: "usages",
    async answer(call, network) {
      const rows = await subnetsOf(call, network);
      return {
        status: 200,
        body: { value: await Promise.all(rows.map((row) => usage(call, row))) },
      };
    },
  },
  { type, method: "GET", path: "CheckIPAddressAvailability", answer: checkAddress },
  {
    // No machine here has a public address, so none is protected or attacked on one.
    type,
    method: "POST",
    path: "ddosProtectionStatus",
    answer: async () => ({ status: 200, body: { value: [] } }),
  },
];

async function subnetsOf(call: Call, network: StoredResource) {
  return call.deps.store.list({ type: types.subnet, parentId: network.id });
}

async function usage(call: Call, subnet: StoredResource): Promise<JsonObject> {
  const taken = await takenAddresses(call.deps.store, subnet.id);
  const ipv4 = subnetPrefixesOf(subnet).filter((text) => prefixOf(text).family === "ipv4");
  return {
    id: subnet.id,
    name: { value: "SubnetSpace", localizedValue: "Subnet size and usage" },
    unit: "Count",
    currentValue: [...taken].filter((address) => parseAddress(address)?.family === "ipv4").length,
    limit: ipv4.reduce((sum, text) => sum + usableCount(text), 0),
  };
}

async function checkAddress(call: Call, network: StoredResource) {
  const asked = call.query.get("ipAddress") ?? "";
  const address = parseAddress(asked);
  if (address === undefined) {
    throw refuse(
      "InvalidParameter",
      "ipAddress",
      `ipAddress is refused: "${asked.slice(0, 50)}" is no address; send one such as 10.1.0.4.`,
    );
  }
  for (const subnet of await subnetsOf(call, network)) {
    const prefix = subnetPrefixesOf(subnet).find((text) => prefixContains(prefixOf(text), address));
    if (prefix === undefined) continue;
    const taken = await takenAddresses(call.deps.store, subnet.id);
    const isPlatformReserved = !isUsable(asked, prefix);
    const available = !isPlatformReserved && !taken.has(printAddress(address));
    const others = available ? [] : freeAddresses(prefix, 5, taken);
    return { status: 200, body: { available, availableIPAddresses: others, isPlatformReserved } };
  }
  throw refuse(
    "InvalidParameter",
    "ipAddress",
    `ipAddress is refused: ${asked} is in no subnet of ${network.name}; send an address of one.`,
  );
}
