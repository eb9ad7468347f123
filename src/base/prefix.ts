/**
 * IP addresses and prefixes of both families as plain values: parse, print, compare, cut.
 * Text forms follow RFC 4632 and RFC 5952.
 */
import { isIPv4, isIPv6 } from "node:net";

export type Address = { readonly family: "ipv4" | "ipv6"; readonly value: bigint };
/** An address with a length; host bits may be set (an interface address) or not (a network). */
export type Prefix = Address & { readonly length: number };

export function parseAddress(text: string): Address | undefined {
  if (isIPv4(text)) return { family: "ipv4", value: parseIpv4(text) };
  if (isIPv6(text) && !text.includes("%")) return { family: "ipv6", value: parseIpv6(text) };
  return undefined;
}

export function parsePrefix(text: string): Prefix | undefined {
  const [host = "", length, ...rest] = text.split("/");
  const address = parseAddress(host);
  if (address === undefined || length === undefined || rest.length > 0) return undefined;
  if (!/^(0|[1-9]\d{0,2})$/.test(length) || Number(length) > bits(address)) return undefined;
  return { ...address, length: Number(length) };
}

/** For text that a schema has accepted already. */
export function prefixOf(text: string): Prefix {
  const prefix = parsePrefix(text);
  if (prefix === undefined) throw new RangeError(`not a prefix: ${text}`);
  return prefix;
}

export function addressOf(text: string): Address {
  const address = parseAddress(text);
  if (address === undefined) throw new RangeError(`not an address: ${text}`);
  return address;
}

export function printAddress({ family, value }: Address): string {
  return family === "ipv4" ? printIpv4(value) : printIpv6(value);
}

export function printPrefix(prefix: Prefix): string {
  return `${printAddress(prefix)}/${prefix.length}`;
}

/** The same prefix with its host bits cleared. */
export function networkOf(prefix: Prefix): Prefix {
  const host = BigInt(bits(prefix) - prefix.length);
  return { ...prefix, value: (prefix.value >> host) << host };
}

/** Whether all host bits are zero. */
export function isNetwork(prefix: Prefix): boolean {
  return networkOf(prefix).value === prefix.value;
}

export function prefixContains(outer: Prefix, inner: Address | Prefix): boolean {
  if (outer.family !== inner.family) return false;
  if ("length" in inner && inner.length < outer.length) return false;
  const host = BigInt(bits(outer) - outer.length);
  return outer.value >> host === inner.value >> host;
}

export function prefixesOverlap(one: Prefix, other: Prefix): boolean {
  return prefixContains(one, other) || prefixContains(other, one);
}

/** The `index`th address of the network, 0 being the network address itself, with its length kept. */
export function hostOf(prefix: Prefix, index: number): Prefix {
  return { ...prefix, value: networkOf(prefix).value + BigInt(index) };
}

export function addressText(prefix: Prefix): string {
  return printAddress(prefix);
}

function bits({ family }: Address): number {
  return family === "ipv4" ? 32 : 128;
}

function parseIpv4(text: string): bigint {
  return text.split(".").reduce((value, octet) => (value << 8n) | BigInt(octet), 0n);
}

function parseIpv6(text: string): bigint {
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  if (dotted?.[1] !== undefined && dotted[2] !== undefined) {
    const tail = parseIpv4(dotted[2]);
    return parseIpv6(`${dotted[1]}${(tail >> 16n).toString(16)}:${(tail & 0xffffn).toString(16)}`);
  }
  const [head = "", tail] = text.split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail === undefined || tail === "" ? [] : tail.split(":");
  const groups = [...left, ...Array<string>(8 - left.length - right.length).fill("0"), ...right];
  return groups.reduce((value, group) => (value << 16n) | BigInt(`0x${group}`), 0n);
}

function printIpv4(value: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => ((value >> shift) & 255n).toString()).join(".");
}

function printIpv6(value: bigint): string {
  const groups = Array.from({ length: 8 }, (_, i) =>
    Number((value >> BigInt(112 - 16 * i)) & 0xffffn),
  );
  const { start, length } = longestZeroRun(groups);
  const hex = groups.map((group) => group.toString(16));
  if (length < 2) return hex.join(":");
  return `${hex.slice(0, start).join(":")}::${hex.slice(start + length).join(":")}`;
}

function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  for (let start = 0; start < groups.length; start += 1) {
    let length = 0;
    while (groups[start + length] === 0) length += 1;
    if (length > best.length) best = { start, length };
  }
  return best;
}
