import { systemClock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import { leftovers, raiseCabling, razeCabling } from "../drivers/cabling.ts";
import { Launcher } from "../drivers/launcher.ts";
import { openLinuxNode } from "../drivers/linux-node.ts";
import { linuxProbe } from "../drivers/linux-probe.ts";
import { createLossHub } from "../drivers/loss-hub.ts";
import { enlargeNeighborTables } from "../drivers/neighbor-tables.ts";
import { startProgramsBy } from "../drivers/run.ts";
import { snapshotNode } from "../drivers/snapshot.ts";
import { cablingOf, type Inventory } from "../fabric/inventory.ts";
import type { Backend } from "./backend.ts";

/** Real nodes: namespaces of this machine, FRR, eBPF. Needs root. */
export async function linuxBackend(options: {
  lab: string;
  inventory: Inventory;
  log: Log;
}): Promise<Backend> {
  const { lab, inventory, log } = options;
  const cabling = cablingOf(inventory);
  const lossHub = createLossHub();
  const launcher = new Launcher();
  startProgramsBy(launcher);
  const nodes = await Promise.all(
    cabling.nodes.map(({ name, routing }) =>
      openLinuxNode({ lab, name, routing, log, clock: systemClock, lossHub }),
    ),
  );
  return {
    kind: "linux",
    clock: systemClock,
    nodes,
    probe: linuxProbe({ lab, clock: systemClock }),
    raise: async () => {
      await enlargeNeighborTables();
      await raiseCabling(lab, cabling);
    },
    raze: () => razeCabling(lab),
    leftovers: () => leftovers(lab),
    snapshot: async () =>
      (await Promise.all(cabling.nodes.map((node) => snapshotNode(lab, node)))).flat(),
    release: () => {
      for (const node of nodes) node.close();
      startProgramsBy(undefined);
      launcher.close();
    },
  };
}
