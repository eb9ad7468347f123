import type { Place } from "../fabric/probe.ts";
import { argvAt, nodePaths } from "./places.ts";
import { namespaceOfVrf } from "./vrf-slots.ts";

/** The argument vector that runs a program in a place of a lab: what `causeway exec` puts in front. */
export function argvIn(lab: string, place: Place, argv: readonly string[]): [string, ...string[]] {
  const paths = nodePaths(lab, place.node);
  const [program = "true", ...rest] = argv;
  return argvAt(paths, namespaceOfVrf(paths, place.vrf), [program, ...rest]);
}
