/** The programs in `datapath/`, and how they come to a link. A program's last word is its direction. */

/** Those of the node's own namespace. */
export const programs = ["port_ingress", "port_egress", "edge_ingress", "segment_ingress"] as const;
export type Program = (typeof programs)[number];

/** Those of a VRF's links. */
export type LinkFilter =
  | "vrf_ingress"
  | "edge_ingress"
  | "repair_egress"
  | "inward_ingress"
  | "outward_egress"
  | "outward_ingress"
  | "inward_egress";

/** Those that count and police: before all others, for these send packets on. */
const measuring = /^(in|out)ward_/;

export function attachLine(device: string, program: Program | LinkFilter, pins: string): string {
  const priority = measuring.test(program) ? 1 : 2;
  return `filter replace ${hookOf(device, program)} prio ${priority} handle 1 protocol all bpf da object-pinned ${pins}/${program}`;
}

export function detachLine(device: string, program: Program | LinkFilter): string {
  return `filter del ${hookOf(device, program)}`;
}

function hookOf(device: string, program: string): string {
  return `dev ${device} ${program.split("_")[1]}`;
}
