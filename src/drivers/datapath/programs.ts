/** The programs in `datapath/`, and how they come to a link. A program's last word is its direction. */

/** Those of the node's own namespace. */
export const programs = ["port_ingress", "port_egress", "edge_ingress"] as const;
export type Program = (typeof programs)[number];

/** Those of a VRF's links. */
export type LinkFilter = "vrf_ingress" | "edge_ingress" | "repair_egress";

export function attachLine(device: string, program: Program | LinkFilter, pins: string): string {
  return `filter replace ${hookOf(device, program)} prio 1 handle 1 protocol all bpf da object-pinned ${pins}/${program}`;
}

export function detachLine(device: string, program: Program | LinkFilter): string {
  return `filter del ${hookOf(device, program)}`;
}

function hookOf(device: string, program: string): string {
  return `dev ${device} ${program.split("_")[1]}`;
}
