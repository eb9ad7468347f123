/** The programs in `datapath/`, and how they come to a link. A program's last word is its direction. */

/** Those of the node's own namespace. */
export const programs = ["port_ingress", "port_egress", "edge_ingress", "segment_ingress"] as const;
export type Program = (typeof programs)[number];

/** Those of a VRF's links. */
export const linkFilters = [
  "vrf_ingress",
  "edge_ingress",
  "repair_egress",
  "inward_ingress",
  "outward_egress",
  "outward_ingress",
  "inward_egress",
] as const;
export type LinkFilter = (typeof linkFilters)[number];

/** Those that count and police: before all others, for these send packets on. */
export function isMeasuring(program: Program | LinkFilter): boolean {
  return /^(in|out)ward_/.test(program);
}

export function attachLine(device: string, program: Program | LinkFilter, pins: string): string {
  return `filter replace ${hookOf(device, program)} prio ${priorityOf(program)} handle 1 protocol all bpf da object-pinned ${pins}/${program}`;
}

export function detachLine(device: string, program: Program | LinkFilter): string {
  return `filter del ${hookOf(device, program)} prio ${priorityOf(program)}`;
}

function priorityOf(program: Program | LinkFilter): number {
  return isMeasuring(program) ? 1 : 2;
}

function hookOf(device: string, program: string): string {
  return `dev ${device} ${program.split("_")[1]}`;
}
