/**
 * The kernel's tables of neighbors (ARP and IPv6), one of each for all namespaces of a machine. From gc_thresh3
 * entries on it knows no new neighbor, and a circuit has about four: at the kernel's own 1,024, sessions of about 250
 * circuits no longer come up. Documentation/networking/ip-sysctl of the kernel, neigh/default/gc_thresh*.
 */
import { readFile, writeFile } from "node:fs/promises";

type Family = "ipv4" | "ipv6";
export type NeighborTables = {
  read(family: Family, name: string): Promise<number>;
  write(family: Family, name: string, value: number): Promise<void>;
};

/** For about ten thousand circuits; an entry takes half a kilobyte, and only where there is a neighbor. */
const wanted: readonly (readonly [string, number])[] = [
  // The largest first: the kernel keeps no order among them, but nothing is ever above its limit then.
  ["gc_thresh3", 65_536],
  ["gc_thresh2", 32_768],
  ["gc_thresh1", 16_384],
];
const families: readonly Family[] = ["ipv4", "ipv6"];

/** Which limits are below what the fabric may need, as `sysctl` would set them. */
export async function smallNeighborTables(tables = kernelTables): Promise<string[]> {
  const small: string[] = [];
  for (const family of families) {
    for (const [name, least] of wanted) {
      if ((await tables.read(family, name)) >= least) continue;
      small.push(`net.${family}.neigh.default.${name}=${least}`);
    }
  }
  return small;
}

/** Never makes one smaller: an operator may have chosen more. */
export async function enlargeNeighborTables(tables = kernelTables): Promise<void> {
  for (const family of families) {
    for (const [name, least] of wanted) {
      if ((await tables.read(family, name)) < least) await tables.write(family, name, least);
    }
  }
}

const place = (family: Family, name: string) => `/proc/sys/net/${family}/neigh/default/${name}`;

const kernelTables: NeighborTables = {
  read: async (family, name) => Number(await readFile(place(family, name), "utf8")),
  write: (family, name, value) => writeFile(place(family, name), String(value)),
};
