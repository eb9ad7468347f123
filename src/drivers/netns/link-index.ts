import { nameNumber } from "../name-number.ts";

/**
 * An interface number of our own choosing. Linux tells of a lost carrier at once only where an interface's
 * number differs from that of the one below or opposite, and else with a second's delay for the whole
 * machine (net/core/link_watch.c). Namespaces all count from 1, so by themselves they are often equal.
 */
export function linkIndex(place: string): number {
  return 1000 + (nameNumber(place) % 2_000_000_000);
}
