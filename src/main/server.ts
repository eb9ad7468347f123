/**
 * One process: the API, the reconcile loop, and the agents of all nodes. Stopping it stops no node:
 * routers, tags and routes stay as they are, and the next start adopts them (I8).
 */
import type { NamedPlace } from "../api/readouts.ts";
import type { TrustedIssuers } from "../api/sign-in/client-proof.ts";
import { systemClock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import { systemRandom } from "../base/random.ts";
import { createControlPlane } from "../control/control-plane.ts";
import { PrefixHoldings } from "../control/prefix-holdings.ts";
import type { SecretSource } from "../domain/resource.ts";
import type { Inventory } from "../fabric/inventory.ts";
import { openSqliteStore } from "../store/sqlite.ts";
import { ACTIVITY_KEPT } from "../store/store.ts";
import type { Backend } from "./backend.ts";
import type { DataFolder } from "./data-folder.ts";
import { ensureDirectory } from "./directory.ts";
import { listen, type Security } from "./listener.ts";
import { refuseOlderCopy } from "./older-copy.ts";

export type ServerOptions = {
  readonly folder: DataFolder;
  readonly inventory: Inventory;
  readonly backend: Backend;
  readonly listen: { readonly host: string; readonly port: number };
  readonly security: Security;
  readonly trustedIssuers: TrustedIssuers;
  /** What identifiers of a key vault stand for; absent: nothing. */
  readonly secrets?: SecretSource;
  /** For how long the record of changes is kept. */
  readonly activityDays: number;
  /** Whether the folder was put back from a copy, and nodes that know more should become what it says. */
  readonly restored: boolean;
  /** Whether a write beside another to the same circuit is refused. */
  readonly compat409: boolean;
  readonly log: Log;
};

export interface RunningServer {
  readonly endpoint: string;
  /** Virtual machines and gateway instances, and where they run. */
  places(): Promise<readonly NamedPlace[]>;
  /** Ends the API, the loop and the agents; touches no node. */
  stop(): Promise<void>;
}

export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { folder, inventory, backend, log } = options;
  const store = openSqliteStore({ path: folder.file("store.sqlite") });
  await refuseOlderCopy(store, backend.nodes, options).catch(async (error: unknown) => {
    await store.close();
    throw error;
  });
  const directory = await ensureDirectory(
    { folder, store },
    { random: systemRandom, clock: systemClock },
  );
  const holdings = new PrefixHoldings({ places: inventory.publicPeering?.registry, log });
  const watching = new AbortController();
  const control = createControlPlane({
    store,
    holdings,
    inventory,
    nodes: backend.nodes,
    ...directory,
    trustedIssuers: options.trustedIssuers,
    ...(options.secrets === undefined ? {} : { secrets: options.secrets }),
    compat409: options.compat409,
    activityKept: { ...ACTIVITY_KEPT, days: options.activityDays },
    sealKey: await folder.ensureSealKey(systemRandom),
    clock: systemClock,
    random: systemRandom,
    log,
  });
  try {
    const { endpoint, stop } = await listen(control.answer, { ...options, clock: systemClock });
    await folder.ensureCredentials(endpoint, systemRandom);
    await control.start();
    void holdings.watch(systemClock, watching.signal);
    return {
      endpoint,
      places: control.places,
      async stop() {
        watching.abort();
        control.hangUp();
        await stop();
        await control.stop();
        backend.release();
        await store.close();
      },
    };
  } catch (error) {
    backend.release();
    await store.close();
    throw error;
  }
}
