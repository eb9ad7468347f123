import { systemClock } from "../base/clock.ts";
import { cablingOf, type Inventory } from "../fabric/inventory.ts";
import { createSimulatedFabric } from "../world/simulated-fabric.ts";
import { createSimulatedProbe } from "../world/simulated-probe.ts";
import type { Backend } from "./backend.ts";

/** Computed nodes: the same intents, no packets. Runs anywhere, as anybody. */
export function simulatedBackend(inventory: Inventory): Backend {
  const cabling = cablingOf(inventory);
  const fabric = createSimulatedFabric(cabling);
  return {
    kind: "simulated",
    // Waiting moves the fabric's own time, so that its timers end.
    clock: { now: systemClock.now, sleep: async (ms) => fabric.advance(ms) },
    nodes: cabling.nodes.map(({ name }) => fabric.node(name)),
    probe: createSimulatedProbe(fabric),
    raise: async () => {},
    raze: async () => {},
    leftovers: async () => [],
    snapshot: async () => [...fabric.converged().ends.keys(), ...fabric.converged().groups.keys()],
    release: () => {},
  };
}
