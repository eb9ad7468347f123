/** The fabric that a server drives: real nodes of this machine, or simulated ones. */

import type { Clock } from "../base/clock.ts";
import type { FabricProbe } from "../fabric/probe.ts";
import type { FabricNode } from "../fabric/report.ts";

export type Backend = {
  readonly kind: "linux" | "simulated";
  readonly nodes: readonly FabricNode[];
  readonly probe: FabricProbe;
  /** Time as the fabric has it: the system's, or the simulation's own. */
  readonly clock: Clock;
  /** Makes nodes and cables, adopting those that are there. */
  raise(): Promise<void>;
  /** Takes all of it away. */
  raze(): Promise<void>;
  leftovers(): Promise<readonly string[]>;
  /** Everything that is in the fabric now, one line each: what a circuit leaves behind shows as a new line. */
  snapshot(): Promise<readonly string[]>;
  /** Ends what watches the nodes from this process; the nodes stay. */
  release(): void;
};
