/** Addresses of a subnet. The first five of each family are the platform's, IPv4's last is broadcast. */
import {
  type Prefix,
  parseAddress,
  prefixContains,
  prefixOf,
  printAddress,
} from "../base/prefix.ts";

const reservedAddresses = 5;

/** The `count` lowest addresses that may be used and are not taken; fewer when the subnet is full. */
export function freeAddresses(
  subnet: string,
  count: number,
  taken: ReadonlySet<string>,
): readonly string[] {
  const prefix = prefixOf(subnet);
  const free: string[] = [];
  const end = endOf(prefix);
  for (let index = BigInt(reservedAddresses); index < end && free.length < count; index += 1n) {
    const text = printAddress({ family: prefix.family, value: prefix.value + index });
    if (!taken.has(text)) free.push(text);
  }
  return free;
}

/** Whether the address is one of the subnet that may be used. */
export function isUsable(address: string, subnet: string): boolean {
  const prefix = prefixOf(subnet);
  const parsed = parseAddress(address);
  if (parsed === undefined || !prefixContains(prefix, parsed)) return false;
  const index = parsed.value - prefix.value;
  return index >= BigInt(reservedAddresses) && index < endOf(prefix);
}

/** How many addresses of the subnet may be used; a number that holds IPv4's sizes. */
export function usableCount(subnet: string): number {
  return Math.max(0, Number(endOf(prefixOf(subnet))) - reservedAddresses);
}

/** Index after the last usable address. */
function endOf({ family, length }: Prefix): bigint {
  const size = 1n << BigInt((family === "ipv4" ? 32 : 128) - length);
  return family === "ipv4" ? size - 1n : size;
}
